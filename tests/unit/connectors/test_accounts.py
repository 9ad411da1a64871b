"""The chart of accounts."""

import pytest

from orchestrator_svc.domain.ledger import Account, AccountKind, CashTransaction
from support.quickbooks import account, only, read, rejected, sales_receipt


@pytest.mark.parametrize(
    ("kind", "subtype", "expected"),
    [
        ("Bank", "Checking", AccountKind.BANK),
        ("Bank", "TrustAccounts", AccountKind.BANK),
        ("Accounts Receivable", "AccountsReceivable", AccountKind.ACCOUNTS_RECEIVABLE),
        ("Accounts Payable", "AccountsPayable", AccountKind.ACCOUNTS_PAYABLE),
        ("Credit Card", "CreditCard", AccountKind.CREDIT_CARD),
        ("Other Current Asset", "UndepositedFunds", AccountKind.UNDEPOSITED_FUNDS),
        ("Other Current Asset", "Inventory", AccountKind.OTHER_ASSET),
        ("Fixed Asset", "Vehicles", AccountKind.OTHER_ASSET),
        ("Other Asset", "Goodwill", AccountKind.OTHER_ASSET),
        ("Other Current Liability", "SalesTaxPayable", AccountKind.OTHER_LIABILITY),
        ("Long Term Liability", "NotesPayable", AccountKind.OTHER_LIABILITY),
        ("Equity", "RetainedEarnings", AccountKind.EQUITY),
        ("Income", "SalesOfProductIncome", AccountKind.INCOME),
        ("Other Income", "InterestEarned", AccountKind.INCOME),
        ("Expense", "Travel", AccountKind.EXPENSE),
        ("Other Expense", "Depreciation", AccountKind.EXPENSE),
        ("Cost of Goods Sold", "SuppliesMaterialsCogs", AccountKind.EXPENSE),
    ],
)
def test_an_account_is_for_what_its_type_says(
    kind: str, subtype: str, expected: AccountKind
) -> None:
    found = only(
        read(Account=[account("1", "One", kind, subtype)], Customer=[], Vendor=[]), Account
    )
    assert (found.kind, found.subtype) == (expected, subtype)


def read_one(**changes: object) -> Account:
    return only(read(Account=[account("1", "One", "Bank", "Checking", **changes)]), Account)


def test_what_is_owed_is_negative_as_in_quickbooks() -> None:
    assert read_one(AccountType="Credit Card", CurrentBalance=-157.72).balance_minor == -15772


def test_a_sub_account_is_named_with_its_parents() -> None:
    name = "Job Expenses:Permits"
    assert read_one(Name="Permits", FullyQualifiedName=name).display_name == name
    assert read_one(Name="Permits", FullyQualifiedName=...).display_name == "Permits"
    assert read_one(Name=..., FullyQualifiedName=...).display_name == "1"


def test_an_account_is_active_unless_it_says_otherwise() -> None:
    assert read_one(Active=...).active
    assert not read_one(Active=False).active
    assert not read_one(status="Deleted").active


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"Id": ...}, "Id", "is missing"),
        ({"AccountType": ...}, "AccountType", "is missing"),
        ({"AccountType": "Non-Posting"}, "AccountType", "is no type of account that is known"),
        ({"CurrentBalance": ...}, "CurrentBalance", "is missing"),
        ({"CurrentBalance": "much"}, "CurrentBalance", "is no number"),
        ({"Active": 1}, "Active", "is neither true nor false"),
        ({"SyncToken": "x"}, "SyncToken", "is no version number"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, object], field: str, reason: str) -> None:
    found = rejected(read(Account=[account("1", "One", "Bank", "Checking", **changes)]))
    assert (found.source_entity, found.field, found.reason) == ("Account", field, reason)


def test_money_without_a_place_waits_in_the_only_undeposited_funds() -> None:
    funds = [account(i, i, "Other Current Asset", "UndepositedFunds") for i in ("u1", "u2")]
    homeless = sales_receipt(DepositToAccountRef=...)
    reading = read(Account=funds[:1], SalesReceipt=[homeless])
    assert reading.unreadable == []
    for known in ([], funds):
        found = rejected(read(Account=known, SalesReceipt=[homeless]))
        assert found.field == "DepositToAccountRef"
        assert "not exactly one for undeposited funds" in found.reason


def test_of_two_records_of_one_account_the_newer_says_what_it_is() -> None:
    older = account("35", "Old name", "Expense", "Travel", SyncToken="1")
    newer = account("35", "Checking", "Bank", "Checking", SyncToken="2")
    for order in ([older, newer], [newer, older]):
        assert read(Account=order, Purchase=[]).unreadable == []
        reading = read(
            Account=order, SalesReceipt=[sales_receipt(DepositToAccountRef={"value": "35"})]
        )
        (receipt,) = [r.record for r in reading.records if r.source_entity == "SalesReceipt"]
        assert [posting.account_id for posting in receipt.postings] == ["35"]


def test_of_two_records_of_one_version_the_last_says_what_it_is() -> None:
    first = account("35", "Old name", "Expense", "Travel")
    last = account("35", "Checking", "Bank", "Checking")
    receipt = sales_receipt(DepositToAccountRef={"value": "35"})
    moves = [
        len(found.record.postings)
        for order in ([first, last], [last, first])
        for found in read(Account=order, SalesReceipt=[receipt]).records
        if isinstance(found.record, CashTransaction)
    ]
    assert moves == [1, 0]
