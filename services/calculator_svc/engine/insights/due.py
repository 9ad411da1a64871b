"""What is due soon: bills by the day to send their payment, payroll, tax, and what recurs."""

from collections.abc import Iterable
from dataclasses import dataclass

from calculator_svc.engine.cashflow import Item, Layer
from calculator_svc.engine.forecast import Forecast
from calculator_svc.engine.inputs import Category, Day

SOON_DAYS = 14
"""How many days ahead counts as soon."""

_CRITICAL = frozenset({Category.PAYROLL, Category.TAX, Category.RENT})
_LAYERS = frozenset({Layer.PAYROLL, Layer.TAX, Layer.RECURRING, Layer.PLANNED})


@dataclass(frozen=True, slots=True)
class DueItem:
    """A payment: by when to send it, to whom, how much (positive), and the bill, "" without one.

    `overdue` counts days past the due date.
    """

    day: Day
    name: str
    amount: int
    bill_id: str
    overdue: int
    is_critical: bool


def due_soon(forecast: Forecast) -> list[DueItem]:
    """Return what is to be paid within 14 days, by day; what has a decision is decided."""
    last = forecast.as_of + SOON_DAYS
    bills = [
        DueItem(
            one.latest_safe,
            one.document.name,
            one.document.balance,
            one.document.id,
            one.overdue,
            one.document.is_critical,
        )
        for one in forecast.outlooks.bills
        if not one.decisions and one.due is not None and one.latest_safe <= last
    ]
    return sorted(
        [*bills, *_other(forecast.items, last)], key=lambda one: (one.day, one.name, one.bill_id)
    )


def _other(items: Iterable[Item], last: Day) -> Iterable[DueItem]:
    for item in items:
        if item.layer in _LAYERS and item.amount < 0 and item.day <= last:
            critical = item.category in _CRITICAL
            yield DueItem(item.day, item.name, -item.amount, "", 0, critical)
