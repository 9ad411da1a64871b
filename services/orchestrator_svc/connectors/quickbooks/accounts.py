"""The chart of accounts."""

from orchestrator_svc.connectors.quickbooks.fields import (
    LONGEST_LABEL,
    FieldError,
    Record,
    Reference,
)
from orchestrator_svc.connectors.quickbooks.lifecycle import is_deleted
from orchestrator_svc.domain.ledger import Account, AccountKind

_KINDS = {
    "Bank": AccountKind.BANK,
    "Accounts Receivable": AccountKind.ACCOUNTS_RECEIVABLE,
    "Accounts Payable": AccountKind.ACCOUNTS_PAYABLE,
    "Credit Card": AccountKind.CREDIT_CARD,
    "Other Current Asset": AccountKind.OTHER_ASSET,
    "Fixed Asset": AccountKind.OTHER_ASSET,
    "Other Asset": AccountKind.OTHER_ASSET,
    "Other Current Liability": AccountKind.OTHER_LIABILITY,
    "Long Term Liability": AccountKind.OTHER_LIABILITY,
    "Equity": AccountKind.EQUITY,
    "Income": AccountKind.INCOME,
    "Other Income": AccountKind.INCOME,
    "Expense": AccountKind.EXPENSE,
    "Other Expense": AccountKind.EXPENSE,
    "Cost of Goods Sold": AccountKind.EXPENSE,
}
LIQUID = frozenset({AccountKind.BANK, AccountKind.UNDEPOSITED_FUNDS})
CASH_LIKE = LIQUID | {AccountKind.CREDIT_CARD}


def account(record: Record, home: str) -> Account:
    """Read an Account, in QuickBooks' own sign: what is owed is negative. Raises FieldError."""
    account_id = record.identifier("Id")
    subtype = record.text("AccountSubType", longest=LONGEST_LABEL)
    currency = record.currency(home)
    return Account(
        account_id=account_id,
        # "Job Expenses:Permits": two sub-accounts may share the last part of their names.
        display_name=record.text("FullyQualifiedName") or record.text("Name") or account_id,
        kind=_kind(record, subtype),
        subtype=subtype,
        active=record.flag("Active", True) and not is_deleted(record),
        balance_minor=record.amount("CurrentBalance", currency),
        currency=currency,
        source_version=record.version(),
    )


def _kind(record: Record, subtype: str) -> AccountKind:
    name = record.text("AccountType")
    if name not in _KINDS:
        reason = "is no type of account that is known" if name else "is missing"
        raise FieldError(record.path("AccountType"), reason)
    if name == "Other Current Asset" and subtype == "UndepositedFunds":
        return AccountKind.UNDEPOSITED_FUNDS
    return _KINDS[name]


class Chart:
    """The accounts of a reading, by id."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def add(self, account: Account) -> None:
        """Add an account; of two with one id the newer counts."""
        known = self._accounts.get(account.account_id)
        if known is None or known.source_version <= account.source_version:
            self._accounts[account.account_id] = account

    def find(self, reference: Reference | None) -> Account | None:
        """Return the account that is referred to, None when it is not there."""
        return self._accounts.get(reference.value) if reference else None

    def required(self, record: Record, name: str) -> Account:
        """Return the account that a field refers to. Raises FieldError when it is not there."""
        found = self.find(record.required_reference(name))
        if found is None:
            raise FieldError(record.path(name), "refers to an account that was not read")
        return found

    def undeposited(self, record: Record, name: str) -> Account:
        """Return where money waits that a field does not place: the only undeposited funds.

        Raises FieldError when there are none, or several.
        """
        kind = AccountKind.UNDEPOSITED_FUNDS
        found = [known for known in self._accounts.values() if known.kind is kind]
        if len(found) != 1:
            reason = "names no account, and there is not exactly one for undeposited funds"
            raise FieldError(record.path(name), reason)
        return found[0]

    def deposited_to(self, record: Record) -> Account:
        """Return the account that receives a customer's money. Raises FieldError."""
        name = "DepositToAccountRef"
        if record.has(name):
            return self.required(record, name)
        return self.undeposited(record, name)
