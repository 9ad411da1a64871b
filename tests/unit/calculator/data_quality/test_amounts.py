from calculator_svc.engine.data_quality.inputs import AccountKind, Document, State
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.inputs import Role

from .builders import account, bill, invoice, issues, names, party, payment


def test_a_bank_account_below_zero_is_found_and_empty_when_fixed() -> None:
    (found,) = issues("NEGATIVE_BANK", account(balance=-5_000))
    assert found.sentence == "The bank account Account 1 stands at -50.00 USD."
    assert (names(found), found.fix) == (["account 1"], Fix(cash=5_000))
    restricted = account(balance=-5_000, restricted=True)
    assert issues("NEGATIVE_BANK", restricted)[0].fix.is_nothing


def test_empty_bank_accounts_and_negative_liabilities_are_no_issue() -> None:
    card = account(AccountKind.CREDIT_CARD, -5_000, "2")
    assert issues("NEGATIVE_BANK", account(balance=0), card) == []


def test_a_control_account_on_the_wrong_side_of_zero_is_found() -> None:
    receivable = account(AccountKind.ACCOUNTS_RECEIVABLE, -100, "ar")
    payable = account(AccountKind.ACCOUNTS_PAYABLE, 100, "ap")
    assert [one.key for one in issues("NEGATIVE_RECEIVABLE", receivable, payable)] == [
        "NEGATIVE_RECEIVABLE:account:ar"
    ]
    (found,) = issues("NEGATIVE_PAYABLE", receivable, payable)
    assert found.sentence == "The control account Account ap says a payable of -1.00 USD."


def test_a_party_below_zero_beyond_its_credits_is_found() -> None:
    customer = party("c", Role.CUSTOMER, "Bolt", -5_000)
    (found,) = issues("NEGATIVE_RECEIVABLE", customer, payment(unapplied=4_000))
    assert (found.key, found.amount) == ("NEGATIVE_RECEIVABLE:customer:c", 1_000)
    assert issues("NEGATIVE_RECEIVABLE", customer, payment(unapplied=5_000)) == []
    (found,) = issues("NEGATIVE_PAYABLE", party(balance=-1), customer)
    assert found.key == "NEGATIVE_PAYABLE:vendor:v"


def history(count: int = 12) -> list[Document]:
    """Return paid bills between 90.00 and 112.00, ten days apart."""
    paid = {"state": State.PAID, "balance": 0}
    return [bill(f"h{n}", 9_000 + 200 * n, 30 + 10 * n, **paid) for n in range(count)]


def test_a_slipped_decimal_point_is_far_outside_a_vendors_history() -> None:
    (found,) = issues("OUTLYING_BILL", *history(), bill(total=100_000))
    assert found.sentence == (
        "Bill from Party v is over 1,000.00 USD; of the vendor's 13 bills the middle one is over "
        "102.00 USD."
    )
    assert found.fix.bills["1"] is not None
    assert found.fix.bills["1"].balance == 10_200
    assert len(issues("OUTLYING_BILL", *history(), bill(total=1_000))) == 1


def test_a_bill_twice_as_large_is_within_what_happens() -> None:
    assert issues("OUTLYING_BILL", *history(), bill(total=25_000)) == []


def test_few_bills_are_no_history_and_old_paid_ones_are_past() -> None:
    assert issues("OUTLYING_BILL", *history(7), bill(total=100_000)) == []
    assert len(issues("OUTLYING_BILL", *history(8), bill(total=100_000))) == 1
    past = bill(total=100_000, ago=91, balance=0, state=State.PAID)
    assert issues("OUTLYING_BILL", *history(), past) == []


def test_a_part_paid_outlier_is_fixed_by_what_is_left_of_a_usual_bill() -> None:
    (found,) = issues("OUTLYING_BILL", *history(), bill(total=100_000, balance=96_000))
    assert found.fix.bills["1"] is not None
    assert found.fix.bills["1"].balance == 6_200


def test_a_document_of_nothing_is_found_unless_it_is_voided() -> None:
    (found,) = issues("ZERO_AMOUNT", invoice(total=0, state=State.PAID))
    assert found.sentence == "Invoice to Party c, dated 2026-04-15, is over 0.00 USD."
    assert issues("ZERO_AMOUNT", invoice(total=0, state=State.VOIDED), bill()) == []
