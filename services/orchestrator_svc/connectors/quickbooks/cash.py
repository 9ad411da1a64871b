"""Cash transactions that settle no document: what each posts to banks, cards, undeposited funds."""

from collections.abc import Iterable, Mapping

from orchestrator_svc.connectors.quickbooks import fields
from orchestrator_svc.connectors.quickbooks.accounts import Chart
from orchestrator_svc.connectors.quickbooks.documents import expense_category
from orchestrator_svc.connectors.quickbooks.fields import FieldError, Json
from orchestrator_svc.domain.ledger import (
    CashCategory,
    CashPosting,
    CashTransaction,
    DocumentState,
)

Side = tuple[str, int, str]
"""An account, what it changes by in minor units (debits positive), and who is named beside it."""


def purchase(record: Json, home: str, chart: Chart) -> CashTransaction:
    """Read a Purchase: out of a bank or card, or into it when it is a credit. Raises FieldError."""
    currency = fields.currency_of(record, home)
    total = fields.required_amount(record, "TotalAmt", currency)
    paid_from = fields.required_reference(record, "AccountRef")
    sign = 1 if fields.flag(record, "Credit", False) else -1
    name = fields.reference_name(record, "EntityRef")
    moved: list[Side] = [(paid_from, sign * total, name)]
    for line in fields.children(record, "Line"):
        detail = fields.child(line, "AccountBasedExpenseLineDetail")
        other = fields.reference(detail, "AccountRef")
        amount = fields.amount(line, "Amount", currency) or 0
        if chart.is_cash_like(other):
            # A card's "purchase" from a bank is how some book-keepers pay the card off.
            moved.append((other, -sign * amount, name))
    category = expense_category(record, home, chart)
    counterparty = name or _largest_account(record, chart, currency)
    return _transaction(
        record, "Purchase", currency, _between(chart, moved, category, counterparty)
    )


def _largest_account(record: Json, chart: Chart, currency: str) -> str:
    largest, name = -1, ""
    for line in fields.children(record, "Line"):
        detail = fields.child(line, "AccountBasedExpenseLineDetail")
        account_id = fields.reference(detail, "AccountRef")
        amount = abs(fields.amount(line, "Amount", currency) or 0)
        if account_id and amount > largest:
            largest, name = amount, chart.name(account_id)
    return name


def sales_receipt(record: Json, home: str, chart: Chart) -> CashTransaction:
    """Read a SalesReceipt: money from a customer at the sale. Raises FieldError."""
    currency = fields.currency_of(record, home)
    total = fields.required_amount(record, "TotalAmt", currency)
    account_id = fields.reference(record, "DepositToAccountRef") or chart.undeposited()
    name = fields.reference_name(record, "CustomerRef")
    posting = _post(chart, account_id, total, CashCategory.CUSTOMER, name)
    return _transaction(record, "SalesReceipt", currency, posting)


def transfer(record: Json, home: str, chart: Chart) -> CashTransaction:
    """Read a Transfer between two accounts. Raises FieldError."""
    currency = fields.currency_of(record, home)
    amount = fields.required_amount(record, "Amount", currency)
    sides: list[Side] = [
        (fields.required_reference(record, "FromAccountRef"), -amount, ""),
        (fields.required_reference(record, "ToAccountRef"), amount, ""),
    ]
    return _transaction(record, "Transfer", currency, _entries(chart, sides))


def journal_entry(record: Json, home: str, chart: Chart) -> CashTransaction:
    """Read a JournalEntry: what it posts to cash, named for the largest line opposite.

    Raises FieldError.
    """
    currency = fields.currency_of(record, home)
    sides: list[Side] = []
    for line in fields.children(record, "Line"):
        detail = fields.child(line, "JournalEntryLineDetail")
        account_id = fields.reference(detail, "AccountRef")
        amount = fields.amount(line, "Amount", currency) or 0
        posting = fields.text(detail, "PostingType")
        if account_id and amount:
            entity = fields.child(detail, "Entity")
            name = fields.reference_name(entity, "EntityRef")
            sides.append((account_id, amount if posting == "Debit" else -amount, name))
    return _transaction(record, "JournalEntry", currency, _entries(chart, sides))


def deposit(
    record: Json, home: str, chart: Chart, payers: Mapping[str, tuple[str, str]]
) -> CashTransaction:
    """Read a Deposit: undeposited payments and other money, into a bank.

    `payers` gives, for each payment's id, the customer's name and the account it waits in. The bank
    gets one posting for each category and counterparty. Raises FieldError.
    """
    currency = fields.currency_of(record, home)
    bank = fields.required_reference(record, "DepositToAccountRef")
    total = fields.required_amount(record, "TotalAmt", currency)
    postings: list[CashPosting] = []
    reached = 0
    for line in fields.children(record, "Line"):
        amount = fields.amount(line, "Amount", currency) or 0
        reached += amount
        postings += _deposited(line, amount, bank, chart, payers)
    back = fields.child(record, "CashBack")
    cash_back = fields.amount(back, "Amount", currency) or 0
    if cash_back:
        account_id = fields.required_reference(back, "AccountRef")
        postings += _entries(chart, [(bank, -cash_back, ""), (account_id, cash_back, "")])
    missing = total - (reached - cash_back)
    if missing:
        postings += _post(chart, bank, missing, CashCategory.OTHER, "Deposit")
    return _transaction(record, "Deposit", currency, postings)


def _deposited(
    line: Json, amount: int, bank: str, chart: Chart, payers: Mapping[str, tuple[str, str]]
) -> list[CashPosting]:
    linked = [fields.text(item, "TxnId") for item in fields.children(line, "LinkedTxn")]
    if linked:
        name, waiting = payers.get(linked[0], ("", chart.undeposited()))
        if not waiting:
            raise FieldError("Line.LinkedTxn", "refers to money that is nowhere in the books")
        return [
            *_post(chart, bank, amount, CashCategory.CUSTOMER, name),
            *_post(chart, waiting, -amount, CashCategory.TRANSFER, name),
        ]
    detail = fields.child(line, "DepositLineDetail")
    other = fields.reference(detail, "AccountRef")
    entity = fields.reference_name(detail, "Entity")
    if chart.is_cash_like(other):
        return _entries(chart, [(bank, amount, entity), (other, -amount, entity)])
    category = chart.category(other, CashCategory.OTHER)
    return list(_post(chart, bank, amount, category, entity or chart.name(other)))


def _between(
    chart: Chart, moved: list[Side], category: CashCategory, counterparty: str
) -> list[CashPosting]:
    """Post cash against another cash-like account if there is one, else for its category."""
    if len(moved) > 1:
        return _entries(chart, moved)
    account_id, amount, _ = moved[0]
    return list(_post(chart, account_id, amount, category, counterparty))


def _entries(chart: Chart, sides: Iterable[Side]) -> list[CashPosting]:
    """Post the cash-like sides of an entry, each named for the largest side opposite to it."""
    sides = list(sides)
    postings: list[CashPosting] = []
    for account_id, amount, _ in sides:
        if not chart.is_cash_like(account_id):
            if account_id not in chart.accounts:
                raise FieldError("AccountRef", f"{account_id} is not in the books")
            continue
        opposite = [side for side in sides if (side[1] > 0) != (amount > 0)]
        other = max(opposite, key=lambda side: abs(side[1]), default=None)
        category = chart.category(other[0], CashCategory.OTHER) if other else CashCategory.OTHER
        if chart.is_cash_like(other[0] if other else ""):
            category = _within(chart, account_id, other[0] if other else "")
        counterparty = (other[2] or chart.name(other[0])) if other else ""
        postings += _post(chart, account_id, amount, category, counterparty)
    return postings


def _within(chart: Chart, one: str, other: str) -> CashCategory:
    """Between a bank and a card money is financed; between banks it is only moved."""
    kinds = {chart.accounts[one].kind.value, chart.accounts[other].kind.value}
    return CashCategory.FINANCING if "credit_card" in kinds else CashCategory.TRANSFER


def _post(
    chart: Chart, account_id: str, minor: int, category: CashCategory, counterparty: str
) -> list[CashPosting]:
    if account_id not in chart.accounts:
        raise FieldError("AccountRef", f"{account_id or 'an account'} is not in the books")
    if not chart.is_cash_like(account_id) or not minor:
        return []
    return [CashPosting(account_id, minor, category, counterparty[:512])]


def _transaction(
    record: Json, kind: str, currency: str, postings: Iterable[CashPosting]
) -> CashTransaction:
    total = fields.amount(record, "TotalAmt", currency)
    voided = total is not None and fields.is_voided(record, total)
    return CashTransaction(
        transaction_id=fields.required_text(record, "Id"),
        source_kind=kind,
        transaction_date=fields.required_date(record, "TxnDate"),
        currency=currency,
        postings=tuple(postings),
        state=DocumentState.VOIDED if voided else DocumentState.PAID,
        source_version=fields.version(record),
    )
