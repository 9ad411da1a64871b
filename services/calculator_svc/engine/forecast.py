"""The forecast: direct method, by day, every figure the sum of items that say where they come from.

Layers: open documents at the day on which they are habitually paid, or as decided; series that
recur; items entered by hand; cash set aside; and a residual for what history shows besides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from calculator_svc.engine import decisions, recurrence
from calculator_svc.engine.calendar import business_day_on_or_after, repeated
from calculator_svc.engine.cashflow import CashFlow, Item, Layer
from calculator_svc.engine.errors import AmountsTooLarge
from calculator_svc.engine.history import History
from calculator_svc.engine.inputs import (
    HORIZON_DAYS,
    Action,
    Bill,
    Books,
    Category,
    Day,
    Decision,
    Invoice,
    Role,
)
from calculator_svc.engine.pay_dates import expected_days
from calculator_svc.engine.residual import Residual, residual, settled
from calculator_svc.engine.settlement import PayDates, latest_safe_day, stated_due

BY_DAY = attrgetter("day")
"""Key to bring items into the order of their days; within a day they stay in that of the layers."""

LARGEST_TOTAL = 2**62
"""Bound of the sum of all amounts, so that no sum of a forecast leaves an int64."""

_DECISION = Layer.DECISION
_DECIDED_NAMES = {
    Action.PAY_NOW: "Pay now",
    Action.SCHEDULE: "Scheduled payment",
    Action.DELAY: "Delayed payment",
    Action.PART_PAYMENT: "Part payment",
    Action.EARMARK: "Set aside",
    Action.COLLECT: "Collect",
}
_SERIES_LAYERS = {Category.PAYROLL: Layer.PAYROLL, Category.TAX: Layer.TAX}
_CATEGORY_NAMES = {
    Category.VENDOR: "Vendors",
    Category.PAYROLL: "Payroll",
    Category.TAX: "Tax",
    Category.RENT: "Rent",
    Category.FINANCING: "Financing",
}


@dataclass(slots=True)
class BillOutlook:
    """An open bill: its stated due date, when it is paid by habit and as decided, and its flows.

    `latest_safe` is its latest safe day, or the first business day from as_of on when that has
    passed: to pay at once is the best that one can do.
    """

    document: Bill
    due: Day | None
    overdue: int
    latest_safe: Day
    habit: Day
    expected: Day | None
    flows: list[CashFlow]
    decisions: list[Decision]

    def flows_under(self, decision: Decision | None, as_of: Day) -> list[CashFlow]:
        """Return its flows if this decision, or none, were made about it."""
        return decisions.bill_flows(self.document, self.habit, decision, as_of)[0]


@dataclass(slots=True)
class InvoiceOutlook:
    """An open invoice, in the same way; `expected` is None when a decision gives it up."""

    document: Invoice
    due: Day | None
    overdue: int
    habit: Day
    expected: Day | None
    flows: list[CashFlow]
    decisions: list[Decision]

    def flows_under(self, decision: Decision | None, as_of: Day) -> list[CashFlow]:
        """Return its flows if this decision, or none, were made about it."""
        return decisions.invoice_flows(self.document, self.habit, decision, as_of)[0]


@dataclass(slots=True)
class Outlooks:
    """The open documents, each in the order of the books."""

    bills: list[BillOutlook]
    invoices: list[InvoiceOutlook]

    def by_decision(self) -> Iterator[tuple[Decision, BillOutlook | InvoiceOutlook]]:
        """Yield the decisions that hold, each with its document."""
        both: Iterable[BillOutlook | InvoiceOutlook] = chain(self.bills, self.invoices)
        return ((outlook.decisions[0], outlook) for outlook in both if outlook.decisions)


@dataclass(slots=True)
class Forecast:
    """What is expected on each day.

    `receipts` and `disbursements` are positive and count days from as_of: entry 0 is as_of itself,
    on which nothing but cash set aside can leave, and entry t is the t-th day after it. `items` are
    all flows besides the documents' and the residual.
    """

    as_of: Day
    cash: int
    outlooks: Outlooks
    items: list[Item]
    residual: Residual
    receipts: list[int]
    disbursements: list[int]

    @property
    def set_aside(self) -> int:
        """Return the cash that is set aside on as_of."""
        return self.disbursements[0]

    def shown_receipts(self) -> list[int]:
        """Return the receipts of the 91 days."""
        return self.receipts[1:]

    def shown_disbursements(self) -> list[int]:
        """Return the disbursements of the 91 days; what as_of sets aside leaves on the first."""
        _, first, *others = self.disbursements
        return [first + self.set_aside, *others]

    def decided_items(self) -> list[Item]:
        """Return what decisions move."""
        return [item for item in self._document_items(True) if item.layer is _DECISION]

    def all_items(self) -> list[Item]:
        """Return every flow, the residual by day; what a day sums to is the day's figure."""
        return [*self.items, *self._document_items(), *self.residual_items(1)]

    def residual_items(self, days_each: int) -> list[Item]:
        """Return the residual by runs of days, each dated with the first of its run."""
        items = []
        columns = (
            ("Other receipts", self.residual.receipts, 1),
            ("Other payments", self.residual.disbursements, -1),
        )
        for name, amounts, sign in columns:
            for start in range(0, HORIZON_DAYS, days_each):
                if total := sum(amounts[start : start + days_each]):
                    day = self.as_of + 1 + start
                    none = Category.UNSPECIFIED
                    items.append(Item(day, Layer.RESIDUAL, "", name, sign * total, none))
        return items

    def _document_items(self, decided_only: bool = False) -> Iterator[Item]:
        for bill in self.outlooks.bills:
            if bill.decisions or not decided_only:
                yield from self._items_of(bill, bill.document.category)
        for invoice in self.outlooks.invoices:
            if invoice.decisions or not decided_only:
                yield from self._items_of(invoice, Category.CUSTOMER)

    def _items_of(
        self, outlook: BillOutlook | InvoiceOutlook, category: Category
    ) -> Iterator[Item]:
        who, key = outlook.document.name, outlook.document.id
        for day, amount, layer, source_id in outlook.flows:
            if day > self.as_of + HORIZON_DAYS:
                continue
            name = who
            if layer is _DECISION:
                decided = _DECIDED_NAMES[outlook.decisions[0].action]
                name = f"{decided}: {name}" if name else decided
            shown = max(day, self.as_of + 1)
            yield Item(shown, layer, source_id, name, amount, category, who, key)

    def due_items(self, category: Category) -> list[Item]:
        """Return the payments of a category (payroll, tax), from whichever layer, by day."""
        items = [item for item in self.items if item.category is category and item.amount < 0]
        if any(bill.document.category is category for bill in self.outlooks.bills):
            items += [
                item
                for item in self._document_items()
                if item.category is category and item.amount < 0
            ]
        return sorted(items, key=BY_DAY)


def outlooks(books: Books) -> Outlooks:
    """Return when each open document is expected to be paid, by habit and as decided."""
    as_of = books.as_of
    decided = decisions.by_document(books.queued, books.pending)
    vendors = PayDates(books.settlements, as_of)
    bills, invoices = [], []
    none: list[Decision] = []
    at_once = business_day_on_or_after(as_of)
    for bill in books.bills:
        due = stated_due(bill)
        habit, made = vendors.expected(bill), decided.bills.get(bill.id, none)
        flows, paid = decisions.bill_flows(bill, habit, made[0] if made else None, as_of)
        overdue, safe = _overdue(due, as_of), max(latest_safe_day(bill), at_once)
        bills.append(BillOutlook(bill, due, overdue, safe, habit, paid, flows, made))
    for invoice, habit in zip(books.invoices, expected_days(books), strict=True):
        due, made = stated_due(invoice), decided.invoices.get(invoice.id, none)
        flows, paid = decisions.invoice_flows(invoice, habit, made[0] if made else None, as_of)
        overdue = _overdue(due, as_of)
        invoices.append(InvoiceOutlook(invoice, due, overdue, habit, paid, flows, made))
    return Outlooks(bills, invoices)


def _overdue(due: Day | None, as_of: Day) -> int:
    """Return the days past the stated due date; 0 when not overdue or without one."""
    return 0 if due is None or due >= as_of else as_of - due


def forecast(books: Books, history: History) -> Forecast:
    """Return the forecast of the 91 days after as_of.

    Raises AmountsTooLarge when the amounts together exceed what an int64 holds.
    """
    _check_size(books, history)
    documents = outlooks(books)
    found = [recurrence.find(flow, books.as_of) for flow in history.flows]
    recurring = [series for series in found if series is not None]
    recurrence.leave_to_bills(
        recurring,
        ((bill.document.name, bill.habit, bill.due) for bill in documents.bills),
    )
    rest = residual(
        history,
        [series is not None for series in found],
        settled(Role.CUSTOMER, books.settlements, bool(books.invoices)),
        settled(Role.VENDOR, books.settlements, bool(books.bills)),
    )
    items = [*_recurring_items(recurring), *_planned_items(books)]
    receipts, disbursements = [0, *rest.receipts], [0, *rest.disbursements]
    both: Iterable[BillOutlook | InvoiceOutlook] = chain(documents.bills, documents.invoices)
    flows = ((flow.day, flow.amount) for outlook in both for flow in outlook.flows)
    dated = ((item.day, item.amount) for item in items)
    for day, amount in chain(flows, dated, _earmark_flows(books)):
        ahead = day - books.as_of
        if ahead > HORIZON_DAYS:
            continue
        if amount > 0:
            receipts[ahead] += amount
        else:
            disbursements[ahead] -= amount
    items += _earmark_items(books)
    return Forecast(books.as_of, books.cash, documents, items, rest, receipts, disbursements)


def _recurring_items(recurring: Iterable[recurrence.Recurring]) -> Iterator[Item]:
    for series in recurring:
        category = series.category
        layer = _SERIES_LAYERS.get(category, Layer.RECURRING)
        who = series.counterparty or _CATEGORY_NAMES.get(category, "Other")
        name = f"{who}, {series.cadence.words}"
        for day in series.days:
            yield Item(day, layer, "", name, series.amount, category, who)


def _planned_items(books: Books) -> Iterator[Item]:
    last = books.as_of + HORIZON_DAYS
    for planned in books.planned:
        until = last if planned.end is None else min(last, planned.end)
        for day in repeated(planned.first, planned.repeat, books.as_of, until):
            yield Item(
                day, Layer.PLANNED, planned.id, planned.name, planned.amount, planned.category
            )


def _earmark_flows(books: Books) -> Iterator[tuple[Day, int]]:
    """Yield what is set aside, on as_of, and what comes back, on the day after its release date."""
    for earmark in books.earmarks:
        if earmark.release is None or earmark.release >= books.as_of:
            yield books.as_of, -earmark.amount
            if earmark.release is not None:
                yield earmark.release + 1, earmark.amount


def _earmark_items(books: Books) -> Iterator[Item]:
    last, none = books.as_of + HORIZON_DAYS, Category.UNSPECIFIED
    for earmark in books.earmarks:
        release, key, name = earmark.release, earmark.id, earmark.name
        if release is None or release >= books.as_of:
            yield Item(books.as_of + 1, Layer.EARMARK, key, name, -earmark.amount, none)
            if release is not None and release < last:
                back = f"Released: {name}"
                yield Item(release + 1, Layer.EARMARK, key, back, earmark.amount, none)


def _check_size(books: Books, history: History) -> None:
    """Refuse amounts whose sums could leave an int64; Python's own integers have no bound."""
    most_returns = HORIZON_DAYS // 7 + 1
    total = abs(books.cash)
    total += sum(bill.balance for bill in books.bills)
    total += sum(invoice.balance for invoice in books.invoices)
    total += sum(earmark.amount for earmark in books.earmarks)
    total += most_returns * sum(abs(planned.amount) for planned in books.planned)
    total += most_returns * sum(abs(sum(flow.amounts)) for flow in history.flows)
    if total > LARGEST_TOTAL:
        raise AmountsTooLarge
