"""The lines of a transaction, and the other transactions that they link."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestrator_svc.connectors.quickbooks.fields import FieldError, Record, Reference


@dataclass(frozen=True, slots=True)
class Link:
    """Another transaction, by its type and id."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its amount, and the account that it is booked against (an item's line has none)."""

    amount_minor: int
    account: Reference | None
    record: Record
    detail: Record | None

    @property
    def size(self) -> int:
        """How large the line is, whichever way it goes."""
        return abs(self.amount_minor)


def lines_of(record: Record, currency: str, detail: str | None = None) -> Sequence[Line]:
    """Return a transaction's lines, whose accounts stand in an inner object `detail`, if any.

    Raises FieldError.
    """
    found = []
    for line in record.children("Line"):
        inner = line.child(detail) if detail else None
        account = inner.reference("AccountRef") if inner else None
        found.append(Line(line.amount_or("Amount", currency, 0), account, line, inner))
    return found


def link_of(line: Line) -> Link | None:
    """Return the transaction that a line links. Raises FieldError when it links several: nothing
    would say how its amount is split.
    """
    links = line.record.children("LinkedTxn")
    if len(links) > 1:
        raise FieldError(line.record.path("LinkedTxn"), "links several transactions")
    return Link(links[0].text("TxnType"), links[0].identifier("TxnId")) if links else None


def largest(lines: Iterable[Line]) -> Line | None:
    """Return the largest line, the first of equal ones."""
    return max(lines, key=lambda line: line.size, default=None)
