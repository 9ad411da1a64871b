"""What a forecast has to beat: dates and sums that need no model."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from statistics import median

from calculator_svc.engine.inputs import Bill, Day, Invoice, Role, Settlements
from calculator_svc.engine.settlement import ASSUMED_NET_DAYS, MINIMUM_SAMPLES


def due_of(document: Bill | Invoice) -> Day:
    """Return the due date; 30 days after issue where there is none."""
    return document.issue + ASSUMED_NET_DAYS if document.due is None else document.due


def due_by(documents: Sequence[Bill] | Sequence[Invoice], day: Day) -> int:
    """Return what falls due by a day, in minor units."""
    return sum(document.balance for document in documents if due_of(document) <= day)


class CustomerMedians:
    """Says of each open invoice that it is as late as its customer's median invoice was.

    Of the customer's settled invoices only those that were later than this one already is; with
    fewer than three of these, everyone's; with fewer of them as well, the due date, or tomorrow
    when that has passed.
    """

    def __init__(self, settlements: Iterable[Settlements], as_of: Day) -> None:
        self._as_of = as_of
        self._own: dict[str, list[int]] = {}
        for party in settlements:
            if party.role is Role.CUSTOMER:
                self._own.setdefault(party.party_id, []).extend(party.days_late)
        for late in self._own.values():
            late.sort()
        self._everyone = sorted(late for own in self._own.values() for late in own)

    def expected(self, invoice: Invoice) -> float:
        """Return the day, ordinal; a median may lie between two."""
        due = due_of(invoice)
        for late in (self._own.get(invoice.party_id, []), self._everyone):
            later = late[bisect_right(late, self._as_of - due) :]
            if len(later) >= MINIMUM_SAMPLES:
                return due + median(later)
        return max(due, self._as_of + 1)
