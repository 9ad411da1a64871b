"""What decisions change: the flows of a document with a decision, and without it.

Of several decisions about one document the newest holds, and a queued one before one that was
finalised and that the books do not show yet. What a decision moves carries the decision's id; what
it leaves (the rest of a part payment, of an earmark) stays the document's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calculator_svc.engine.calendar import business_day_on_or_after
from calculator_svc.engine.cashflow import CashFlow, Layer
from calculator_svc.engine.inputs import Action, Bill, Day, Decision, Invoice

# Looked up once: each access to an enumeration's member costs, and there are many documents.
_BILL, _INVOICE = Layer.BILL, Layer.INVOICE
_ABOUT_INVOICES = frozenset({Action.COLLECT, Action.WRITE_OFF})


@dataclass(slots=True)
class Decided:
    """The decisions about each document, by its id; the one that holds stands first."""

    bills: dict[str, list[Decision]]
    invoices: dict[str, list[Decision]]


def by_document(queued: Sequence[Decision], pending: Sequence[Decision]) -> Decided:
    """Sort decisions, each list oldest first, to their documents."""
    decided = Decided({}, {})
    for decision in (*reversed(queued), *reversed(pending)):
        kind = decided.invoices if decision.action in _ABOUT_INVOICES else decided.bills
        kind.setdefault(decision.document_id, []).append(decision)
    return decided


def soonest_payment(as_of: Day) -> Day:
    """Return when a payment sent today leaves the cash of the forecast, which begins tomorrow."""
    return max(business_day_on_or_after(as_of), as_of + 1)


def bill_flows(
    bill: Bill, habit: Day, decision: Decision | None, as_of: Day
) -> tuple[list[CashFlow], Day | None]:
    """Return a bill's flows under a decision, else by habit, and when it is paid in full."""
    if decision is None:
        return _flow(habit, -bill.balance, _BILL, bill.id), habit
    day = _decided_day(decision, as_of)
    amount = bill.balance
    paid = day
    if decision.action is Action.PART_PAYMENT or decision.action is Action.EARMARK:
        amount = min(decision.amount, bill.balance)
        if decision.action is Action.EARMARK or amount < bill.balance:
            paid = max(day, habit)
    flows = _flow(day, -amount, Layer.DECISION, decision.id)
    return flows + _flow(habit, amount - bill.balance, _BILL, bill.id), paid


def invoice_flows(
    invoice: Invoice, habit: Day, decision: Decision | None, as_of: Day
) -> tuple[list[CashFlow], Day | None]:
    """Return an invoice's flows and when it is paid; none and never when it is given up."""
    if decision is None:
        return _flow(habit, invoice.balance, _INVOICE, invoice.id), habit
    if decision.action is Action.WRITE_OFF:
        return [], None
    day = _decided_day(decision, as_of)
    return _flow(day, invoice.balance, Layer.DECISION, decision.id), day


def without(decisions: Iterable[Decision], left_out: Decision) -> Decision | None:
    """Return the decision that holds when one is left out; None when no other is there."""
    return next((decision for decision in decisions if decision is not left_out), None)


def _decided_day(decision: Decision, as_of: Day) -> Day:
    """Return when a decision takes effect: money is set aside at once, nothing happens earlier."""
    if decision.action is Action.EARMARK:
        return as_of
    if decision.day is None or decision.day <= as_of:
        return soonest_payment(as_of)
    return decision.day


def _flow(day: Day, amount: int, layer: Layer, source_id: str) -> list[CashFlow]:
    return [CashFlow(day, amount, layer, source_id)] if amount else []
