"""Known-future items and earmarks: what no ledger holds, entered by hand."""

import datetime
import uuid
from dataclasses import dataclass
from enum import StrEnum

from orchestrator_svc.domain.errors import CurrencyMismatch, InvalidField
from orchestrator_svc.domain.ledger import CashCategory


class Recurrence(StrEnum):
    """How often a planned item comes back."""

    ONCE = "once"
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A known-future cash flow; positive comes in, negative goes out."""

    planned_item_id: uuid.UUID
    display_name: str
    amount_minor: int
    currency: str
    planned_date: datetime.date
    recurrence: Recurrence
    end_date: datetime.date | None
    category: CashCategory
    version: int
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Earmark:
    """Cash set aside; positive."""

    earmark_id: uuid.UUID
    display_name: str
    amount_minor: int
    currency: str
    release_date: datetime.date | None
    version: int
    updated_at: datetime.datetime


_AMOUNT = ("amount_minor", "currency")
# The fields of an entry that can be changed, by the path that an update mask names them by.
UPDATABLE_OF_PLANNED_ITEM = {
    "display_name": ("display_name",),
    "amount": _AMOUNT,
    "planned_date": ("planned_date",),
    "recurrence": ("recurrence",),
    "end_date": ("end_date",),
    "category": ("category",),
}
UPDATABLE_OF_EARMARK = {
    "display_name": ("display_name",),
    "amount": _AMOUNT,
    "release_date": ("release_date",),
}


def check_planned_item(item: PlannedItem, currency: str) -> None:
    """Check an item against the business's currency.

    Raises CurrencyMismatch or InvalidField, naming the field.
    """
    _check_currency(item.currency, currency, "planned_item.amount.currency_code")
    if item.amount_minor == 0:
        raise InvalidField("must not be zero", field="planned_item.amount")
    if item.end_date is not None and item.end_date < item.planned_date:
        raise InvalidField("must not be before planned_date", field="planned_item.end_date")


def check_earmark(earmark: Earmark, currency: str) -> None:
    """Check an earmark against the business's currency.

    Raises CurrencyMismatch or InvalidField, naming the field.
    """
    _check_currency(earmark.currency, currency, "earmark.amount.currency_code")
    if earmark.amount_minor <= 0:
        raise InvalidField("must be positive", field="earmark.amount")


def _check_currency(given: str, wanted: str, field: str) -> None:
    if given != wanted:
        raise CurrencyMismatch(
            f"must be in {wanted}, the business's currency; it is in {given}", field=field
        )
