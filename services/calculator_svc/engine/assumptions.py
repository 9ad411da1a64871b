"""Why each flow of a forecast is expected on its day and with its amount, in words with figures."""

from dataclasses import dataclass

from calculator_svc.engine import words
from calculator_svc.engine.cashflow import Item, Layer
from calculator_svc.engine.forecast import BY_DAY, BillOutlook, Forecast, InvoiceOutlook
from calculator_svc.engine.history import History
from calculator_svc.engine.inputs import Books, Repeat

_RECURS = (
    "Recurs in the history; the amount is the median of its last six, or of as many as there are."
)
_REPEATS = {
    Repeat.WEEKLY: "every week",
    Repeat.BIWEEKLY: "every 2 weeks",
    Repeat.MONTHLY: "every month",
    Repeat.QUARTERLY: "every quarter",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """An item and its assumption, one sentence."""

    item: Item
    assumption: str


def explained(books: Books, history: History, ahead: Forecast) -> list[Explained]:
    """Return every item of a forecast by date, the residual by day, each with its assumption.

    The items of a day sum to its receipts and disbursements. `ahead` is of these books as they
    stand, under no what-if.
    """
    say = _Words(books, history, ahead)
    return [Explained(item, say.of(item)) for item in sorted(ahead.all_items(), key=BY_DAY)]


class _Words:
    """What is looked up for the items of one forecast."""

    def __init__(self, books: Books, history: History, ahead: Forecast) -> None:
        self._books = books
        self._bills = {one.document.id: one for one in ahead.outlooks.bills}
        self._invoices = {one.document.id: one for one in ahead.outlooks.invoices}
        self._queued = {decision.id for decision in books.queued}
        self._planned = {planned.id: planned for planned in books.planned}
        self._earmarks = {earmark.id: earmark for earmark in books.earmarks}
        self._residual = self._residual_words(history, ahead)

    def of(self, item: Item) -> str:
        """Return the assumption behind an item."""
        match item.layer:
            case Layer.INVOICE:
                return _document(self._invoices[item.document_id], item.amount)
            case Layer.BILL:
                return _document(self._bills[item.document_id], item.amount)
            case Layer.DECISION:
                return self._decision(item)
            case Layer.PLANNED:
                return self._plan(item)
            case Layer.EARMARK:
                return self._earmark(item)
            case Layer.RESIDUAL:
                return self._residual[item.amount > 0]
            case _:
                return _RECURS

    def _decision(self, item: Item) -> str:
        if item.source_id in self._queued:
            return "As decided in the queue, which is not finalised yet."
        return "As decided and finalised; the books do not show it yet."

    def _plan(self, item: Item) -> str:
        planned = self._planned[item.source_id]
        if planned.repeat is Repeat.ONCE:
            return "Entered by hand, once."
        until = "" if planned.end is None else f" until {words.day(planned.end)}"
        since = words.day(planned.first)
        return f"Entered by hand: {_REPEATS[planned.repeat]} from {since} on{until}."

    def _earmark(self, item: Item) -> str:
        release = self._earmarks[item.source_id].release
        if release is None:
            return "Set aside by hand, for good."
        if item.amount > 0:
            return f"Was set aside by hand until {words.day(release)}, and comes back after it."
        return f"Set aside by hand until {words.day(release)}."

    def _residual_words(self, history: History, ahead: Forecast) -> dict[bool, str]:
        """Return the assumption of receipts (True) and of payments."""
        rest, window = ahead.residual, history.window_days
        paid = -sum(flow.within(window) for flow in rest.flows if not flow.inflow)
        came, counted, went = (
            words.money(amount, self._books.minor_units, self._books.currency)
            for amount in (rest.received, rest.counted, paid)
        )
        some = "" if rest.counted == rest.received else f", {counted} of it to be counted on"
        besides = f"over the last {words.days(window)} besides what recurs"
        share = "an average day's share, as far as open {} do not stand for it yet."
        return {
            True: f"{came} came in {besides}{some}; {share.format('invoices')}",
            False: f"{went} went out {besides}; {share.format('bills')}",
        }


def _document(outlook: BillOutlook | InvoiceOutlook, amount: int) -> str:
    due, habit = outlook.due, outlook.habit
    if due is None:
        when = f"Without a due date; habitually paid by {words.day(habit)}"
    elif habit == due:
        when = f"Due {words.day(due)}, and habitually paid then"
    else:
        late = f"{words.days(abs(habit - due))} {'later' if habit > due else 'earlier'}"
        when = f"Due {words.day(due)}; habitually paid {late}"
    rest = "" if abs(amount) == outlook.document.balance else ", what a decision leaves of it"
    return f"{when}{rest}."
