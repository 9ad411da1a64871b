"""One rule for when invoices are expected, with a kept profile and without."""

from dataclasses import replace
from typing import Any

import pytest
from runway.calculator.v1 import assessment_pb2
from runway.ledger.v1.pay_date_profile_pb2 import PayDateProfile

from calculator_svc.engine import pay_dates
from calculator_svc.engine.backtest.calculation import books_known_on
from calculator_svc.engine.calculations import (
    calculate_decision_console,
    calculate_forecast,
    calculate_runway,
    compare_scenarios,
)
from calculator_svc.engine.calendar import business_day_on_or_after
from calculator_svc.engine.data_quality.band import Sampling
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.data_quality.pricing import price
from calculator_svc.engine.inputs import Books, Terms
from calculator_svc.engine.insights.calculation import calculate_insights
from calculator_svc.engine.pay_dates import FRESH_DAYS, fit_profile, fitted, profile_of
from calculator_svc.engine.pay_plan.chase import ChasePolicy
from calculator_svc.engine.pay_plan.from_books import chase_invoices, plan_bills
from calculator_svc.engine.pay_plan.inputs import PayPolicy
from calculator_svc.engine.receivables.profile import VERSION
from calculator_svc.engine.rollback import PastBooks
from calculator_svc.engine.runway_history import calculate_runway_history
from calculator_svc.engine.scenarios import CustomerPays, Scenario
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs
from calculator_svc.servicers.pay_date_profiles import profile_fields
from service_kit.errors import ApiError

from . import ledgers
from .builders import POLICY, TODAY, bill, books, certain, invoice, paid, planned
from .receivables.worlds import stored_and_read

SAMPLING = Sampling(seed=7, paths=20)


def owed(**fields: Any) -> Books:
    """Return books of two customers with a habit each, and open invoices, one of them overdue."""
    return books(
        **{
            "invoices": [
                invoice("soon", 10),
                invoice("overdue", -12),
                invoice("slow", 4, party_id="customer-2"),
                invoice("new", 30, party_id="customer-3"),
            ],
            "bills": [bill(due=6)],
            "settlements": [
                paid([-5, 0, 2, 5, 9, 20] * 8),
                paid([25, 30, 33, 35, 41, 60] * 8, "customer-2"),
            ],
            **fields,
        }
    )


def with_stored(given: Books) -> Books:
    """Return books with the profile fitted on them, as it comes back from where it is kept."""
    return replace(given, profile=stored_and_read(fit_profile(given)))


def told(given: Books) -> list[bytes]:
    """Return what the calculations say of books, as bytes."""
    write = Writer(given)
    what_if = [Scenario("late", assumptions=[CustomerPays("customer-1", 40)])]
    forecast = calculate_forecast(given, POLICY, 7, 60)
    console = calculate_decision_console(given, POLICY)
    answers: list[object] = [
        write.forecast(forecast),
        [
            write.runway(console.runway),
            write.items(console.items),
            write.invoices(console.invoices),
        ],
        compare_scenarios(given, POLICY, 7, 60, what_if)[1][0].effect,
        chase_invoices(given, ChasePolicy()),
        plan_bills(given, POLICY, PayPolicy(), 7).plan,
        price(given, [Fix(cash=-100), Fix(invoices={"soon": None})], SAMPLING),
        calculate_insights(given, given, POLICY, 7, 60).insights,
    ]
    return [repr(answer).encode() for answer in answers]


@pytest.mark.parametrize("stored", [False, True])
def test_an_invoice_is_expected_on_the_p50_shown_beside_it_or_the_business_day_after(
    stored: bool,
) -> None:
    given = with_stored(owed()) if stored else owed()
    bands = {
        one.invoice_id: one
        for one in calculate_forecast(given, POLICY, 1, 20).uncertainty.pay_dates
    }
    console = calculate_decision_console(given, POLICY)
    assert len(console.invoices) == len(bands) == 4
    for one in console.invoices:
        median = bands[one.outlook.document.id].p50
        assert one.outlook.habit == one.outlook.expected == business_day_on_or_after(median)


def test_a_stored_profile_that_was_fitted_on_the_same_books_gives_the_same_bytes() -> None:
    assert told(with_stored(owed())) == told(owed())


def test_a_stored_profile_is_taken_and_nothing_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    given = with_stored(owed())
    monkeypatch.setattr(pay_dates, "fit", lambda *_: pytest.fail("fitted although one is stored"))
    told(given)


def test_calculations_fit_once_when_nothing_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    fits = []
    kept = pay_dates.fit
    monkeypatch.setattr(pay_dates, "fit", lambda *given: fits.append(1) or kept(*given))
    what_ifs = [Scenario("late", assumptions=[CustomerPays("customer-1", 40)])] * 3
    for calculate in (
        lambda: calculate_decision_console(owed(), POLICY),
        lambda: compare_scenarios(owed(), POLICY, 7, 20, what_ifs),
        lambda: plan_bills(owed(), POLICY, PayPolicy(), 7),
        lambda: price(owed(), [Fix(same_vendor={"vendor-1": "vendor-2"})] * 3, SAMPLING),
    ):
        fits.clear()
        calculate()
        assert fits == [1]


def test_without_open_invoices_nothing_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pay_dates, "fit", lambda *_: pytest.fail("fitted for nothing"))
    calculate_runway(owed(invoices=[]), POLICY)


@pytest.mark.parametrize(
    ("days_old", "is_taken"),
    [(0, True), (1, True), (FRESH_DAYS, True), (FRESH_DAYS + 1, False), (-1, False)],
)
def test_a_profile_of_a_later_day_or_a_stale_one_is_not_taken(
    days_old: int, is_taken: bool
) -> None:
    kept = certain(90, fitted_on=TODAY - days_old)
    given = owed(profile=kept)
    assert (profile_of(given) is kept) is is_taken
    # By the profile everybody pays 90 days late, and by the history nobody does.
    soon = calculate_decision_console(given, POLICY).invoices
    late = [one.outlook.habit - TODAY > 75 for one in soon]
    assert all(late) if is_taken else not any(late)


def test_what_is_changed_in_books_does_not_change_how_customers_pay_in_them() -> None:
    given = fitted(owed())
    assert profile_of(replace(given, invoices=given.invoices[:1], settlements=[])) is given.profile


def test_the_expected_day_follows_the_terms_where_there_is_no_due_date() -> None:
    dated = owed(invoices=[invoice(due=10, issue=TODAY - 5)])
    by_terms = owed(invoices=[invoice(due=None, issue=TODAY - 5, terms=Terms(net_days=15))])
    (one,), (other,) = (calculate_decision_console(g, POLICY).invoices for g in (dated, by_terms))
    assert one.outlook.habit == other.outlook.habit


def test_a_past_day_is_not_told_from_a_profile_fitted_after_it() -> None:
    rolled_back = PastBooks(owed(), TODAY - 60)
    kept = PastBooks(owed(profile=certain(90)), TODAY - 60)
    for needs in (rolled_back, kept):
        needs.last.planned = [planned(30, -120_000)]
    days = [TODAY - 50, TODAY - 7, TODAY]
    before, after = (calculate_runway_history(past, POLICY, days) for past in (rolled_back, kept))
    assert before[:2] == after[:2]
    assert before[2] != after[2]


def test_a_backtest_fits_on_what_was_known_and_takes_no_profile_that_is_kept() -> None:
    past = PastBooks(owed(profile=certain(90, fitted_on=TODAY - 30)), TODAY - 60)
    assert past.on(TODAY - 7).profile is not None
    assert books_known_on(past, TODAY - 7).profile is None


def test_a_profile_comes_back_from_the_wire_as_it_was() -> None:
    profile = fit_profile(owed())
    back = stored_and_read(profile)
    assert profile_fields(back) == profile_fields(profile)
    assert back.model.drift == profile.model.drift != 0
    assert back.fitted_on == TODAY


def test_a_profile_stays_small() -> None:
    message = PayDateProfile(**profile_fields(fit_profile(owed())))
    assert message.ByteSize() < 100 * len(message.customer_ids) + 1200


def read(**changes: Any) -> Books:
    """Return the books of a ledger with a profile that differs so from a good one."""
    fields = {**profile_fields(certain()), **changes}
    ledger = ledgers.ledger(pay_date_profile=PayDateProfile(**fields))
    return to_inputs(ledger, assessment_pb2.Policy())[0]


def test_a_profile_of_another_version_is_left_aside_whatever_it_holds() -> None:
    assert read().profile is not None
    assert read(version=VERSION + 1, shape=[3, 2], means=[]).profile is None


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("fitted_on", {"fitted_on": {"year": 2026, "month": 2, "day": 30}}),
        ("means", {"means": []}),
        ("scales", {"scales": [1.0, 1.0]}),
        ("shape", {"shape": [0.0] * 64}),
        ("shape", {"shape": [0.0] * 64 + [-1.0]}),
        ("calibrated", {"calibrated": [0.0]}),
        ("calibrated", {"calibrated": [1.0] + [0.5] * 50}),
        ("customer_share", {"common_share": 0.6, "customer_share": 0.5}),
    ],
)
def test_a_profile_that_cannot_be_is_refused_by_its_path(
    field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(ApiError) as caught:
        read(**changes)
    assert [one.field for one in caught.value.violations] == [f"ledger.pay_date_profile.{field}"]
