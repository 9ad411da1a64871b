"""From a request's books and policy to the engine's inputs."""

from collections.abc import Sequence

from runway.calculator.v1 import assessment_pb2
from runway.ledger.v1 import decision_pb2, ledger_pb2

from calculator_svc.engine.inputs import (
    Action,
    Bill,
    Books,
    Category,
    Decision,
    Earmark,
    Invoice,
    Planned,
    Policy,
    Repeat,
    Role,
    Series,
    Settlements,
    Terms,
    Tier,
)
from calculator_svc.servicers.reading import Place, Reader, numbers
from service_kit import wire

_CATEGORIES = numbers(Category)
_TIERS = numbers(Tier)
_ROLES = numbers(Role)
_REPEATS = numbers(Repeat)
_ACTIONS = {action.value: action for action in Action}
_DAY_FIELDS = {
    Action.SCHEDULE: "pay_date",
    Action.DELAY: "until_date",
    Action.PART_PAYMENT: "pay_date",
    Action.COLLECT: "expected_date",
}
_WITH_AMOUNT = frozenset({Action.PART_PAYMENT, Action.EARMARK})
_ABOUT_INVOICES = frozenset({Action.COLLECT, Action.WRITE_OFF})
_OPEN = ledger_pb2.DOCUMENT_STATE_OPEN
_BANK = ledger_pb2.ACCOUNT_KIND_BANK
_LEDGER = Place("ledger")
_POLICY = Place("policy")
_BALANCES = Place("ledger.balances")
_BALANCE_FIELDS = tuple(
    field.name
    for field in ledger_pb2.Balances.DESCRIPTOR.fields
    if field.message_type is not None
    and field.message_type.full_name == "google.type.Money"
    and field.name != "cash"
)


def to_inputs(ledger: ledger_pb2.Ledger, policy: assessment_pb2.Policy) -> tuple[Books, Policy]:
    """Return a request's books and policy.

    Raises ApiError (INVALID_ARGUMENT) naming a field that is malformed, and CurrencyRateMissing when
    an amount is not in the ledger's currency.
    """
    reader = Reader(ledger.currency_code)
    books = Books(
        as_of=reader.day(ledger.as_of, _LEDGER, "as_of"),
        currency=reader.currency,
        minor_units=reader.minor_units,
        cash=_cash(ledger.balances, reader),
        bills=_bills(ledger.bills, reader),
        invoices=_invoices(ledger.invoices, reader),
        planned=[_planned(item, i, reader) for i, item in enumerate(ledger.planned_items)],
        earmarks=[_earmark(mark, i, reader) for i, mark in enumerate(ledger.earmarks)],
        queued=_decisions(ledger.queued_decisions, "ledger.queued_decisions", reader),
        pending=_decisions(ledger.pending_decisions, "ledger.pending_decisions", reader),
        history=[_series(one, i) for i, one in enumerate(ledger.cash_history)],
        settlements=[_settlements(one, i) for i, one in enumerate(ledger.settlement_history)],
    )
    judged = Policy(
        critical_days=policy.critical_days or Policy().critical_days,
        warning_days=policy.warning_days or Policy().warning_days,
        healthy_days=policy.healthy_days or Policy().healthy_days,
        cash_floor=reader.not_negative(policy, _POLICY, "cash_floor"),
    )
    reader.refuse_foreign()
    return books, judged


def _cash(balances: ledger_pb2.Balances, reader: Reader) -> int:
    """Return the cash to start from; the other balances are read for what is wrong with them."""
    for field in _BALANCE_FIELDS:
        reader.optional_money(balances, _BALANCES, field)
    for index, account in enumerate(balances.accounts):
        if account.kind == _BANK and not account.restricted:
            place = Place("ledger.balances.accounts", index)
            reader.optional_money(account, place, "balance")
    return reader.optional_money(balances, _BALANCES, "cash")


def _bills(bills: Sequence[ledger_pb2.Bill], reader: Reader) -> list[Bill]:
    found = []
    for index, bill in enumerate(bills):
        if bill.state != _OPEN:
            continue
        place = Place("ledger.bills", index)
        reader.not_negative(bill, place, "total")
        found.append(
            Bill(
                bill.bill_id,
                bill.vendor_id,
                bill.vendor_name,
                reader.day(bill.issue_date, place, "issue_date"),
                reader.optional_day(bill, place, "due_date"),
                reader.not_negative(bill, place, "balance"),
                _terms(bill),
                _CATEGORIES.get(bill.category, Category.UNSPECIFIED),
                _TIERS.get(bill.vendor_tier, Tier.UNSPECIFIED),
            )
        )
    return found


def _invoices(invoices: Sequence[ledger_pb2.Invoice], reader: Reader) -> list[Invoice]:
    found = []
    for index, invoice in enumerate(invoices):
        if invoice.state != _OPEN:
            continue
        place = Place("ledger.invoices", index)
        reader.not_negative(invoice, place, "total")
        found.append(
            Invoice(
                invoice.invoice_id,
                invoice.customer_id,
                invoice.customer_name,
                reader.day(invoice.issue_date, place, "issue_date"),
                reader.optional_day(invoice, place, "due_date"),
                reader.not_negative(invoice, place, "balance"),
                _terms(invoice),
            )
        )
    return found


def _terms(document: ledger_pb2.Bill | ledger_pb2.Invoice) -> Terms | None:
    if not document.HasField("terms"):
        return None
    terms = document.terms
    return Terms(terms.net_days, terms.discount_days, terms.discount_basis_points)


def _planned(item: ledger_pb2.PlannedItem, index: int, reader: Reader) -> Planned:
    place = Place("ledger.planned_items", index)
    return Planned(
        item.planned_item_id,
        item.display_name,
        reader.money(item.amount, place, "amount"),
        reader.day(item.planned_date, place, "planned_date"),
        _REPEATS.get(item.recurrence, Repeat.ONCE),
        reader.optional_day(item, place, "end_date"),
        _CATEGORIES.get(item.category, Category.UNSPECIFIED),
    )


def _earmark(mark: ledger_pb2.Earmark, index: int, reader: Reader) -> Earmark:
    place = Place("ledger.earmarks", index)
    amount = reader.positive(mark, place, "amount")
    release = reader.optional_day(mark, place, "release_date")
    return Earmark(mark.earmark_id, mark.display_name, amount, release)


def _decisions(
    decisions: Sequence[decision_pb2.Decision], name: str, reader: Reader
) -> list[Decision]:
    found = []
    for index, decision in enumerate(decisions):
        field = decision.WhichOneof("action")
        if field is None:
            Place(name, index).refuse("action", "one of its fields must be set")
        action, body = _ACTIONS[field], getattr(decision, field)
        place = Place(Place(name, index).path(field))
        date_field = _DAY_FIELDS.get(action)
        found.append(
            Decision(
                decision.decision_id,
                action,
                body.invoice_id if action in _ABOUT_INVOICES else body.bill_id,
                reader.day(getattr(body, date_field), place, date_field) if date_field else None,
                reader.positive(body, place, "amount") if action in _WITH_AMOUNT else 0,
            )
        )
    return found


def _series(series: ledger_pb2.CashSeries, index: int) -> Series:
    days, amounts = list(series.days_ago), list(series.amounts_minor)
    if len(days) != len(amounts):
        why = f"must be as many as days_ago: {len(amounts)} are given, not {len(days)}"
        Place("ledger.cash_history", index).refuse("amounts_minor", why)
    if amounts and not -wire.LARGEST_MINOR <= min(amounts) <= max(amounts) <= wire.LARGEST_MINOR:
        Place("ledger.cash_history", index).refuse("amounts_minor", "holds one that is too large")
    category = _CATEGORIES.get(series.category, Category.UNSPECIFIED)
    return Series(category, series.counterparty, days, amounts)


def _settlements(history: ledger_pb2.SettlementHistory, index: int) -> Settlements:
    to_pay, late = list(history.days_to_pay), list(history.days_late)
    if len(to_pay) != len(late):
        why = f"must be as many as days_to_pay: {len(late)} are given, not {len(to_pay)}"
        Place("ledger.settlement_history", index).refuse("days_late", why)
    role = _ROLES.get(history.role, Role.UNSPECIFIED)
    return Settlements(role, history.party_id, to_pay, late)
