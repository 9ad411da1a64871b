"""Invoices of a file, and what was known of them on a day."""

import csv
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.receivables.observations import PastInvoice

Days = NDArray[np.int64]

UNPAID = 10**9
"""The settled day of an invoice that was not paid by the end of the file."""


@dataclass(frozen=True, slots=True)
class Records:
    """A file of invoices as columns; `last_day` is the day up to which payments are known."""

    last_day: int
    customers: list[str]
    numbers: list[str]
    issue: Days
    due: Days
    amount: Days
    settled: Days

    @property
    def first_day(self) -> int:
        """Return the day of the first invoice."""
        return int(self.issue.min())

    def of(self, which: Iterable[int]) -> list[PastInvoice]:
        """Return some of the invoices, with all that is known of them on `last_day`."""
        return [
            PastInvoice(
                self.customers[i],
                int(self.issue[i]),
                int(self.due[i]),
                None if self.settled[i] == UNPAID else int(self.settled[i]),
            )
            for i in which
        ]

    def known_on(self, day: int) -> list[PastInvoice]:
        """Return what was known at the end of a day: no later invoice, no later payment."""
        return [
            past
            if past.settled is not None and past.settled <= day
            else past._replace(settled=None)
            for past in self.of(np.nonzero(self.issue <= day)[0])
        ]

    def open_on(self, day: int) -> Days:
        """Return which invoices were written and not paid at the end of a day."""
        return np.nonzero((self.issue <= day) & (self.settled > day))[0]


def read_receivables(path: Path) -> Records:
    """Read a file named invoices_as_of_<date>.csv. What is only known after the fact stays out."""
    with path.open() as file:
        rows = list(csv.DictReader(file))

    def days(column: str) -> Days:
        return np.array(
            [
                datetime.date.fromisoformat(row[column]).toordinal() if row[column] else UNPAID
                for row in rows
            ]
        )

    return Records(
        last_day=datetime.date.fromisoformat(path.stem.rpartition("_")[2]).toordinal(),
        customers=[row["customer_id"] for row in rows],
        numbers=[row["invoice_number"] for row in rows],
        issue=days("invoice_date"),
        due=days("due_date"),
        amount=np.array([round(float(row["amount_usd"]) * 100) for row in rows]),
        settled=days("settled_date"),
    )
