"""Payment terms, which QuickBooks' documents carry by name alone."""

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal

from orchestrator_svc.connectors.quickbooks.fields import LONGEST_LABEL, FieldError, Record
from orchestrator_svc.connectors.quickbooks.rows import Row
from orchestrator_svc.domain.ledger import PaymentTerms

_LONGEST_DAYS = 3650
_FIELDS = ("SalesTermRef", "TermRef")

_ON_RECEIPT = re.compile(r"(due|payable)?\s*(up)?on\s+receipt|cash on delivery|c\.?o\.?d\.?", re.I)
_NET = re.compile(r"(?:net|n\s*/)\s*(\d{1,4})(?:\s*days?)?|(\d{1,4})\s*days?", re.I | re.ASCII)
_DISCOUNT = re.compile(
    r"(\d{1,2}(?:\.\d{1,2})?)\s*%?\s*[/,\s]\s*(\d{1,4})(?:\s*days?)?\s*[/,]?\s*"
    r"(?:net|n\s*/)\s*(\d{1,4})(?:\s*days?)?",
    re.I | re.ASCII,
)


def parse_terms(name: str) -> PaymentTerms | None:
    """Read terms by their name: "Due on receipt", "Net 30", "2% 10 Net 30", "2/10, n/30".

    Returns None for a name that does not say in days when a document falls due.
    """
    text = name.strip()
    if _ON_RECEIPT.fullmatch(text):
        return PaymentTerms(name)
    if match := _NET.fullmatch(text):
        net = int(match[1] or match[2])
        return PaymentTerms(name, net) if net <= _LONGEST_DAYS else None
    if match := _DISCOUNT.fullmatch(text):
        basis_points = int(Decimal(match[1]) * 100)
        discount_days, net = int(match[2]), int(match[3])
        if discount_days <= net <= _LONGEST_DAYS:
            return PaymentTerms(name, net, discount_days, basis_points)
    return None


class TermNames:
    """The names of terms by id: a record often refers to terms without naming them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._names: dict[str, str] = {}
        for row in rows:
            for field in _FIELDS:
                self._learn(row, field)

    def _learn(self, row: Row, field: str) -> None:
        try:
            reference = Record.of(row.content).reference(field)
        except FieldError:
            return  # named where the record itself is read
        if reference and reference.name:
            self._names.setdefault(reference.value, reference.name[:LONGEST_LABEL])

    def stated(self, record: Record, field: str) -> str | None:
        """Return the name of the terms that a record states: "" when they are named nowhere, None
        when it states none.
        """
        reference = record.reference(field)
        if reference is None:
            return None
        return reference.name[:LONGEST_LABEL] or self._names.get(reference.value, "")


def party_terms(name: str | None) -> PaymentTerms | None:
    """Return a party's terms by their name; terms that are named nowhere are unknown."""
    return (parse_terms(name) or PaymentTerms(name)) if name else None


def document_terms(
    name: str | None, issued: datetime.date, due: datetime.date | None
) -> tuple[PaymentTerms | None, datetime.date | None]:
    """Return a document's terms and due date, each completed by the other where it can be."""
    if not name:
        return None, due
    if terms := parse_terms(name):
        return terms, due or issued + datetime.timedelta(days=terms.net_days)
    days = (due - issued).days if due else 0
    return PaymentTerms(name, days if 0 <= days <= _LONGEST_DAYS else 0), due
