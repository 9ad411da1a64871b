"""A portfolio's order, filter and counts: plain figures in, plain order out."""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Order(IntEnum):
    """In which order a portfolio stands; numbers as in the proto."""

    WORST = 0
    NAME = 1
    OLDEST_BOOKS = 2
    OVERDUE_INVOICES = 3
    CASH = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """What a business is sorted and filtered by; amounts in minor units of its own currency.

    `status` is 0 for a business that cannot be shown, and all else is then empty.
    """

    business_id: str
    display_name: str = ""
    status: int = 0
    currency: str = ""
    cash_minor: int = 0
    runway_days: int | None = None
    low_water_minor: int = 0
    burn_minor: int = 0
    synced_at: datetime.datetime | None = None
    receivable_minor: int = 0
    overdue_minor: int = 0

    @property
    def cushion_days(self) -> float:
        """Return the low-water mark in days of outflow: amounts of many currencies compare."""
        return self.low_water_minor / max(self.burn_minor, 1)

    @property
    def overdue_share(self) -> float:
        """Return the share of what customers owe that is overdue."""
        return self.overdue_minor / self.receivable_minor if self.receivable_minor > 0 else 0.0


def arranged(
    standings: Iterable[Standing], statuses: Sequence[int], text: str, order: Order
) -> list[Standing]:
    """Return the businesses that the filter lets through, in order; failed ones always and first.

    Businesses that are equal stand by name and id, so that the order is the same each time.
    """
    shown = [one for one in standings if not one.status or _matches(one, statuses, text)]
    return sorted(
        shown,
        key=lambda one: (
            bool(one.status),
            *_key(one, order),
            one.display_name.casefold(),
            one.business_id,
        ),
    )


def counts(standings: Iterable[Standing]) -> list[tuple[int, int]]:
    """Return how many businesses have each status, the worst first; failed ones have none."""
    return sorted(Counter(one.status for one in standings if one.status).items())


def _matches(one: Standing, statuses: Sequence[int], text: str) -> bool:
    wanted = text.casefold()
    return (not statuses or one.status in statuses) and (
        wanted in one.display_name.casefold() or wanted in one.business_id
    )


def _key(one: Standing, order: Order) -> tuple[str | float, ...]:
    match order:
        case Order.NAME:
            return ()
        case Order.OLDEST_BOOKS:
            return (0.0 if one.synced_at is None else one.synced_at.timestamp(),)
        case Order.OVERDUE_INVOICES:
            return (-one.overdue_share,)
        case Order.CASH:
            return (one.currency, one.cash_minor)
        case _:
            days = float("inf") if one.runway_days is None else one.runway_days
            return (days, one.cushion_days)
