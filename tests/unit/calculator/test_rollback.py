"""The books of past days: what was open, what there was, and what was known."""

from dataclasses import replace

from calculator_svc.engine.inputs import Bill, Books, Category, Invoice, Role, Series, Settlements
from calculator_svc.engine.rollback import PastBooks, Pending, Reduction, Settled

LAST = 738_000


def past_books() -> PastBooks:
    """Books of 100 days: an invoice half paid, one paid, and a bill without a due date."""
    last = Books(
        as_of=LAST,
        cash=1000,
        invoices=[Invoice("half", "c1", "Bolt", LAST - 50, LAST - 20, 30)],
        bills=[Bill("b", "v1", "Acme", LAST - 10, None, 7)],
        history=[
            Series(Category.CUSTOMER, "Bolt", [5, 0, 60, 470], [20, 1, 50, 9]),
            Series(Category.TRANSFER, "Savings", [3], [-400]),
        ],
        settlements=[Settlements(Role.CUSTOMER, "c1", [30, 20], [1, -2], [60, 470])],
    )
    return PastBooks(
        last,
        LAST - 100,
        settled_invoices=[
            Settled(Invoice("paid", "c1", "Bolt", LAST - 90, LAST - 70, 0), LAST - 60)
        ],
        reductions=[
            Reduction(LAST - 60, False, "paid", 50),
            Reduction(LAST - 5, False, "half", 20),
        ],
        pending=[Pending(LAST - 100, []), Pending(LAST - 40, ["decided"])],  # type: ignore[list-item]
    )


def test_the_last_day_is_what_it_is_but_for_transfers_and_older_history() -> None:
    past = past_books()
    there = past.on(LAST)
    assert (there.cash, there.invoices, there.bills) == (
        1000,
        past.last.invoices,
        past.last.bills,
    )
    assert there.history == [Series(Category.CUSTOMER, "Bolt", [5, 0, 60], [20, 1, 50])]
    assert there.settlements == [Settlements(Role.CUSTOMER, "c1", [30], [1], [60])]


def test_cash_is_what_it_is_less_what_moved_since_transfers_too() -> None:
    past = past_books()
    assert past.cash_on(LAST - 1) == 999
    assert past.cash_on(LAST - 3) == 999
    assert past.cash_on(LAST - 4) == 999 + 400
    assert past.cash_on(LAST - 6) == 999 + 400 - 20


def test_a_document_was_open_from_its_issue_to_the_day_before_it_was_settled() -> None:
    past = past_books()
    open_on = {
        ago: [invoice.id for invoice in past.on(LAST - ago).invoices] for ago in (91, 90, 61, 60)
    }
    assert open_on == {91: [], 90: ["paid"], 61: ["paid"], 60: []}


def test_a_balance_was_what_it_is_and_what_was_taken_off_since() -> None:
    past = past_books()
    assert [invoice.balance for invoice in past.on(LAST - 61).invoices] == [50]
    assert [invoice.balance for invoice in past.on(LAST - 6).invoices] == [50]
    assert [invoice.balance for invoice in past.on(LAST - 5).invoices] == [30]


def test_history_counts_back_from_the_day_and_reaches_400_days() -> None:
    there = past_books().on(LAST - 71)
    assert there.history == [Series(Category.CUSTOMER, "Bolt", [399], [9])]
    assert there.settlements == [Settlements(Role.CUSTOMER, "c1", [20], [-2], [399])]
    assert past_books().on(LAST - 70).history == []


def test_decisions_are_pending_from_their_day_on() -> None:
    past = past_books()
    assert past.on(LAST - 41).pending == []
    assert past.on(LAST - 40).pending == ["decided"]


def test_bills_stand_by_due_date_and_those_without_one_last() -> None:
    past = past_books()
    sooner = Bill("z", "v1", "Acme", LAST - 10, LAST + 3, 1)
    past.last = replace(past.last, bills=[*past.last.bills, sooner])
    assert [bill.id for bill in past.on(LAST - 1).bills] == ["z", "b"]
