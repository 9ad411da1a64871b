from calculator_svc.engine.data_quality.inputs import PaymentKind

from .builders import TODAY, bill, invoice, issues, payment, transaction

CLOSED = {"closed_through": TODAY - 60, "closed_on": TODAY - 50}


def test_what_is_dated_in_the_future_is_found() -> None:
    later, paid, bought = issues(
        "FUTURE_DATE", invoice(ago=-1), payment(ago=-2), transaction(ago=-3)
    )
    found = sorted([later.sentence, paid.sentence, bought.sentence])
    assert found == [
        "Customer payment of 50.00 USD from Party c is dated 2026-05-07, 2 days ahead.",
        "Invoice to Party c over 100.00 USD is dated 2026-05-06, 1 day ahead.",
        "Purchase of 20.00 USD is dated 2026-05-08, 3 days ahead.",
    ]


def test_what_is_dated_today_is_not_in_the_future() -> None:
    assert issues("FUTURE_DATE", invoice(ago=0), payment(ago=0), transaction(ago=0)) == []


def test_a_document_of_the_future_counts_from_today_when_fixed() -> None:
    (found,) = issues("FUTURE_DATE", bill(ago=-20))
    (added,) = found.fix.added_bills
    assert (added.issue, added.due, added.balance) == (TODAY, TODAY + 30, 10_000)


def test_what_changed_in_closed_books_is_found() -> None:
    changed = bill(ago=70, changed=TODAY - 10)
    (found,) = issues("CHANGED_AFTER_CLOSING", changed, **CLOSED)
    assert found.sentence == (
        "Bill from Party v over 100.00 USD, dated 2026-02-24, changed on 2026-04-25, after the "
        "books up to 2026-03-06 were closed."
    )
    moved = transaction(ago=60, changed=TODAY)
    assert len(issues("CHANGED_AFTER_CLOSING", moved, **CLOSED)) == 1


def test_changes_before_closing_and_of_later_days_are_no_issue() -> None:
    before = bill(ago=70, changed=TODAY - 50)
    later = bill("2", 7, ago=59, changed=TODAY)
    unknown = bill("3", 8, ago=70)
    assert issues("CHANGED_AFTER_CLOSING", before, later, unknown, **CLOSED) == []
    assert issues("CHANGED_AFTER_CLOSING", bill(ago=70, changed=TODAY)) == []


def test_a_document_that_was_settled_after_closing_has_changed_by_that() -> None:
    paid = payment(PaymentKind.BILL_PAYMENT, ago=12, settles=("1",))
    changed = bill(ago=70, changed=TODAY - 10)
    assert issues("CHANGED_AFTER_CLOSING", changed, paid, **CLOSED) == []
    earlier = payment(PaymentKind.BILL_PAYMENT, ago=14, settles=("1",))
    assert len(issues("CHANGED_AFTER_CLOSING", changed, earlier, **CLOSED)) == 1


def test_books_are_taken_to_be_closed_a_month_after_their_last_day() -> None:
    closed = {"closed_through": TODAY - 60}
    assert issues("CHANGED_AFTER_CLOSING", bill(ago=70, changed=TODAY - 29), **closed) == []
    assert len(issues("CHANGED_AFTER_CLOSING", bill(ago=70, changed=TODAY - 28), **closed)) == 1
