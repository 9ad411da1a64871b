"""What an issue costs: how far the runway moves when it is fixed, plus the band that it adds.

The books are fixed and forecast anew. Most fixes move a few documents or the opening cash alone, so
that their paths differ from the plan's in a few flows, and all of them come out of one matrix (see
`paths`). The others are run in full: a fix that merges vendors changes how they are paid, and one
that touches a bill for which a recurring payment was left out brings that payment back. How
customers pay stays what it is in the books as they are: a fix that moves one document is not to be
priced by what it does to the estimate of all others.

The band is measured in the same two ways (see `band`), and for fixes that are something alone.
"""

from collections.abc import Container, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TypeVar

from calculator_svc.engine import recurrence
from calculator_svc.engine.cashflow import CashFlow, Layer
from calculator_svc.engine.data_quality.band import Bands, Change, Sampling
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.forecast import (
    LARGEST_TOTAL,
    BillOutlook,
    Forecast,
    InvoiceOutlook,
    forecast,
    outlooks,
)
from calculator_svc.engine.history import History, read
from calculator_svc.engine.inputs import HORIZON_DAYS, Bill, Books, Day, Invoice
from calculator_svc.engine.paths import Variant, paths
from calculator_svc.engine.pay_dates import fitted

WITHOUT_END = HORIZON_DAYS + 1
"""How many days a runway without cash-zero date counts for: one more than is looked ahead."""

Document = TypeVar("Document", Bill, Invoice)


@dataclass(slots=True)
class Price:
    """What fixing an issue changes. `cost` is |moved| + band, in days, and never negative.

    `moved` is the runway when fixed less the runway as it is; `band` what the issue adds to the
    width of its band. `zero` is the cash-zero date when fixed. Where one of the two runways has no
    end, or the band as it is none, it counts for one day more than the horizon, and the cost is at
    least what is said.
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
    """The cash-zero date as it is, the width of its band, and the price of each fix in the order
    given.
    """

    zero: Day | None
    band: int
    prices: list[Price]


def price(books: Books, fixes: Sequence[Fix], sampling: Sampling) -> Prices:
    """Return what each fix changes, alone.

    Raises AmountsTooLarge.
    """
    history, books = read(books.history), fitted(books)
    ahead = forecast(books, history)
    quick, bands = _Quick(books, history, ahead), Bands(books, history, ahead, sampling)
    positions = [i for i, fix in enumerate(fixes) if not fix.is_nothing and quick.covers(fix)]
    changes = quick.changes([fixes[i] for i in positions])
    plan = paths(ahead, [change.variant for change in changes])
    zero = plan.zero[0]
    fixed = {
        i: (found, bands.changed(change.drawn))
        for i, found, change in zip(positions, plan.zero[1:], changes, strict=True)
    }
    prices = []
    for i, fix in enumerate(fixes):
        if fix.is_nothing:
            prices.append(Price(0, 0, zero, False))
            continue
        if i not in fixed:
            other = fix.apply(books)
            anew = forecast(other, history)
            fixed[i] = paths(anew).zero[0], bands.anew(other, anew)
        when, width = fixed[i]
        moved = _days(when, books.as_of) - _days(zero, books.as_of)
        added = max(0, bands.width.days - width.days)
        # Only a late end that comes into sight makes the band narrower by more than is seen.
        is_cut = added > 0 and bands.width.is_at_least and not width.is_at_least
        prices.append(Price(moved, added, when, is_cut or (when is None) is not (zero is None)))
    return Prices(zero, bands.width.days, prices)


def _days(zero: Day | None, as_of: Day) -> int:
    return WITHOUT_END if zero is None else zero - as_of


class _Quick:
    """Prices fixes as variants of one forecast."""

    def __init__(self, books: Books, history: History, ahead: Forecast) -> None:
        self._books = books
        self._bills = {bill.document.id: bill for bill in ahead.outlooks.bills}
        self._invoices = {one.document.id: one for one in ahead.outlooks.invoices}
        found = (recurrence.find(flow, books.as_of) for flow in history.flows)
        self._recurring = {one.counterparty for one in found if one is not None and one.amount < 0}

    def covers(self, fix: Fix) -> bool:
        """Return whether a fix changes nothing but flows of documents and the opening cash."""
        if fix.same_vendor:
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

    def changes(self, fixes: Sequence[Fix]) -> list["_Change"]:
        """Return each fix as what is taken out of the plan and what is put in."""
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
        bill_outlooks, invoice_outlooks = iter(found.bills), iter(found.invoices)
        changes = []
        for i, fix in enumerate(fixes):
            cash = [CashFlow(self._books.as_of, fix.cash, Layer.RESIDUAL, "")] if fix.cash else []
            changes.append(
                _Change(
                    [self._bills[key] for key in bills[i]],
                    [self._invoices[key] for key in invoices[i]],
                    [*islice(bill_outlooks, len(new_bills[i]))],
                    [*islice(invoice_outlooks, len(new_invoices[i]))],
                    cash,
                )
            )
        return changes


@dataclass(slots=True)
class _Change:
    """The documents that a fix takes out of the plan, those that it puts in, and the cash."""

    bills: list[BillOutlook]
    invoices: list[InvoiceOutlook]
    new_bills: list[BillOutlook]
    new_invoices: list[InvoiceOutlook]
    cash: list[CashFlow]

    @property
    def variant(self) -> Variant:
        """Return the change of the expected course."""
        return Variant(
            _flows([*self.bills, *self.invoices]),
            [*_flows([*self.new_bills, *self.new_invoices]), *self.cash],
        )

    @property
    def drawn(self) -> Change:
        """Return the change of the drawn courses: decisions take invoices out of the draws."""
        gone, new = _decided(self.invoices), _decided(self.new_invoices)
        return Change(
            _flows([*self.bills, *gone]),
            [*_flows([*self.new_bills, *new]), *self.cash],
            self.bills,
            self.new_bills,
            [one for one in self.invoices if not one.decisions],
            [one for one in self.new_invoices if not one.decisions],
        )


def _flows(outlooks: Iterable[BillOutlook | InvoiceOutlook]) -> list[CashFlow]:
    return [flow for outlook in outlooks for flow in outlook.flows]


def _decided(outlooks: Iterable[InvoiceOutlook]) -> list[InvoiceOutlook]:
    return [one for one in outlooks if one.decisions]


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
