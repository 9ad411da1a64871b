"""Past and open invoices as columns, in an order that does not depend on the order of the books."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.inputs import Day
from calculator_svc.engine.settlement import ASSUMED_NET_DAYS

Days = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


class PastInvoice(NamedTuple):
    """An invoice that was written; `settled` is the day of its last payment, None while open.

    Without a due date it is taken to be due 30 days after issue, as everywhere.
    """

    party_id: str
    issue: Day
    due: Day | None
    settled: Day | None = None


@dataclass(frozen=True, slots=True)
class Observations:
    """What is known of invoices on the day `as_of`, one entry an invoice.

    `late` is how many days after the due date the invoice was paid (negative is early); of an open
    one, how late it already is. It will be later than that: the observation is censored.
    """

    as_of: Day
    party_ids: list[str]
    party: Days
    due: Days
    issue: Days
    paid: Flags
    late: Days

    @property
    def size(self) -> int:
        """Return how many invoices there are."""
        return len(self.party)


NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Invoices:
    """All invoices of a history; `on` tells what was known of them on a day."""

    party_ids: list[str]
    party: Days
    issue: Days
    due: Days
    settled: Days

    def on(self, day: Day) -> tuple[Observations, Days]:
        """Return what was known at the end of a day, and which invoices these are."""
        which = np.nonzero(self.issue <= day)[0]
        settled, due = self.settled[which], self.due[which]
        paid = settled <= day
        late = np.where(paid, settled, day) - due
        issue = self.issue[which]
        known = Observations(day, self.party_ids, self.party[which], due, issue, paid, late)
        return known, which


def columns(history: Iterable[PastInvoice]) -> Invoices:
    """Return invoices as columns; the same invoices in another order give the same columns."""
    rows = sorted(
        (
            past.party_id,
            past.issue,
            past.issue + ASSUMED_NET_DAYS if past.due is None else past.due,
            NEVER if past.settled is None else past.settled,
        )
        for past in history
    )
    party_ids = sorted({row[0] for row in rows})
    index = {party_id: i for i, party_id in enumerate(party_ids)}

    def column(values: Iterable[Any]) -> Days:
        return np.fromiter(values, dtype=np.int64, count=len(rows))

    return Invoices(
        party_ids,
        column(index[row[0]] for row in rows),
        column(row[1] for row in rows),
        column(row[2] for row in rows),
        column(row[3] for row in rows),
    )
