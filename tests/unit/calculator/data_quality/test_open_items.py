from calculator_svc.engine.data_quality.inputs import PaymentKind, State
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.inputs import Role, Terms

from ..builders import settled
from .builders import TODAY, bill, invoice, issues, names, party, payment


def test_an_open_document_without_due_date_and_terms_is_found() -> None:
    (found,) = issues("NO_DUE_DATE", bill(due=None))
    assert found.sentence == (
        "Bill from Party v has neither a due date nor terms; 100.00 USD are open, and by what is "
        "usual it falls due on 2026-05-15."
    )
    assert names(found) == ["bill 1", "vendor v"]
    assert found.key == "NO_DUE_DATE:bill:1"


def test_terms_without_a_due_date_or_nothing_owed_are_no_issue() -> None:
    terms = bill(due=None, terms=Terms(30))
    paid = bill("2", due=None, balance=0, state=State.PAID)
    assert issues("NO_DUE_DATE", terms, paid) == []


def test_a_missing_due_date_is_fixed_by_what_the_party_usually_has() -> None:
    others = [bill(str(n), due=TODAY - 20 + 14, ago=20, total=n) for n in (2, 3, 4)]
    (found,) = issues("NO_DUE_DATE", bill(due=None), *others)
    assert found.fix.bills["1"] is not None
    assert found.fix.bills["1"].due == TODAY - 6
    (found,) = issues("NO_DUE_DATE", bill(due=None), *others, party(terms=Terms(45)))
    assert found.fix.bills["1"] is not None
    assert found.fix.bills["1"].due == TODAY + 25


def test_parties_without_terms_are_one_issue_a_role() -> None:
    vendors = [party(key, states_terms=False) for key in ("b", "a")]
    (found,) = issues("NO_TERMS", *vendors, party("c"), bill(party_id="a"))
    assert found.sentence == (
        "2 of 3 vendors have no payment terms, 1 of them with open documents."
    )
    assert (found.key, names(found)) == ("NO_TERMS:vendors", ["vendor a", "vendor b"])


def test_terms_that_nobody_can_read_and_inactive_parties_are_not_without_terms() -> None:
    stated = party("a", terms=None, states_terms=True)
    assert issues("NO_TERMS", stated, party("b", states_terms=False, active=False)) == []


def test_a_document_is_open_for_long_from_the_91st_day() -> None:
    assert issues("OPEN_LONG", invoice(ago=90)) == []
    (found,) = issues("OPEN_LONG", invoice(ago=91))
    assert found.sentence == (
        "Invoice to Party c has been open for 91 days; of 100.00 USD about 50% are likely to be "
        "paid."
    )


def test_the_longer_a_document_is_open_the_less_is_expected_of_it() -> None:
    def expected(ago: int) -> int | None:
        (found,) = issues("OPEN_LONG", bill(ago=ago))
        fixed = found.fix.bills["1"]
        return fixed and fixed.balance

    assert [expected(ago) for ago in (180, 181, 365, 366)] == [5_000, 2_500, 2_500, None]


def test_an_invoice_later_than_the_customer_ever_was_is_found() -> None:
    late = [settled([1, 2, 3, 4, 5, 6, 7, 8], party_id="c")]
    one = invoice(ago=40, due=TODAY - 12)
    (found,) = issues("OVERDUE_BEYOND_HABIT", one, settlements=late)
    assert found.sentence == (
        "Invoice to Party c is 12 days overdue with 100.00 USD; of the customer's 8 settled "
        "invoices 95% were at most 8 days late."
    )
    assert found.fix == Fix(invoices={"1": None})


def test_three_days_beyond_habit_and_little_history_say_nothing() -> None:
    late = settled([1, 2, 3, 4, 5, 6, 7, 8], party_id="c")
    assert issues("OVERDUE_BEYOND_HABIT", invoice(due=TODAY - 11), settlements=[late]) == []
    few = settled([1] * 7, party_id="c")
    assert issues("OVERDUE_BEYOND_HABIT", invoice(due=TODAY - 50), settlements=[few]) == []
    bills = settled([1] * 9, Role.VENDOR, "v")
    assert issues("OVERDUE_BEYOND_HABIT", bill(due=TODAY - 50), settlements=[bills]) == []


def test_money_that_settles_nothing_is_found() -> None:
    (found,) = issues("UNAPPLIED_PAYMENT", payment(unapplied=3_000), invoice())
    assert found.sentence == (
        "30.00 USD of a payment dated 2026-04-30 from Party c settle nothing; 100.00 USD are open "
        "there."
    )
    assert names(found) == ["payment customer_payment:9", "customer c"]
    assert issues("UNAPPLIED_PAYMENT", payment(unapplied=0)) == []


def test_an_unapplied_payment_settles_the_oldest_documents_when_fixed() -> None:
    given = [invoice("new", 2_000, 10), invoice("old", 2_500, 30), payment(unapplied=3_000)]
    (found,) = issues("UNAPPLIED_PAYMENT", *given)
    assert found.fix.invoices["old"] is None
    assert found.fix.invoices["new"] is not None
    assert found.fix.invoices["new"].balance == 1_500


def test_each_kind_of_credit_has_its_own_rule() -> None:
    given = [payment(kind, 100) for kind in PaymentKind if kind]
    assert [one.key for one in issues("UNAPPLIED_CREDIT", *given)] == [
        "UNAPPLIED_CREDIT:credit_memo:9"
    ]
    assert [one.key for one in issues("UNAPPLIED_VENDOR_CREDIT", *given)] == [
        "UNAPPLIED_VENDOR_CREDIT:vendor_credit:9"
    ]
    assert len(issues("UNAPPLIED_PAYMENT", *given)) == 2


def test_voided_records_are_never_looked_at() -> None:
    assert issues("UNAPPLIED_PAYMENT", payment(unapplied=100, state=State.VOIDED)) == []
    assert issues("OPEN_LONG", invoice(ago=200, state=State.DELETED)) == []


def test_a_paid_document_with_a_balance_is_found() -> None:
    (found,) = issues("PAID_WITH_BALANCE", bill(state=State.PAID, balance=1_200))
    assert found.sentence == (
        "Bill from Party v is marked as paid, and 12.00 USD are still open on it."
    )
    assert issues("PAID_WITH_BALANCE", bill(state=State.PAID, balance=0), bill("2")) == []
