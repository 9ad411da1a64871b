"""What an issue costs: how far the runway moves when it is fixed, plus the band that it adds.

The books are fixed and forecast anew. Most fixes move a few documents or the opening cash alone, so
that their paths differ from the plan's in a few flows, and all of them come out of one matrix (see
`paths`). The others are run in full: a fix that merges vendors changes how they are paid, and one
that touches a bill for which a recurring payment was left out brings that payment back. How
customers pay stays what it is in the books as they are: a fix that moves one document is not to be
priced by what it does to the estimate of all others.
"""

from collections.abc import Callable, Container, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TypeVar

from calculator_svc.engine import recurrence
from calculator_svc.engine.cashflow import CashFlow, Layer
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.forecast import LARGEST_TOTAL, Forecast, forecast, outlooks
from calculator_svc.engine.history import History, read
from calculator_svc.engine.inputs import HORIZON_DAYS, Bill, Books, Day, Invoice
from calculator_svc.engine.paths import Variant, paths
from calculator_svc.engine.pay_dates import fitted

WITHOUT_END = HORIZON_DAYS + 1
"""How many days a runway without cash-zero date counts for: one more than is looked ahead."""

Document = TypeVar("Document", Bill, Invoice)

BandWidth = Callable[[Books], int]
"""How many days lie between the early and the late cash-zero date of some books."""


@dataclass(slots=True)
class Price:
    """What fixing an issue changes. `cost` is |moved| + band, in days, and never negative.

    `moved` is the runway when fixed less the runway as it is; `band` what the issue adds to the
    width of its band. `zero` is the cash-zero date when fixed. Where one of the two runways has no
    end it counts for one day more than the horizon, and the cost is at least what is said.
    """

    moved: int
    band: int
    zero: Day | None
    is_at_least: bool

    @property
    def cost(self) -> int:
        """Return the cost in days."""
        return abs(self.moved) + self.band


@dataclass(slots=True)
class Prices:
    """The cash-zero date as it is, and the price of each fix in the order given."""

    zero: Day | None
    prices: list[Price]


def price(books: Books, fixes: Sequence[Fix], band: BandWidth | None = None) -> Prices:
    """Return what each fix changes, alone; `band` measures the band, and without it none is added.

    Raises AmountsTooLarge.
    """
    history, books = read(books.history), fitted(books)
    ahead = forecast(books, history)
    quick = _Quick(books, history, ahead)
    positions = [i for i, fix in enumerate(fixes) if not fix.is_nothing and quick.covers(fix)]
    plan = paths(ahead, quick.variants([fixes[i] for i in positions]))
    zero = plan.zero[0]
    zeros: dict[int, Day | None] = dict(zip(positions, plan.zero[1:], strict=True))
    width = band(books) if band else 0
    prices = []
    for position, fix in enumerate(fixes):
        if fix.is_nothing:
            prices.append(Price(0, 0, zero, False))
            continue
        if position not in zeros:
            zeros[position] = paths(forecast(fix.apply(books), history)).zero[0]
        fixed = zeros[position]
        moved = _days(fixed, books.as_of) - _days(zero, books.as_of)
        added = max(0, width - band(fix.apply(books))) if band else 0
        prices.append(Price(moved, added, fixed, (fixed is None) is not (zero is None)))
    return Prices(zero, prices)


def _days(zero: Day | None, as_of: Day) -> int:
    return WITHOUT_END if zero is None else zero - as_of


class _Quick:
    """Prices fixes as variants of one forecast."""

    def __init__(self, books: Books, history: History, ahead: Forecast) -> None:
        self._books = books
        self._bills = {bill.document.id: bill for bill in ahead.outlooks.bills}
        self._invoices = {one.document.id: one for one in ahead.outlooks.invoices}
        # Two documents with one id cannot be told apart here.
        self._is_plain = len(self._bills) == len(books.bills) and len(self._invoices) == len(
            books.invoices
        )
        found = (recurrence.find(flow, books.as_of) for flow in history.flows)
        self._recurring = {one.counterparty for one in found if one is not None and one.amount < 0}

    def covers(self, fix: Fix) -> bool:
        """Return whether a fix changes nothing but flows of documents and the opening cash."""
        if fix.same_vendor or not self._is_plain:
            return False
        bills, invoices = _known(fix.bills, self._bills), _known(fix.invoices, self._invoices)
        names = {self._bills[key].document.name for key in bills}
        names |= {bill.name for bill in _documents(bills, fix.added_bills)}
        if names & self._recurring:
            return False
        amount = abs(fix.cash)
        amount += sum(bill.balance for bill in _documents(bills, fix.added_bills))
        amount += sum(one.balance for one in _documents(invoices, fix.added_invoices))
        if amount > LARGEST_TOTAL // 2:
            return False
        # With and without open documents the residual assumes other habits.
        return _keeps_some(self._bills, bills, fix.added_bills) and _keeps_some(
            self._invoices, invoices, fix.added_invoices
        )

    def variants(self, fixes: Sequence[Fix]) -> list[Variant]:
        """Return each fix as flows taken out of the plan and put in."""
        bills = [_known(fix.bills, self._bills) for fix in fixes]
        invoices = [_known(fix.invoices, self._invoices) for fix in fixes]
        new_bills = [
            _documents(one, fix.added_bills) for one, fix in zip(bills, fixes, strict=True)
        ]
        new_invoices = [
            _documents(one, fix.added_invoices) for one, fix in zip(invoices, fixes, strict=True)
        ]
        # One look at all of them, since each look sorts what was settled.
        books = replace(self._books, bills=[*chain(*new_bills)], invoices=[*chain(*new_invoices)])
        found = outlooks(books)
        bill_flows = (outlook.flows for outlook in found.bills)
        invoice_flows = (outlook.flows for outlook in found.invoices)
        variants = []
        for i, fix in enumerate(fixes):
            gone = [self._bills[key].flows for key in bills[i]]
            gone += [self._invoices[key].flows for key in invoices[i]]
            new = [*islice(bill_flows, len(new_bills[i]))]
            new += islice(invoice_flows, len(new_invoices[i]))
            if fix.cash:
                new.append([CashFlow(self._books.as_of, fix.cash, Layer.RESIDUAL, "")])
            variants.append(Variant([*chain(*gone)], [*chain(*new)]))
        return variants


def _known(
    changes: Mapping[str, Document | None], known: Container[str]
) -> dict[str, Document | None]:
    return {key: document for key, document in changes.items() if key in known}


def _documents(changes: Mapping[str, Document | None], added: list[Document]) -> list[Document]:
    return [one for one in changes.values() if one is not None] + added


def _keeps_some(
    known: Sized, changes: Mapping[str, Document | None], added: list[Document]
) -> bool:
    gone = sum(one is None for one in changes.values())
    return bool(len(known)) is bool(len(known) - gone + len(added))
