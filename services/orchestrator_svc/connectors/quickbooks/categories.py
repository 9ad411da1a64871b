"""What a cash flow is for, by the account on its other side."""

import re

from orchestrator_svc.domain.ledger import Account, AccountKind, CashCategory

_SUBTYPES = {
    **dict.fromkeys(
        ["PayrollExpenses", "PayrollWageExpenses", "PayrollClearing", "DirectDepositPayable"],
        CashCategory.PAYROLL,
    ),
    **dict.fromkeys(
        [
            "PayrollTaxPayable",
            "PayrollTaxExpenses",
            "TaxesPaid",
            "GlobalTaxPayable",
            "GlobalTaxExpense",
            "SalesTaxPayable",
            "FederalIncomeTaxPayable",
            "StateLocalIncomeTaxPayable",
        ],
        CashCategory.TAX,
    ),
    "RentOrLeaseOfBuildings": CashCategory.RENT,
    **dict.fromkeys(
        [
            "InterestPaid",
            "LineOfCredit",
            "LoanPayable",
            "NotesPayable",
            "OtherLongTermLiabilities",
            "ShareholderNotesPayable",
        ],
        CashCategory.FINANCING,
    ),
    **dict.fromkeys(
        [
            "DividendIncome",
            "InterestEarned",
            "OtherInvestmentIncome",
            "OtherMiscellaneousIncome",
            "TaxExemptInterest",
        ],
        CashCategory.OTHER,
    ),
}
# Tax stands first: payroll tax is tax. Rent is that of premises, not of machines.
_WORDS = [
    (re.compile(r"\b(tax|taxes|irs|vat|gst|hst)\b", re.I), CashCategory.TAX),
    (re.compile(r"\b(payroll|wages?|salary|salaries)\b", re.I), CashCategory.PAYROLL),
    (re.compile(r"\brent\b|\b(building|office|shop|store) lease\b", re.I), CashCategory.RENT),
    (
        re.compile(r"\b(loans?|mortgage|notes? payable|line of credit)\b", re.I),
        CashCategory.FINANCING,
    ),
]
# Only these hold what can be payroll, tax or rent: "Tax advice" may well be sold.
_WORDED = frozenset({AccountKind.EXPENSE, AccountKind.OTHER_LIABILITY, AccountKind.OTHER_ASSET})
# "Payroll service", "Tax adviser", "Rent of excavators": these subtypes say otherwise.
_DECIDED = frozenset({"Auto", "EquipmentRental", "Insurance", "LegalProfessionalFees"})
_BY_KIND = {
    AccountKind.BANK: CashCategory.TRANSFER,
    AccountKind.UNDEPOSITED_FUNDS: CashCategory.TRANSFER,
    AccountKind.CREDIT_CARD: CashCategory.FINANCING,
    AccountKind.ACCOUNTS_RECEIVABLE: CashCategory.CUSTOMER,
    AccountKind.ACCOUNTS_PAYABLE: CashCategory.VENDOR,
    AccountKind.EQUITY: CashCategory.FINANCING,
    AccountKind.INCOME: CashCategory.CUSTOMER,
    AccountKind.EXPENSE: CashCategory.VENDOR,
}
_CRITICAL = frozenset({CashCategory.PAYROLL, CashCategory.TAX, CashCategory.RENT})


def category_of(account: Account | None) -> CashCategory:
    """Return what a flow against an account is for: by its subtype, else by a word in its name,
    else by its kind.
    """
    if account is None:
        return CashCategory.OTHER
    return _stated(account) or _BY_KIND.get(account.kind, CashCategory.OTHER)


def bill_category(account: Account | None) -> CashCategory:
    """Return what a bill is for, whose largest line is against an account, or against an item."""
    stated = _stated(account) if account else None
    return stated if stated in _CRITICAL else CashCategory.VENDOR


def purchase_category(account: Account | None, from_customer: bool) -> CashCategory:
    """Return what a purchase is for; one from a customer gives money back."""
    if account is not None:
        found = category_of(account)
        if found in _CRITICAL or found is CashCategory.FINANCING:
            return found
        if account.kind is AccountKind.ACCOUNTS_RECEIVABLE:
            return CashCategory.CUSTOMER
    return CashCategory.CUSTOMER if from_customer else CashCategory.VENDOR


def _stated(account: Account) -> CashCategory | None:
    if account.subtype in _SUBTYPES:
        return _SUBTYPES[account.subtype]
    if account.kind not in _WORDED or account.subtype in _DECIDED:
        return None
    # The last part of "Payroll:Taxes" says most.
    for part in reversed(account.display_name.split(":")):
        for pattern, category in _WORDS:
            if pattern.search(part):
                return category
    return None
