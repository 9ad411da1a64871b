"""From a request's books and policy to the engine's inputs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import forecast_calculation_service_pb2 as forecast_pb2
from runway.ledger.v1 import decision_pb2, ledger_pb2

from calculator_svc.engine.inputs import (
    Action,
    Bill,
    Books,
    Category,
    Day,
    Decision,
    Earmark,
    Invoice,
    LateFee,
    Planned,
    Policy,
    Repeat,
    Role,
    Series,
    Settlements,
    Terms,
    Tier,
)
from calculator_svc.engine.scenarios import (
    Assumption,
    CustomerPays,
    Delay,
    RevenueChange,
    Scenario,
)
from calculator_svc.servicers.pay_date_profiles import to_profile
from calculator_svc.servicers.reading import FieldError, Reader, numbers
from service_kit.errors import ApiError, FieldViolation, invalid_argument

Message = TypeVar("Message")
Input = TypeVar("Input")

_CATEGORIES = numbers(Category)
_TIERS = numbers(Tier)
_ROLES = numbers(Role)
_REPEATS = numbers(Repeat)
_NO_CATEGORY, _NO_TIER = Category.UNSPECIFIED, Tier.UNSPECIFIED
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
_BALANCE_FIELDS = tuple(
    field.name
    for field in ledger_pb2.Balances.DESCRIPTOR.fields
    if field.message_type is not None
    and field.message_type.full_name == "google.type.Money"
    and field.name != "cash"
)


def to_inputs(
    ledger: ledger_pb2.Ledger, policy: assessment_pb2.Policy, path: str = "ledger"
) -> tuple[Books, Policy]:
    """Return a request's books and policy; the ledger stands at `path`.

    Raises ApiError (INVALID_ARGUMENT) naming a field that is malformed, and CurrencyRateMissing
    when an amount is not in the ledger's currency.
    """
    read = Reader(ledger.currency_code)
    books = to_books(path, ledger, read)
    judged = to_policy(policy, read)
    read.refuse_foreign()
    return books, judged


def to_policy(policy: assessment_pb2.Policy, read: Reader) -> Policy:
    """Return a request's policy.

    Raises ApiError (INVALID_ARGUMENT); an amount in another currency is noted by the reader.
    """
    return one("policy", policy, _policy, read)


def to_books(path: str, ledger: ledger_pb2.Ledger, read: Reader) -> Books:
    """Return the books of a ledger, which stands at `path` in its request.

    Raises ApiError (INVALID_ARGUMENT); amounts in another currency are noted by the reader.
    """
    refuse_repeated(bill_ids(f"{path}.bills", ledger.bills))
    refuse_repeated(invoice_ids(f"{path}.invoices", ledger.invoices))
    return Books(
        as_of=one(path, ledger, _as_of, read),
        currency=read.currency,
        minor_units=read.minor_units,
        cash=one(f"{path}.balances", ledger.balances, _cash, read),
        bills=every(f"{path}.bills", ledger.bills, _bill, read),
        invoices=every(f"{path}.invoices", ledger.invoices, _invoice, read),
        planned=every(f"{path}.planned_items", ledger.planned_items, _planned, read),
        earmarks=every(f"{path}.earmarks", ledger.earmarks, _earmark, read),
        queued=every(f"{path}.queued_decisions", ledger.queued_decisions, to_decision, read),
        pending=every(f"{path}.pending_decisions", ledger.pending_decisions, to_decision, read),
        history=every(f"{path}.cash_history", ledger.cash_history, _series, read),
        settlements=every(
            f"{path}.settlement_history", ledger.settlement_history, _settlements, read
        ),
        profile=one(f"{path}.pay_date_profile", ledger.pay_date_profile, to_profile, read)
        if ledger.HasField("pay_date_profile")
        else None,
    )


def to_scenarios(messages: Sequence[forecast_pb2.Scenario], currency: str) -> list[Scenario]:
    """Return a request's what-ifs.

    Raises what `to_inputs` raises.
    """
    read = Reader(currency)
    found = []
    for index, message in enumerate(messages):
        path = f"scenarios[{index}]"
        found.append(
            Scenario(
                message.display_name,
                every(f"{path}.decisions", message.decisions, to_decision, read),
                every(f"{path}.assumptions", message.assumptions, _assumption, read),
                path,
            )
        )
    read.refuse_foreign()
    return found


def _assumption(message: forecast_pb2.Assumption, read: Reader) -> Assumption:
    match message.WhichOneof("assumption"):
        case "customer_pays":
            pays = message.customer_pays
            return CustomerPays(pays.customer_id, pays.in_days)
        case "revenue_change":
            return RevenueChange(message.revenue_change.basis_points)
        case "delay":
            return Delay(message.delay.late, message.delay.days)
        case _:
            try:
                return _planned(message.planned_item, read)
            except FieldError as error:
                raise FieldError(f"planned_item.{error.field}", error) from None


def every(
    path: str,
    messages: Sequence[Message],
    to_input: Callable[[Message, Reader], Input | None],
    read: Reader,
) -> list[Input]:
    """Map each message of a list, leaving out what does not count; name the field at fault."""
    found: list[Input] = []
    index = 0
    try:
        for index, message in enumerate(messages):  # noqa: B007  # read where it is refused
            mapped = to_input(message, read)
            if mapped is not None:
                found.append(mapped)
    except FieldError as error:
        raise _refused(f"{path}[{index}]", error) from None
    return found


def one(
    path: str, message: Message, to_input: Callable[[Message, Reader], Input], read: Reader
) -> Input:
    """Map a message; name the field at fault below `path`."""
    try:
        return to_input(message, read)
    except FieldError as error:
        raise _refused(path, error) from None


def refuse_repeated(ids: Iterable[tuple[str, str]]) -> None:
    """Refuse an id that is there twice, since what is decided goes by it; each comes with its path.

    Raises ApiError (INVALID_ARGUMENT).
    """
    seen: set[str] = set()
    for path, found in ids:
        if found in seen:
            raise invalid_argument(FieldViolation(path, "Another one has this id."))
        seen.add(found)


def bill_ids(path: str, bills: Sequence[ledger_pb2.Bill]) -> Iterator[tuple[str, str]]:
    """Yield the id of each bill, by its path."""
    return ((f"{path}[{index}].bill_id", bill.bill_id) for index, bill in enumerate(bills))


def invoice_ids(path: str, invoices: Sequence[ledger_pb2.Invoice]) -> Iterator[tuple[str, str]]:
    """Yield the id of each invoice, by its path."""
    return ((f"{path}[{index}].invoice_id", one.invoice_id) for index, one in enumerate(invoices))


def _refused(path: str, error: FieldError) -> ApiError:
    return invalid_argument(FieldViolation(f"{path}.{error.field}", str(error)))


def _as_of(ledger: ledger_pb2.Ledger, read: Reader) -> Day:
    return read.day(ledger.as_of, "as_of")


def _policy(policy: assessment_pb2.Policy, read: Reader) -> Policy:
    default = Policy()
    return Policy(
        policy.critical_days or default.critical_days,
        policy.warning_days or default.warning_days,
        policy.healthy_days or default.healthy_days,
        read.not_negative(policy.cash_floor, policy, "cash_floor"),
    )


def _cash(balances: ledger_pb2.Balances, read: Reader) -> int:
    """Return the cash to start from; the other balances are read for what is wrong with them."""
    for field in _BALANCE_FIELDS:
        read.money(getattr(balances, field), balances, field)
    for index, account in enumerate(balances.accounts):
        if account.kind == _BANK and not account.restricted:
            try:
                read.money(account.balance, account, "balance")
            except FieldError as error:
                raise FieldError(f"accounts[{index}].{error.field}", error) from None
    return read.money(balances.cash, balances, "cash")


def _bill(bill: ledger_pb2.Bill, read: Reader) -> Bill | None:
    return to_bill(bill, read) if bill.state == _OPEN else None


def to_bill(bill: ledger_pb2.Bill, read: Reader) -> Bill:
    """Return a bill, whatever its state. Raises FieldError."""
    if bill.total.currency_code != read.currency:  # of no further use here
        read.money(bill.total, bill, "total")
    return Bill(
        bill.bill_id,
        bill.vendor_id,
        bill.vendor_name,
        read.day(bill.issue_date, "issue_date"),
        read.optional_day(bill.due_date, bill, "due_date"),
        read.not_negative(bill.balance, bill, "balance"),
        _terms(bill.terms) if bill.HasField("terms") else None,
        _CATEGORIES.get(bill.category, _NO_CATEGORY),
        _TIERS.get(bill.vendor_tier, _NO_TIER),
        *_late_terms(bill, read),
    )


def _late_terms(bill: ledger_pb2.Bill, read: Reader) -> tuple[int, LateFee | None, bool]:
    """Return grace, late fee and law, the last fields of a bill."""
    if not bill.HasField("late_payment_terms"):
        return 0, None, False
    terms = bill.late_payment_terms
    if not terms.HasField("late_fee"):
        return terms.grace_days, None, terms.late_breaks_law
    fee = terms.late_fee
    try:
        once = read.not_negative(fee.once, fee, "once")
    except FieldError as error:
        raise FieldError(f"late_payment_terms.late_fee.{error.field}", error) from None
    return terms.grace_days, LateFee(once, fee.monthly_basis_points), terms.late_breaks_law


def _invoice(invoice: ledger_pb2.Invoice, read: Reader) -> Invoice | None:
    return to_invoice(invoice, read) if invoice.state == _OPEN else None


def to_invoice(invoice: ledger_pb2.Invoice, read: Reader) -> Invoice:
    """Return an invoice, whatever its state. Raises FieldError."""
    if invoice.total.currency_code != read.currency:  # of no further use here
        read.money(invoice.total, invoice, "total")
    return Invoice(
        invoice.invoice_id,
        invoice.customer_id,
        invoice.customer_name,
        read.day(invoice.issue_date, "issue_date"),
        read.optional_day(invoice.due_date, invoice, "due_date"),
        read.not_negative(invoice.balance, invoice, "balance"),
        _terms(invoice.terms) if invoice.HasField("terms") else None,
        invoice.dispute.reason if invoice.HasField("dispute") else "",
    )


def _terms(terms: ledger_pb2.PaymentTerms) -> Terms:
    return Terms(terms.net_days, terms.discount_days, terms.discount_basis_points)


def _planned(item: ledger_pb2.PlannedItem, read: Reader) -> Planned:
    return Planned(
        item.planned_item_id,
        item.display_name,
        read.money(item.amount, item, "amount"),
        read.day(item.planned_date, "planned_date"),
        _REPEATS.get(item.recurrence, Repeat.ONCE),
        read.optional_day(item.end_date, item, "end_date"),
        _CATEGORIES.get(item.category, _NO_CATEGORY),
        read.optional_instant(item.update_time, item, "update_time"),
    )


def _earmark(mark: ledger_pb2.Earmark, read: Reader) -> Earmark:
    return Earmark(
        mark.earmark_id,
        mark.display_name,
        read.positive(mark.amount, mark, "amount"),
        read.optional_day(mark.release_date, mark, "release_date"),
    )


def to_decision(decision: decision_pb2.Decision, read: Reader) -> Decision:
    """Return a decision. Raises FieldError."""
    field = decision.WhichOneof("action")
    if field is None:
        raise FieldError("action", "one of its fields must be set")
    action, body = _ACTIONS[field], getattr(decision, field)
    day_field = _DAY_FIELDS.get(action)
    try:
        return Decision(
            decision.decision_id,
            action,
            body.invoice_id if action in _ABOUT_INVOICES else body.bill_id,
            read.day(getattr(body, day_field), day_field) if day_field else None,
            read.positive(body.amount, body, "amount") if action in _WITH_AMOUNT else 0,
        )
    except FieldError as error:
        raise FieldError(f"{field}.{error.field}", error) from None


def _series(series: ledger_pb2.CashSeries, read: Reader) -> Series:
    days, amounts = series.days_ago[:], series.amounts_minor[:]
    if len(days) != len(amounts):
        why = f"must be as many as days_ago: {len(amounts)} are given, not {len(days)}"
        raise FieldError("amounts_minor", why)
    category = _CATEGORIES.get(series.category, _NO_CATEGORY)
    return Series(category, series.counterparty, days, amounts)


def _settlements(history: ledger_pb2.SettlementHistory, read: Reader) -> Settlements:
    to_pay, late, ago = history.days_to_pay[:], history.days_late[:], history.days_ago[:]
    amounts = history.amounts_minor[:]
    for name, column in (("days_late", late), ("days_ago", ago), ("amounts_minor", amounts)):
        if len(column) != len(to_pay) and (column or name == "days_late"):
            why = f"must be as many as days_to_pay: {len(column)} are given, not {len(to_pay)}"
            raise FieldError(name, why)
    role = _ROLES.get(history.role, Role.UNSPECIFIED)
    return Settlements(role, history.party_id, to_pay, late, ago, amounts)
