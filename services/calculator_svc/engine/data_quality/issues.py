"""An issue: what is wrong, what it names, and what the books would be with it fixed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from calculator_svc.engine.inputs import Bill, Books, Invoice, Role

if TYPE_CHECKING:
    from calculator_svc.engine.data_quality.index import Index


class Area(IntEnum):
    """What kind of fault an issue is."""

    OPEN_ITEMS = 1
    IDENTITY = 2
    AMOUNTS = 3
    CODING = 4
    DATES = 5
    TIES = 6
    PLUMBING = 7


class Severity(IntEnum):
    """How bad an issue is, apart from what it costs in days."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class SubjectKind(IntEnum):
    """What a subject of an issue is."""

    INVOICE = 1
    BILL = 2
    PAYMENT = 3
    TRANSACTION = 4
    CUSTOMER = 5
    VENDOR = 6
    ACCOUNT = 7


class Subject(NamedTuple):
    """A record that an issue names; payments and transactions are named by kind and id."""

    kind: SubjectKind
    id: str


def document_subject(role: Role, document_id: str) -> Subject:
    """Return a document as a subject: a customer's is an invoice, a vendor's a bill."""
    kind = SubjectKind.INVOICE if role is Role.CUSTOMER else SubjectKind.BILL
    return Subject(kind, document_id)


def party_subject(role: Role, party_id: str) -> Subject:
    """Return a party as a subject."""
    kind = SubjectKind.CUSTOMER if role is Role.CUSTOMER else SubjectKind.VENDOR
    return Subject(kind, party_id)


@dataclass(slots=True)
class Fix:
    """What changes in the books when an issue is fixed; nothing where cash is not touched.

    `bills` and `invoices` say by id what stands instead of an open document, None for nothing;
    `added_*` are documents that were missing. `same_vendor` maps vendors to the one they are.
    """

    cash: int = 0
    bills: dict[str, Bill | None] = field(default_factory=dict)
    invoices: dict[str, Invoice | None] = field(default_factory=dict)
    added_bills: list[Bill] = field(default_factory=list)
    added_invoices: list[Invoice] = field(default_factory=list)
    same_vendor: dict[str, str] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Return whether fixing the issue leaves the books as they are."""
        return self == Fix()

    def apply(self, books: Books) -> Books:
        """Return the books with the issue fixed; the given ones stay as they are."""
        bills = [self.bills.get(bill.id, bill) for bill in books.bills]
        invoices = [self.invoices.get(invoice.id, invoice) for invoice in books.invoices]
        fixed = replace(
            books,
            cash=books.cash + self.cash,
            bills=[bill for bill in bills if bill is not None] + self.added_bills,
            invoices=[one for one in invoices if one is not None] + self.added_invoices,
        )
        return self._with_vendors_merged(fixed) if self.same_vendor else fixed

    def _with_vendors_merged(self, books: Books) -> Books:
        same = self.same_vendor
        return replace(
            books,
            bills=[
                replace(bill, party_id=same[bill.party_id]) if bill.party_id in same else bill
                for bill in books.bills
            ],
            settlements=[
                replace(one, party_id=same[one.party_id])
                if one.role is Role.VENDOR and one.party_id in same
                else one
                for one in books.settlements
            ],
        )


@dataclass(slots=True)
class Found:
    """What a rule has found, in words with its figures.

    `amount` is what is at stake, positive, in minor units of the books; 0 where it is no amount.
    `anchor` are the ids that make the issue the one it is: the subjects without those that come and
    go while it is worked on.
    """

    severity: Severity
    sentence: str
    anchor: tuple[str, ...]
    subjects: Iterable[Subject]
    amount: int = 0
    fix: Fix = field(default_factory=Fix)


Finder = Callable[["Index"], Iterator[Found]]


class Rule(NamedTuple):
    """A rule: its stable id, its area, and what finds its issues."""

    id: str
    area: Area
    find: Finder


@dataclass(slots=True)
class Issue:
    """Something found by a rule; `key` is the same whenever the same thing is found again."""

    key: str
    rule: str
    area: Area
    severity: Severity
    sentence: str
    subjects: tuple[Subject, ...]
    amount: int
    fix: Fix


def issues_of(rule: Rule, index: "Index") -> Iterator[Issue]:
    """Yield the issues of one rule."""
    for found in rule.find(index):
        yield Issue(
            key=":".join((rule.id, *found.anchor)),
            rule=rule.id,
            area=rule.area,
            severity=found.severity,
            sentence=found.sentence,
            subjects=tuple(sorted(set(found.subjects))),
            amount=found.amount,
            fix=found.fix,
        )
