from dataclasses import replace

import numpy as np
import pytest

from calculator_svc.engine.receivables.dependence import Dependence
from calculator_svc.engine.receivables.profile import OpenInvoices, Prediction, Profile, fit
from calculator_svc.engine.receivables.simulation import simulate

from .worlds import TODAY, World

HORIZON = 91
INDEPENDENT = Dependence(0.0, 0.0)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return fit(World().history(), TODAY)


def open_invoices(*invoices: tuple[str, int, str]) -> OpenInvoices:
    parties, dues, names = zip(*invoices, strict=True)
    return OpenInvoices(TODAY, parties, np.array([TODAY + due for due in dues]), names)


MANY = open_invoices(*((f"customer {i % 20:02}", i % 30 - 5, f"invoice {i}") for i in range(60)))


def drawn(
    profile: Profile, invoices: OpenInvoices = MANY, paths: int = 4000, seed: int = 5
) -> np.ndarray:
    return simulate(profile, Prediction(profile, invoices), HORIZON, paths, seed)


def test_the_same_seed_draws_the_same_bytes_and_another_other_ones(profile: Profile) -> None:
    assert drawn(profile, paths=100).tobytes() == drawn(profile, paths=100).tobytes()
    assert drawn(profile, paths=100).tobytes() != drawn(profile, paths=100, seed=6).tobytes()


def test_an_invoices_draws_do_not_depend_on_which_others_there_are(profile: Profile) -> None:
    first, second = ("customer 01", 5, "A"), ("customer 01", 9, "B")
    third = ("customer 02", 1, "C")
    alone = drawn(profile, open_invoices(second))[:, 0]
    together = drawn(profile, open_invoices(third, first, second))[:, 2]
    assert alone.tolist() == together.tolist()


def test_fewer_paths_are_the_first_of_more(profile: Profile) -> None:
    assert drawn(profile, paths=50).tolist() == drawn(profile, paths=200)[:50].tolist()


def test_draws_follow_the_probability_by_day(profile: Profile) -> None:
    invoices = open_invoices(("customer 03", 5, "A"), ("new", -40, "B"))
    chances = Prediction(profile, invoices).by_day(HORIZON)
    days = drawn(profile, invoices, paths=20_000)
    assert days.min() >= 1 and days.max() <= HORIZON + 1
    for within in (3, 10, 30, HORIZON):
        assert (days <= within).mean(axis=0) == pytest.approx(chances[:, within - 1], abs=0.015)


def spread_of_receipts(
    profile: Profile, shares: Dependence, invoices: OpenInvoices = MANY
) -> float:
    return float((drawn(replace(profile, dependence=shares), invoices) <= 14).sum(axis=1).std())


def test_without_dependence_the_sum_is_as_sure_as_its_parts(profile: Profile) -> None:
    chances = Prediction(profile, MANY).paid_within(14)
    expected = np.sqrt((chances * (1 - chances)).sum())
    assert spread_of_receipts(profile, INDEPENDENT) == pytest.approx(expected, rel=0.05)


def test_the_common_part_makes_the_sum_less_sure(profile: Profile) -> None:
    alone = spread_of_receipts(profile, INDEPENDENT)
    assert spread_of_receipts(profile, Dependence(0.2, 0.0)) > 1.8 * alone


def test_the_customers_part_bears_on_invoices_of_one_customer(profile: Profile) -> None:
    one = open_invoices(*(("customer 03", -2, f"invoice {i}") for i in range(20)))
    each = open_invoices(*((f"customer {i:02}", -2, f"invoice {i}") for i in range(20)))
    for invoices, factor in ((one, 1.6), (each, 0.9)):
        alone = spread_of_receipts(profile, INDEPENDENT, invoices)
        together = spread_of_receipts(profile, Dependence(0.0, 0.4), invoices)
        assert together > factor * alone
        if invoices is each:
            assert together < 1.1 * alone
