from calculator_svc.engine.data_quality.inputs import Account, AccountKind, Receipt
from calculator_svc.engine.data_quality.issues import Fix, Severity
from calculator_svc.engine.inputs import Role

from .builders import TODAY, account, bill, invoice, issues, names, party, payment


def payable(balance: int) -> Account:
    return account(AccountKind.ACCOUNTS_PAYABLE, -balance, "ap")


def receivable(balance: int) -> Account:
    return account(AccountKind.ACCOUNTS_RECEIVABLE, balance, "ar")


def test_a_missing_bill_shows_as_a_gap_of_payables() -> None:
    (found,) = issues(
        "PAYABLES_GAP", payable(16_000), bill(), party("w", name="Bob", balance=6_000)
    )
    assert found.sentence == (
        "The control account of payables says 160.00 USD, the documents 100.00 USD: a gap of 60.00 "
        "USD (Bob 60.00 USD)."
    )
    assert names(found) == ["vendor w", "account ap"]
    (added,) = found.fix.added_bills
    assert (added.party_id, added.balance, added.due) == ("w", 6_000, TODAY + 30)


def test_figures_that_agree_are_no_gap() -> None:
    given = [receivable(7_000), payable(10_000), invoice(), bill(), payment(unapplied=3_000)]
    assert issues("RECEIVABLES_GAP", *given) == []
    assert issues("PAYABLES_GAP", *given) == []


def test_without_a_control_account_nothing_has_to_agree() -> None:
    assert issues("RECEIVABLES_GAP", invoice()) == []


def test_what_is_too_much_is_taken_from_the_oldest_documents() -> None:
    given = [invoice("old", 3_000, 50), invoice("new", 4_000, 5)]
    (found,) = issues("RECEIVABLES_GAP", receivable(2_000), *given)
    assert found.amount == 5_000
    assert found.fix.invoices["old"] is None
    assert found.fix.invoices["new"] is not None
    assert found.fix.invoices["new"].balance == 2_000


def test_parties_that_differ_are_found_also_when_their_sum_ties() -> None:
    given = [
        party("a", Role.CUSTOMER, "Ann", 13_000),
        party("b", Role.CUSTOMER, "Ben", 7_000),
        invoice("1", 10_000, party_id="a"),
        invoice("2", 10_000, party_id="b", ago=40),
    ]
    (found,) = issues("RECEIVABLES_GAP", receivable(20_000), *given)
    assert "(Ann 30.00 USD, Ben -30.00 USD)" in found.sentence
    assert found.fix.is_nothing


def bank(quiet: int, every: int = 3, count: int = 30, **fields: object) -> Account:
    days = [TODAY - quiet - every * n for n in range(count)]
    return account(movement_days=days, movement_amounts=[-100] * count, **fields)


def test_a_bank_account_quiet_for_twice_its_longest_pause_is_stale() -> None:
    (found,) = issues("STALE_BANK", bank(11))
    assert found.sentence == (
        "Account 1 has not moved for 11 days, since 2026-04-24; its longest pause before was 3 "
        "days."
    )
    # 30 movements of -1.00 in 91 days are -3,000 / 91 a day.
    assert found.fix == Fix(cash=-363)
    assert issues("STALE_BANK", bank(10)) == []
    assert issues("STALE_BANK", bank(14, every=7)) == []
    assert len(issues("STALE_BANK", bank(15, every=7))) == 1


def test_accounts_that_hardly_move_or_are_inactive_are_not_stale() -> None:
    assert issues("STALE_BANK", bank(60, count=5), bank(60, key="2", active=False)) == []
    card = bank(60, key="3", kind=AccountKind.CREDIT_CARD)
    assert issues("STALE_BANK", card) == []


def test_money_that_waits_for_the_bank_for_more_than_a_fortnight_is_found() -> None:
    (found,) = issues("AGED_UNDEPOSITED", Receipt("7", "c", TODAY - 15, 900))
    assert found.sentence == (
        "9.00 USD from c have been waiting for the bank for 15 days, since 2026-04-20."
    )
    assert names(found) == ["payment customer_payment:7", "customer c"]
    assert found.fix == Fix(cash=900)
    assert issues("AGED_UNDEPOSITED", Receipt("7", "c", TODAY - 14, 900)) == []


def test_a_currency_without_a_rate_is_one_issue() -> None:
    given = [bill("1", currency="EUR"), bill("2", 7, currency="EUR"), bill("3", 8, currency="")]
    euro, none = sorted(issues("CURRENCY_OR_RATE", *given), key=lambda one: one.key)
    assert euro.sentence == "There are 2 open documents in EUR, and no rate is known."
    assert none.sentence == "There is 1 open document without a currency."
    assert (names(euro), euro.severity) == (["bill 1", "bill 2"], Severity.HIGH)


def test_known_rates_and_settled_documents_are_no_issue() -> None:
    euro = bill(currency="EUR")
    assert issues("CURRENCY_OR_RATE", euro, rates=frozenset({"EUR"})) == []
    assert issues("CURRENCY_OR_RATE", bill(currency="EUR", balance=0), bill("2")) == []
