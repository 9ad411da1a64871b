from calculator_svc.engine.data_quality.inputs import State
from calculator_svc.engine.data_quality.issues import Fix

from .builders import bill, invoice, issues, names


def test_six_identical_invoices_are_one_issue_that_names_all_six() -> None:
    given = [invoice(str(n), number=f"10{n}") for n in range(1, 7)]
    (found,) = issues("DUPLICATE_DOCUMENT", *given)
    assert names(found) == [*(f"invoice {n}" for n in range(1, 7)), "customer c"]
    assert found.sentence == (
        "6 invoices to Party c look like one: 100.00 USD, dated 2026-04-15, numbers 101, 102, 103, "
        "104, 105, 106."
    )
    assert found.amount == 50_000


def test_all_but_one_are_gone_when_fixed_and_a_paid_one_stays() -> None:
    (found,) = issues("DUPLICATE_DOCUMENT", bill("1"), bill("2"), bill("3"))
    assert found.fix == Fix(bills={"2": None, "3": None})
    paid = bill("2", balance=0, state=State.PAID)
    (found,) = issues("DUPLICATE_DOCUMENT", bill("1"), paid, bill("3"))
    assert found.fix == Fix(bills={"1": None, "3": None})


def test_the_issue_stays_the_same_while_its_duplicates_are_deleted() -> None:
    (all_three,) = issues("DUPLICATE_DOCUMENT", bill("1"), bill("2"), bill("3"))
    (two,) = issues("DUPLICATE_DOCUMENT", bill("1"), bill("3"))
    assert all_three.key == two.key == "DUPLICATE_DOCUMENT:bill:1"


def test_an_amount_comes_twice_within_three_days_and_not_within_four() -> None:
    assert len(issues("DUPLICATE_DOCUMENT", bill("1", ago=20), bill("2", ago=17))) == 1
    assert issues("DUPLICATE_DOCUMENT", bill("1", ago=20), bill("2", ago=16)) == []
    assert issues("DUPLICATE_DOCUMENT", bill("1"), bill("2", 10_001)) == []
    assert issues("DUPLICATE_DOCUMENT", bill("1"), bill("2", party_id="w")) == []
    assert issues("DUPLICATE_DOCUMENT", bill("1"), invoice("2", party_id="v")) == []
    assert issues("DUPLICATE_DOCUMENT", bill("1"), bill("2", currency="EUR")) == []
    assert issues("DUPLICATE_DOCUMENT", bill("1"), bill("2", state=State.VOIDED)) == []


def test_what_was_all_paid_is_agreed_unless_bills_could_have_been_paid_twice() -> None:
    paid = {"balance": 0, "state": State.PAID}
    assert issues("DUPLICATE_DOCUMENT", invoice("1", **paid), invoice("2", **paid)) == []
    assert len(issues("DUPLICATE_DOCUMENT", invoice("1", **paid), invoice("2"))) == 1
    assert len(issues("DUPLICATE_DOCUMENT", bill("1", **paid), bill("2", **paid))) == 1
    numbered = [bill(str(n), number=f"A-{n}", **paid) for n in (1, 2)]
    assert issues("DUPLICATE_DOCUMENT", *numbered) == []
    numbered[1].number = "A1"
    assert len(issues("DUPLICATE_DOCUMENT", *numbered)) == 1


def test_a_number_of_a_vendor_comes_twice_however_it_is_written() -> None:
    given = [bill("1", 5_000, 80, number="INV-0042"), bill("2", 6_000, 10, number="inv 0042")]
    assert len(issues("DUPLICATE_DOCUMENT", *given)) == 1
    other = bill("3", 6_000, 10, number="INV-0042", party_id="w")
    assert issues("DUPLICATE_DOCUMENT", given[0], other) == []


def test_a_number_that_stands_on_every_months_bill_is_an_account_number() -> None:
    monthly = [bill(str(n), 5_000 + n, 10 + 30 * n, number="ACCT 7") for n in range(4)]
    assert issues("DUPLICATE_DOCUMENT", *monthly) == []
    again = bill("again", 5_000, 11, number="ACCT 7")
    assert len(issues("DUPLICATE_DOCUMENT", *monthly, again)) == 1


def test_bills_without_a_number_do_not_share_one() -> None:
    assert issues("DUPLICATE_DOCUMENT", bill("1", 1), bill("2", 2)) == []
