"""The books of past days, from those of the last one, by taking back what came after.

A document was open on a day when it was written by then and not settled yet; its balance then is
the present one and what was taken off since. Cash then is the present cash less what moved since.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

from calculator_svc.engine.inputs import (
    Bill,
    Books,
    Category,
    Day,
    Decision,
    Invoice,
    Series,
    Settlements,
)

HISTORY_DAYS = 400
"""How far back the books of a day tell how cash moved and documents were settled."""

Document = TypeVar("Document", bound=Bill | Invoice)


@dataclass(frozen=True, slots=True)
class Settled(Generic[Document]):
    """A document that was settled on a day."""

    document: Document
    day: Day


class Reduction(NamedTuple):
    """What was taken off a bill, else an invoice, on a day."""

    day: Day
    is_bill: bool
    document_id: str
    amount: int


class Pending(NamedTuple):
    """The decisions that the books did not show yet, from a day on."""

    start: Day
    decisions: Sequence[Decision]


@dataclass(slots=True)
class PastBooks:
    """The books of every day from `first` to that of `last`.

    The histories of `last` reach back to 400 days before `first`, transfers included.
    """

    last: Books
    first: Day
    settled_bills: Sequence[Settled[Bill]] = ()
    settled_invoices: Sequence[Settled[Invoice]] = ()
    reductions: Sequence[Reduction] = ()
    pending: Sequence[Pending] = field(default_factory=list)

    def cash_on(self, day: Day) -> int:
        """Return the cash at the end of a day."""
        since = self.last.as_of - day
        return self.last.cash - sum(
            amount
            for series in self.last.history
            for ago, amount in zip(series.days_ago, series.amounts, strict=True)
            if ago < since
        )

    def on(self, day: Day) -> Books:
        """Return the books of a day."""
        reduced = self._reduced_after(day)
        return replace(
            self.last,
            as_of=day,
            cash=self.cash_on(day),
            bills=_open_on(day, self.last.bills, self.settled_bills, reduced[True]),
            invoices=_open_on(day, self.last.invoices, self.settled_invoices, reduced[False]),
            pending=self._pending_on(day),
            history=self._history_on(day),
            settlements=self._settlements_on(day),
        )

    def _reduced_after(self, day: Day) -> dict[bool, dict[str, int]]:
        reduced: dict[bool, dict[str, int]] = {True: defaultdict(int), False: defaultdict(int)}
        for reduction in self.reductions:
            if reduction.day > day:
                reduced[reduction.is_bill][reduction.document_id] += reduction.amount
        return reduced

    def _pending_on(self, day: Day) -> list[Decision]:
        at = bisect_right(self.pending, day, key=attrgetter("start"))
        return list(self.pending[at - 1].decisions) if at else []

    def _history_on(self, day: Day) -> list[Series]:
        since = self.last.as_of - day
        found = []
        for series in self.last.history:
            if series.category is Category.TRANSFER:
                continue
            kept = _within(series.days_ago, since)
            if kept:
                found.append(
                    Series(
                        series.category,
                        series.counterparty,
                        [series.days_ago[i] - since for i in kept],
                        [series.amounts[i] for i in kept],
                    )
                )
        return found

    def _settlements_on(self, day: Day) -> list[Settlements]:
        since = self.last.as_of - day
        found = []
        for party in self.last.settlements:
            kept = _within(party.days_ago, since)
            if kept:
                found.append(
                    Settlements(
                        party.role,
                        party.party_id,
                        [party.days_to_pay[i] for i in kept],
                        [party.days_late[i] for i in kept],
                        [party.days_ago[i] - since for i in kept],
                        [party.amounts[i] for i in kept] if party.amounts else [],
                    )
                )
        return found


def _within(days_ago: Sequence[int], since: int) -> list[int]:
    return [i for i, ago in enumerate(days_ago) if since <= ago < since + HISTORY_DAYS]


def _open_on(
    day: Day,
    still_open: Sequence[Document],
    settled: Sequence[Settled[Document]],
    reduced: dict[str, int],
) -> list[Document]:
    was_open: list[Document] = [
        *(document for document in still_open if document.issue <= day),
        *(one.document for one in settled if one.document.issue <= day < one.day),
    ]
    # As the books give them: by due date, those without one last.
    was_open.sort(key=lambda document: (document.due is None, document.due or 0, document.id))
    return [
        replace(document, balance=document.balance + reduced.get(document.id, 0))
        for document in was_open
    ]
