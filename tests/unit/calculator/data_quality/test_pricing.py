from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculator_svc.engine.data_quality import band, pricing
from calculator_svc.engine.data_quality.band import PATHS, Sampling
from calculator_svc.engine.data_quality.calculation import calculate_data_quality
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.data_quality.pricing import WITHOUT_END, price
from calculator_svc.engine.errors import AmountsTooLarge
from calculator_svc.engine.forecast import forecast
from calculator_svc.engine.inputs import Books, Category, Role
from calculator_svc.engine.pay_dates import fitted, profile_of
from calculator_svc.engine.uncertainty import draw

from .. import builders as of_books
from .. import test_properties as made_up
from ..builders import TODAY, books, certain, planned, series, settled
from .builders import bill, invoice, payment, records
from .full_runs import full_price, runway_days, width

SAMPLING = Sampling(seed=3, paths=20)


@st.composite
def books_and_fix(draw: Any) -> tuple[Books, Fix]:
    """Return books whose documents have ids of their own, in need of cash, and a fix of them."""
    given = draw(made_up.all_books)
    given.cash = draw(st.integers(-(10**6), 10**9))
    given.bills = [replace(one, id=f"b{n}") for n, one in enumerate(given.bills)]
    given.invoices = [replace(one, id=f"i{n}") for n, one in enumerate(given.invoices)]
    given = fitted(given)
    fix = Fix(cash=draw(st.integers(-(10**9), 10**9) | st.just(0)))
    for documents, changes in ((given.bills, fix.bills), (given.invoices, fix.invoices)):
        for one in documents:
            what = draw(st.sampled_from(["keep", "drop", "balance", "due"]))
            if what == "drop":
                changes[one.id] = None
            elif what == "balance":
                changes[one.id] = replace(one, balance=draw(made_up.amounts))
            elif what == "due":
                changes[one.id] = replace(one, due=draw(made_up.days))
    fix.added_bills = draw(st.lists(made_up.bills, max_size=1))
    fix.added_invoices = draw(st.lists(made_up.invoices, max_size=1))
    fix.bills["not open"] = None
    if draw(st.integers(0, 4)) == 0:
        fix.same_vendor = {"a": "b", "c": "b"}
    return given, fix


@settings(max_examples=200)
@given(books_and_fix())
def test_a_price_is_what_a_full_run_of_the_fixed_books_says(made: tuple[Books, Fix]) -> None:
    given, fix = made
    (found,) = price(given, [fix], SAMPLING).prices
    assert found.moved == runway_days(fix.apply(given)) - runway_days(given)


@given(st.lists(books_and_fix(), min_size=2, max_size=2))
def test_fixes_are_priced_alone_however_many_there_are(made: list[tuple[Books, Fix]]) -> None:
    (given, first), (_, second) = made
    second.bills = {key: one for key, one in second.bills.items() if one is None}
    second.invoices = {key: one for key, one in second.invoices.items() if one is None}
    together = price(given, [first, Fix(), second, first], SAMPLING).prices
    alone = [price(given, [fix], SAMPLING).prices[0] for fix in (first, Fix(), second, first)]
    assert together == alone


def test_most_fixes_need_no_run_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    monkeypatch.setattr(pricing, "forecast", lambda *given: runs.append(given) or forecast(*given))
    given = [bill(str(n), ago=100 + n, total=9_000 + n) for n in range(50)]
    found = calculate_data_quality(records(*given, invoice(), payment(unapplied=500)))
    assert len(found.issues) == 51
    assert len(runs) == 1


def test_a_duplicate_bill_costs_the_days_that_it_takes_from_the_runway() -> None:
    # 150.00 are there: two bills of 100.00 empty it in three days, one of them never does.
    twice = [bill("1", due=TODAY + 1, ago=1), bill("2", due=TODAY + 3, ago=1)]
    later = [planned(31, -9_000)]
    given = records(*twice, cash=15_000)
    given.books.planned = later
    (found,) = calculate_data_quality(given).issues
    assert found.issue.rule == "DUPLICATE_DOCUMENT"
    assert (found.price.moved, found.price.cost, found.price.zero) == (28, 28, TODAY + 31)
    assert not found.price.is_at_least


def test_a_fix_that_shortens_the_runway_costs_as_many_days() -> None:
    given = records(invoice(ago=400, due=TODAY + 1), cash=100)
    given.books.planned = [planned(10, -200), planned(50, -20_000, id="2")]
    given.books.profile = certain()
    (found,) = calculate_data_quality(given).issues
    assert (found.issue.rule, found.price.moved) == ("OPEN_LONG", -40)
    assert found.price.cost == 40 + found.price.band


def test_a_runway_without_end_counts_for_more_than_the_horizon_and_is_said_to() -> None:
    given = books(cash=0, bills=[of_books.bill(due=9)])
    (found,) = price(given, [Fix(bills={"bill-1": None})], SAMPLING).prices
    assert (found.moved, found.zero, found.is_at_least) == (WITHOUT_END - 9, None, True)


def test_a_bill_that_stood_for_a_recurring_payment_brings_it_back_when_dropped() -> None:
    habit = [series([30 * n + 3 for n in range(6)], -50_000, counterparty="Acme")]
    another = of_books.bill("another", due=90, balance=1, name="Bolt")
    stands = of_books.bill(due=27, balance=70_000)
    given = books(cash=60_000, history=habit, bills=[stands, another])
    fix = Fix(bills={"bill-1": None})
    (found,) = price(given, [fix], SAMPLING).prices
    # 500.00 leave every 30 days again: the second time there is not enough.
    assert found.zero == TODAY + 59
    assert found.moved == runway_days(fix.apply(given)) - runway_days(given) == 32


def test_without_its_last_bill_a_business_is_taken_to_pay_at_once() -> None:
    spent = [series([3, 17, 20, 45, 80], [-900, -20_000, -300, -40_000, -7_000], Category.VENDOR)]
    given = books(cash=30_000, history=spent, bills=[of_books.bill(due=40, balance=1)])
    fix = Fix(bills={"bill-1": None})
    (found,) = price(given, [fix], SAMPLING).prices
    assert found.moved == runway_days(fix.apply(given)) - runway_days(given) < 0


def test_vendors_that_are_one_share_their_habits_when_fixed() -> None:
    late = [settled([40] * 3, Role.VENDOR, "two"), settled([0] * 30, Role.VENDOR, "other")]
    given = books(cash=0, bills=[of_books.bill(due=10, party_id="one")], settlements=late)
    fix = Fix(same_vendor={"two": "one"})
    (found,) = price(given, [fix], SAMPLING).prices
    # Due on a Friday, and usually paid 40 days late: on a Wednesday.
    assert found.moved == 40


@settings(max_examples=200)
@given(books_and_fix(), st.integers(0, 2**40))
def test_the_band_of_a_price_is_what_full_runs_with_the_same_draws_say(
    made: tuple[Books, Fix], seed: int
) -> None:
    (given, fix), sampling = made, Sampling(seed, 20)
    found = price(given, [fix], sampling)
    (one,) = found.prices
    assert found.band == width(given, profile_of(given), sampling)
    assert (one.moved, one.band) == full_price(given, fix, sampling)
    assert one.cost == abs(one.moved) + one.band


def needing_payment() -> Books:
    """Return books that need an invoice, whose customer pays on the day or else two months late."""
    erratic = [settled([0, 0, 0, 60] * 6, party_id="erratic")]
    erratic[0].days_ago = [30 + 5 * n for n in range(24)]
    return books(
        cash=10_000,
        invoices=[of_books.invoice(due=5, balance=50_000, party_id="erratic")],
        planned=[planned(40, -30_000), planned(80, -60_000, id="2")],
        settlements=erratic,
    )


def test_an_issue_about_an_invoice_that_may_or_may_not_come_in_time_adds_to_the_band() -> None:
    given = needing_payment()
    # Not counted on, the cash ends with the first payment in every course.
    gone = Fix(invoices={"invoice-1": None})
    found = price(given, [gone, Fix(), Fix(cash=10**6)], Sampling())
    first, nothing, plenty = found.prices
    assert (found.band, found.zero) == (40, TODAY + 80)
    assert (first.zero, first.moved, first.band, first.cost) == (TODAY + 40, -40, 40, 80)
    assert (nothing.band, nothing.cost) == (0, 0)
    assert (plenty.zero, plenty.band, plenty.is_at_least) == (None, 40, True)


def test_a_fix_that_widens_the_band_takes_nothing_off_the_cost() -> None:
    given = needing_payment()
    certain = replace(given, invoices=[])
    back = Fix(added_invoices=given.invoices)
    (found,) = price(certain, [back], Sampling()).prices
    assert (found.moved, found.band, found.cost) == (40, 0, 40)


def test_a_band_that_comes_into_sight_is_narrowed_by_at_least_what_is_said() -> None:
    given = needing_payment()
    given.planned.pop()
    # Half of the courses never end; without the invoice all of them do.
    (found,) = price(given, [Fix(invoices={"invoice-1": None})], Sampling()).prices
    assert (found.band, found.is_at_least) == (WITHOUT_END - 40, True)


def test_no_course_is_drawn_for_what_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(band, "draw", lambda *made: drawn.append(made) or draw(*made))
    given = needing_payment()
    price(given, [Fix()] * 50, Sampling())
    assert len(drawn) == 1
    price(given, [Fix(cash=-5)] * 50, Sampling())
    assert len(drawn) == 2
    price(given, [Fix(invoices={"invoice-1": None})] * 3, Sampling())
    assert len(drawn) == 6


def test_the_number_of_courses_is_that_of_the_request_and_200_without_one() -> None:
    assert Sampling() == (0, PATHS) == (0, 200)


def test_a_fix_too_large_to_be_added_is_refused() -> None:
    with pytest.raises(AmountsTooLarge):
        price(books(), [Fix(cash=2**62)], SAMPLING)
