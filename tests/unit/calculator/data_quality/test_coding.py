from calculator_svc.engine.data_quality.inputs import AccountKind, TransactionKind

from .builders import account, bill, issues, names, transaction


def test_what_is_coded_to_an_uncategorised_account_is_found() -> None:
    sundry = account(AccountKind.EXPENSE, key="x", name="Ask me", is_uncategorised=True)
    given = [sundry, account(AccountKind.EXPENSE, key="y")]
    bought = transaction(accounts=("x", "y"))
    billed, paid = issues("UNCATEGORISED", *given, bill(accounts=("x",)), bought)
    assert billed.sentence == "Bill from Party v over 100.00 USD is uncategorised: Ask me."
    assert names(paid) == ["transaction purchase:5", "account x"]
    assert issues("UNCATEGORISED", *given, transaction(accounts=("y",))) == []


def test_what_is_coded_to_a_parent_account_is_found() -> None:
    parent = account(AccountKind.EXPENSE, key="p", name="Jobs")
    child = account(AccountKind.EXPENSE, key="q", parent_id="p")
    (found,) = issues("PARENT_ACCOUNT", parent, child, transaction(accounts=("p",)))
    assert found.sentence == (
        "Purchase of 20.00 USD is coded to an account that has sub-accounts: Jobs."
    )
    assert issues("PARENT_ACCOUNT", parent, child, transaction(accounts=("q",))) == []


def test_an_account_whose_sub_accounts_are_all_inactive_is_no_parent() -> None:
    parent = account(AccountKind.EXPENSE, key="p")
    child = account(AccountKind.EXPENSE, key="q", parent_id="p", active=False)
    assert issues("PARENT_ACCOUNT", parent, child, transaction(accounts=("p",))) == []


def test_opening_balance_equity_that_is_not_empty_is_found() -> None:
    equity = {"name": "Opening", "is_opening_balance_equity": True}
    (found,) = issues("OPENING_BALANCE_EQUITY", account(AccountKind.EQUITY, -1_250, **equity))
    assert found.sentence == "Opening still holds -12.50 USD."
    assert issues("OPENING_BALANCE_EQUITY", account(AccountKind.EQUITY, 0, **equity)) == []
    assert issues("OPENING_BALANCE_EQUITY", account(AccountKind.EQUITY, 5)) == []


def test_a_journal_entry_straight_to_receivables_or_payables_is_found() -> None:
    control = [
        account(AccountKind.ACCOUNTS_RECEIVABLE, 0, "ar", name="A/R"),
        account(AccountKind.ACCOUNTS_PAYABLE, 0, "ap", name="A/P"),
    ]
    entry = transaction(TransactionKind.JOURNAL_ENTRY, accounts=("x", "ar"))
    (found,) = issues("JOURNAL_TO_CONTROL", *control, entry)
    assert found.sentence == "Journal entry of 20.00 USD goes straight to A/R."
    assert names(found) == ["transaction journal_entry:5", "account ar"]
    elsewhere = transaction(TransactionKind.JOURNAL_ENTRY, accounts=("x", "y"))
    deposit = transaction(TransactionKind.DEPOSIT, accounts=("ar",))
    assert issues("JOURNAL_TO_CONTROL", *control, elsewhere, deposit) == []
