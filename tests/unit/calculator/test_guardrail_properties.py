"""What holds for the guardrail whatever the books and the queue, tried on books made up at random.

What is true without the queue is found by a run of its own on books that have none.
"""

from dataclasses import replace
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from calculator_svc.engine.calculations import calculate_decision_console, calculate_runway
from calculator_svc.engine.cashflow import Item
from calculator_svc.engine.guardrail import Breach, Promise
from calculator_svc.engine.inputs import (
    HORIZON_DAYS,
    Action,
    Bill,
    Books,
    Category,
    Decision,
    Earmark,
    Invoice,
    Planned,
    Policy,
    Repeat,
    Tier,
)

from .builders import POLICY, TODAY

CATEGORIES = {Promise.PAYROLL: Category.PAYROLL, Promise.TAX: Category.TAX}

# Small numbers, so that what is owed, what there is and the floor come close to each other.
amounts = st.integers(1, 500)
days = st.integers(-20, 100).map(lambda n: TODAY + n)
categories = st.sampled_from([Category.PAYROLL, Category.TAX, Category.RENT, Category.VENDOR])


@st.composite
def books_and_floor(draw: Any) -> tuple[Books, int]:
    """Return books with decisions, whose documents have ids of their own, and a floor."""
    bills = [
        Bill(
            f"bill-{n}",
            "v",
            f"Vendor {n}",
            TODAY - 30,
            draw(days),
            draw(amounts),
            category=draw(categories),
            tier=draw(st.sampled_from(Tier)),
        )
        for n in range(draw(st.integers(0, 4)))
    ]
    invoices = [
        Invoice(f"invoice-{n}", "c", "Bolt", TODAY - 30, draw(days), draw(amounts))
        for n in range(draw(st.integers(0, 3)))
    ]
    planned = [
        Planned(
            f"planned-{n}",
            "Item",
            draw(amounts) * draw(st.sampled_from([-1, -1, 1])),
            draw(days),
            draw(st.sampled_from(Repeat)),
            category=draw(categories),
        )
        for n in range(draw(st.integers(0, 4)))
    ]
    made = Books(
        TODAY,
        cash=draw(st.integers(-200, 1500)),
        bills=bills,
        invoices=invoices,
        planned=planned,
        earmarks=draw(st.lists(st.builds(Earmark, st.just("e"), st.just("Tax"), amounts, days))),
        queued=draw(_decisions("queued", bills, invoices)),
        pending=draw(_decisions("pending", bills, invoices)),
    )
    return made, draw(st.integers(0, 300))


def _decisions(
    key: str, bills: list[Bill], invoices: list[Invoice]
) -> st.SearchStrategy[list[Decision]]:
    of_invoices = (Action.COLLECT, Action.WRITE_OFF)
    of_bills = [action for action in Action if action not in of_invoices]
    about = [(one.id, of_bills) for one in bills] + [(one.id, of_invoices) for one in invoices]
    if not about:
        return st.just([])

    @st.composite
    def one(draw: Any) -> Decision:
        document, actions = draw(st.sampled_from(about))
        return Decision("", draw(st.sampled_from(actions)), document, draw(days), draw(amounts))

    return st.lists(one(), max_size=4).map(
        lambda found: [replace(each, id=f"{key}-{n}") for n, each in enumerate(found)]
    )


def breaches_of(books: Books, floor: int) -> list[Breach]:
    return calculate_decision_console(books, Policy(cash_floor=floor)).breaches


def cash_of(books: Books) -> list[int]:
    return [one.closing for one in calculate_runway(books, POLICY).days]


def short_of(books: Books, floor: int = 0) -> list[int]:
    return [max(0, floor - cash) for cash in cash_of(books)]


@settings(max_examples=150)
@given(books_and_floor())
def test_the_floor_is_broken_by_the_queue_where_cash_is_further_below_it_on_any_day(
    made: tuple[Books, int],
) -> None:
    books, floor = made
    found = [one for one in breaches_of(books, floor) if one.promise is Promise.CASH_FLOOR]
    short, without = short_of(books, floor), short_of(replace(books, queued=[]), floor)
    assert bool(found) is any(short)
    for one in found:
        assert one.amount == max(short)
        assert one.day == TODAY + 1 + next(i for i, amount in enumerate(short) if amount)
        worse = any(more > less for more, less in zip(short, without, strict=True))
        assert one.caused_by_queue is worse
        event(f"floor broken, by the queue: {worse}")


def payments(books: Books, category: Category) -> list[tuple[str, int]]:
    """Return what is paid of a category, by what stands behind it and the day."""
    about = {one.id: one.document_id for one in (*books.queued, *books.pending)}

    def behind(item: Item) -> str:
        key = about.get(item.source_id, item.source_id)
        return key if key.startswith("bill") else f"{key} of {item.day}"

    items = calculate_runway(books, POLICY).items
    return [
        (behind(one), one.day)
        for one in items
        if one.category is category and one.amount < 0 and one.day <= TODAY + HORIZON_DAYS
    ]


@settings(max_examples=150)
@given(books_and_floor())
def test_every_payroll_and_tax_that_does_not_clear_is_said_and_worse_ones_are_the_queues_doing(
    made: tuple[Books, int],
) -> None:
    books, floor = made
    none = replace(books, queued=[])
    short, without = short_of(books), short_of(none)
    found = breaches_of(books, floor)
    for promise, category in CATEGORIES.items():
        said = {one.day: one for one in found if one.promise is promise}
        paid, paid_without = payments(books, category), payments(none, category)
        broken = {day for _, day in paid if short[day - TODAY - 1]}
        assert said.keys() == broken
        assert len(said) == sum(one.promise is promise for one in found)
        for day in broken:
            amount = short[day - TODAY - 1]
            assert said[day].amount == amount
            # Not worse: without the queue the same payment is as short, and as early.
            as_bad = {
                key
                for key, other in paid_without
                if other <= day and without[other - TODAY - 1] >= amount
            }
            worse = any(key not in as_bad for key, other in paid if other == day)
            assert said[day].caused_by_queue is worse
            event(f"not cleared, by the queue: {worse}")


@given(books_and_floor())
def test_a_queue_of_nothing_breaks_nothing(made: tuple[Books, int]) -> None:
    books, floor = made
    assert not any(one.caused_by_queue for one in breaches_of(replace(books, queued=[]), floor))


def late_of(books: Books) -> dict[str, Breach]:
    """Return the breaches of critical vendors, by what the description calls the vendor."""
    found = breaches_of(books, 0)
    late = [one for one in found if one.promise is Promise.CRITICAL_VENDOR]
    return {one.description.partition(" is paid")[0]: one for one in late}


@settings(max_examples=150)
@given(books_and_floor())
def test_a_critical_bill_is_late_by_the_queue_where_it_is_later_or_more_of_it(
    made: tuple[Books, int],
) -> None:
    books, _ = made
    before = late_of(replace(books, queued=[]))
    for vendor, one in late_of(books).items():
        other = before.get(vendor)
        worse = other is None or one.day > other.day or one.amount > other.amount
        assert one.caused_by_queue is worse
        event(f"late, by the queue: {worse}")
