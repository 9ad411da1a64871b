"""What a digest says: sentences with figures behind them, and parts that sum up to the whole."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calculator_svc.engine.inputs import Action, Books, Category, Repeat
from calculator_svc.engine.insights.calculation import InsightFigures, calculate_insights
from calculator_svc.engine.insights.movements import SHOWN_EACH_WAY, movements
from calculator_svc.engine.insights.sentences import STALE_DAYS, Kind

from .builders import POLICY, TODAY, bill, books, decision, invoice, planned, series

BACK = 28


def said(now: Books, **before: Any) -> InsightFigures:
    """Return what is said of books, beside those of four weeks before."""
    earlier = Books(**{"as_of": TODAY - BACK, "cash": now.cash, **before})
    return calculate_insights(earlier, now, POLICY, 1, 50)


def sentences(figures: InsightFigures, kind: Kind) -> list[str]:
    return [one.sentence for one in figures.insights if one.kind is kind]


def test_the_parts_of_a_change_sum_up_to_it_and_the_largest_are_named() -> None:
    history = [
        *(series([3], 1_000 * n, Category.CUSTOMER, f"customer {n}") for n in range(1, 7)),
        series([5, 40], [-700, -9_000], Category.RENT, "Landlord"),
        series([2], -50, Category.TRANSFER, "Savings"),
    ]
    now = books(cash=30_000, history=history)
    before = Books(as_of=TODAY - BACK, cash=9_000)
    found = movements(before, now)
    assert sum(one.amount for one in found) == 21_000
    names = [one.name for one in found]
    assert names[:SHOWN_EACH_WAY] == ["customer 6", "customer 5", "customer 4", "customer 3"]
    assert names[SHOWN_EACH_WAY:] == ["Other receipts", "Landlord", "Between accounts"]
    assert {one.name: one.amount for one in found}["Landlord"] == -700


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Category.CUSTOMER, Category.TRANSFER, Category.OTHER]),
            st.sampled_from(["A", "B", "C", "D", "E", "F", ""]),
            st.lists(st.tuples(st.integers(0, 60), st.integers(-500, 500)), max_size=4),
        ),
        max_size=12,
    ),
    st.integers(-1_000, 1_000),
    st.integers(-1_000, 1_000),
)
def test_whatever_moved_the_parts_sum_up_to_the_change(rows: Any, cash: int, before: int) -> None:
    history = [
        series([ago for ago, _ in moved], [amount for _, amount in moved], category, name)
        for category, name, moved in rows
    ]
    found = movements(Books(as_of=TODAY - BACK, cash=before), books(cash=cash, history=history))
    assert sum(one.amount for one in found) == cash - before
    assert all(one.amount for one in found)


def test_a_cash_zero_date_that_moved_is_told_with_both_days() -> None:
    now = books(cash=1_000, bills=[bill(due=30, balance=5_000)])
    figures = said(now, cash=1_000, bills=[bill(due=20, balance=5_000)])
    (sentence,) = sentences(figures, Kind.RUNWAY)
    assert sentence == "Cash runs out on 4 Jun 2026, 10 days later than seemed on 7 Apr 2026."


def test_what_was_in_sight_and_is_no_more_is_told() -> None:
    figures = said(books(cash=1_000), cash=1_000, bills=[bill(due=20, balance=5_000)])
    (sentence,) = sentences(figures, Kind.RUNWAY)
    assert sentence.startswith("Cash no longer runs out within 91 days; on 7 Apr 2026 it was to ")


def test_a_payroll_that_does_not_clear_names_what_is_missing() -> None:
    payroll = bill(due=8, balance=5_000, category=Category.PAYROLL)
    (sentence,) = sentences(said(books(cash=1_000, bills=[payroll])), Kind.PAYROLL)
    assert sentence == "Payroll of 50.00 USD on 13 May 2026 does not clear: 40.00 USD are missing."


def test_overdue_invoices_are_named_with_their_documents() -> None:
    given = books(
        invoices=[invoice("a", -3, 1_000), invoice("b", -40, 500, name="Bolt {0}"), invoice("c", 9)]
    )
    (found,) = [one for one in said(given).insights if one.kind is Kind.OVERDUE_INVOICES]
    assert found.sentence == (
        "2 invoices of 15.00 USD are overdue, that of Bolt {0} the longest: for 40 days."
    )
    assert found.invoices == ["a", "b"]


def test_a_customer_who_owes_much_of_all_is_named_and_a_small_one_is_not() -> None:
    much = [invoice("a", 9, 900, party_id="x", name="Big"), invoice("b", 9, 100, party_id="y")]
    (sentence,) = sentences(said(books(invoices=much)), Kind.CONCENTRATION)
    assert sentence == "Big owes 9.00 USD, 90% of what all customers owe."
    even = [invoice(str(n), 9, 100, party_id=str(n)) for n in range(4)]
    assert sentences(said(books(invoices=even)), Kind.CONCENTRATION) == []


def test_what_is_due_within_two_weeks_stands_by_day_and_what_is_decided_is_not_there() -> None:
    given = books(
        cash=90_000,
        bills=[
            bill("late", -5, 100),
            bill("soon", 9, 200),
            bill("far", 60, 300),
            bill("decided", 5, 400),
        ],
        queued=[decision(Action.PAY_NOW, "decided")],
        history=[series([6, 20, 34, 48, 62, 76], -20_000, Category.PAYROLL, "Payroll")],
    )
    due = said(given).due
    assert [one.bill_id for one in due if one.bill_id] == ["late", "soon"]
    (payroll,) = [one for one in due if not one.bill_id]
    assert (payroll.day, payroll.amount, payroll.is_critical) == (TODAY + 8, 20_000, True)
    assert due[0].overdue == 5


def test_quiet_books_say_little_and_nothing_without_a_figure() -> None:
    figures = said(books(cash=0))
    assert [one.kind for one in figures.insights] == [Kind.LOW_WATER]
    assert figures.movements == figures.due == figures.chases == []


DOCUMENTS = st.lists(
    st.tuples(
        st.integers(-90, 90),
        st.integers(0, 90_000),
        st.sampled_from(["Acme", "{x}", "", "Ünïted & Søn", "100%"]),
    ),
    max_size=6,
)


@given(DOCUMENTS, DOCUMENTS, st.integers(-50_000, 90_000), st.integers(-50_000, 90_000))
@settings(max_examples=60, deadline=None)
def test_every_sentence_has_figures_that_stand_in_it_and_documents_that_there_are(
    bills: Any, invoices: Any, cash: int, before: int
) -> None:
    given = books(
        cash=cash,
        bills=[
            bill(f"b{n}", due, balance, name=name, party_id=name)
            for n, (due, balance, name) in enumerate(bills)
        ],
        invoices=[
            invoice(f"i{n}", due, balance, name=name, party_id=name)
            for n, (due, balance, name) in enumerate(invoices)
        ],
    )
    known = {one.id for one in (*given.bills, *given.invoices)}
    for one in said(given, cash=before).insights:
        assert one.figures
        for figure in one.figures:
            assert figure.text in one.sentence
            kinds = (figure.amount, figure.number, figure.day)
            assert sum(kind is not None for kind in kinds) == 1
        assert {*one.bills, *one.invoices} <= known


def test_what_was_planned_by_hand_and_lies_in_the_past_is_asked_about() -> None:
    given = [
        planned(-3, -5_000, id="a"),
        planned(-9, -7_000, id="b", name="Tax {2026}"),
        planned(-30, -1, id="c", repeat=Repeat.MONTHLY),
        planned(0, -1, id="d"),
    ]
    assert sentences(said(books(planned=given)), Kind.STALE_PLANS) == [
        "2 items planned by hand lie in the past; move or remove Tax {2026}, -70.00 USD planned "
        "for 26 Apr 2026."
    ]


def test_what_was_planned_long_ago_is_asked_about_before_it_is_due() -> None:
    old, fresh = TODAY - STALE_DAYS - 1, TODAY - STALE_DAYS
    given = [planned(5, -5_000, id="a", changed=fresh), planned(9, 9_000, id="b", changed=old)]
    assert sentences(said(books(planned=given)), Kind.STALE_PLANS) == [
        "1 item planned by hand was not looked at for 61 days; does Hire still stand at 90.00 USD?"
    ]


def test_what_is_planned_and_fresh_is_not_asked_about() -> None:
    given = [planned(5, -5_000), planned(-5, -5_000, repeat=Repeat.MONTHLY, changed=TODAY)]
    assert sentences(said(books(planned=given)), Kind.STALE_PLANS) == []
