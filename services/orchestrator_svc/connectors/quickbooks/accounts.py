"""Accounts, and what cash flows that they stand for are for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator_svc.connectors.quickbooks import fields
from orchestrator_svc.connectors.quickbooks.fields import FieldError, Json
from orchestrator_svc.domain.ledger import Account, AccountKind, CashCategory

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

CASH_LIKE = {AccountKind.BANK, AccountKind.UNDEPOSITED_FUNDS, AccountKind.CREDIT_CARD}

_SUBTYPES = {
    "PayrollExpenses": CashCategory.PAYROLL,
    "PayrollWageExpenses": CashCategory.PAYROLL,
    "PayrollClearing": CashCategory.PAYROLL,
    "PayrollTaxPayable": CashCategory.TAX,
    "PayrollTaxExpenses": CashCategory.TAX,
    "TaxesPaid": CashCategory.TAX,
    "GlobalTaxPayable": CashCategory.TAX,
    "GlobalTaxExpense": CashCategory.TAX,
    "SalesTaxPayable": CashCategory.TAX,
    "FederalIncomeTaxPayable": CashCategory.TAX,
    "StateLocalIncomeTaxPayable": CashCategory.TAX,
    "RentOrLeaseOfBuildings": CashCategory.RENT,
}
# A book-keeper who did not choose a fine type has often written it into the name. Tax stands first:
# "Payroll Taxes" are tax.
_NAMES = [
    (re.compile(r"\btax(es)?\b", re.IGNORECASE), CashCategory.TAX),
    (re.compile(r"\b(payroll|wages|salar(y|ies))\b", re.IGNORECASE), CashCategory.PAYROLL),
    (re.compile(r"\brent\b", re.IGNORECASE), CashCategory.RENT),
]
_NAMED = {AccountKind.EXPENSE, AccountKind.OTHER_LIABILITY}


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of accounts, by id."""

    accounts: Mapping[str, Account]

    def is_cash_like(self, account_id: str) -> bool:
        """Return whether an account is a bank, undeposited funds or a credit card."""
        account = self.accounts.get(account_id)
        return account is not None and account.kind in CASH_LIKE

    def name(self, account_id: str) -> str:
        """Return an account's name, its id when it is unknown."""
        account = self.accounts.get(account_id)
        return account.display_name if account else account_id

    def undeposited(self) -> str:
        """Return the one undeposited-funds account, "" when there is none or more than one."""
        found = [a for a in self.accounts.values() if a.kind is AccountKind.UNDEPOSITED_FUNDS]
        return found[0].account_id if len(found) == 1 else ""

    def category(self, account_id: str, otherwise: CashCategory) -> CashCategory:
        """Return what a cash flow against an account is for.

        The fine type decides, then the kind, then a word in the name, then `otherwise`.
        """
        account = self.accounts.get(account_id)
        if account is None:
            return otherwise
        if account.subtype in _SUBTYPES:
            return _SUBTYPES[account.subtype]
        if account.kind in (AccountKind.BANK, AccountKind.UNDEPOSITED_FUNDS):
            return CashCategory.TRANSFER
        if account.kind in _NAMED:
            for pattern, category in _NAMES:
                if pattern.search(account.display_name):
                    return category
        return _BY_KIND.get(account.kind, otherwise)


_BY_KIND = {
    AccountKind.CREDIT_CARD: CashCategory.FINANCING,
    AccountKind.EQUITY: CashCategory.FINANCING,
    AccountKind.OTHER_LIABILITY: CashCategory.FINANCING,
    AccountKind.ACCOUNTS_RECEIVABLE: CashCategory.CUSTOMER,
    AccountKind.ACCOUNTS_PAYABLE: CashCategory.VENDOR,
    AccountKind.INCOME: CashCategory.CUSTOMER,
}


def account(record: Json, home: str) -> Account:
    """Read an Account. Raises FieldError."""
    kind = fields.required_text(record, "AccountType")
    if kind not in _KINDS:
        raise FieldError("AccountType", f"{kind[:60]} is unknown")
    subtype = fields.text(record, "AccountSubType")
    undeposited = subtype == "UndepositedFunds"
    currency = fields.currency_of(record, home)
    return Account(
        account_id=fields.required_text(record, "Id"),
        display_name=fields.text(record, "FullyQualifiedName") or fields.text(record, "Name"),
        kind=AccountKind.UNDEPOSITED_FUNDS if undeposited else _KINDS[kind],
        subtype=subtype,
        active=fields.flag(record, "Active", True),
        balance_minor=fields.amount(record, "CurrentBalance", currency) or 0,
        currency=currency,
        source_version=fields.version(record),
    )
