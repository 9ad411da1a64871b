from calculator_svc.engine.inputs import Role, Terms
from calculator_svc.engine.settlement import (
    PayDates,
    due_or_assumed,
    latest_safe_day,
    median_above,
    stated_due,
)

from .builders import TODAY, bill, day, invoice, settled


def expected(document, *history, role=Role.CUSTOMER) -> int:
    """Return in how many days the document is expected to be paid."""
    return PayDates(role, history, TODAY).expected(document, stated_due(document)) - TODAY


def test_a_customer_who_pays_a_week_late_is_expected_a_week_late() -> None:
    assert expected(invoice(due=0), settled([6, 7, 8])) == 7


def test_only_documents_that_were_later_than_this_one_already_is_count() -> None:
    history = settled([0, 1, 2, 20, 30, 40])
    assert expected(invoice(due=-10), history) == 30 - 10


def test_an_even_number_of_documents_takes_the_middle_of_two_and_rounds_up() -> None:
    assert median_above([1, 2, 5, 9], 0) == 4
    assert median_above([1, 2, 5, 10], 0) == 4


def test_with_fewer_than_three_documents_of_its_own_a_party_is_like_all_others() -> None:
    own = settled([50, 50])
    others = settled([6, 6, 6], party_id="customer-2")
    assert expected(invoice(due=1), own, others) == 7


def test_an_invoice_later_than_anything_seen_is_expected_a_fortnight_from_now() -> None:
    assert expected(invoice(due=-60), settled([1, 2, 3])) == 14


def test_an_overdue_bill_without_history_is_expected_on_the_next_business_day() -> None:
    assert expected(bill(due=-5), role=Role.VENDOR) == 1


def test_without_history_a_document_that_is_not_overdue_is_expected_when_due() -> None:
    assert expected(invoice(due=9)) == 9


def test_a_document_due_today_is_expected_tomorrow() -> None:
    assert expected(invoice(due=0)) == 1


def test_a_pay_date_on_a_weekend_moves_to_monday() -> None:
    assert expected(invoice(due=4)) == 6  # a Saturday


def test_without_due_date_the_terms_give_it() -> None:
    document = invoice(due=None, issue=TODAY - 5, terms=Terms(net_days=15))
    assert stated_due(document) == TODAY + 10
    assert expected(document) == 10


def test_without_due_date_and_terms_thirty_days_are_assumed() -> None:
    document = invoice(due=None, issue=TODAY - 22)
    assert stated_due(document) is None
    assert expected(document) == 8


def test_vendors_habits_do_not_bear_on_customers() -> None:
    assert expected(invoice(due=9), settled([30, 30, 30], role=Role.VENDOR)) == 9


def test_a_date_is_never_farther_than_ten_years() -> None:
    assert expected(invoice(due=0), settled([2**31 - 1] * 3)) <= 3652


def test_the_latest_safe_day_leaves_two_business_days_for_the_rail() -> None:
    assert latest_safe_day(bill(due=day("2026-05-18") - TODAY)) == day("2026-05-14")


def test_documented_grace_comes_before_the_rail() -> None:
    given = bill(due=day("2026-05-18") - TODAY, grace_days=5)
    assert latest_safe_day(given) == day("2026-05-20")


def test_the_latest_safe_day_may_have_passed() -> None:
    assert latest_safe_day(bill(due=1)) == day("2026-05-04")


def test_a_bill_without_due_date_and_terms_is_due_30_days_after_its_issue() -> None:
    assert due_or_assumed(bill(due=None, issue=TODAY - 20)) == TODAY + 10
    assert latest_safe_day(bill(due=None, issue=TODAY - 20)) == day("2026-05-13")


def test_today_is_still_safe_when_the_bill_is_due_in_two_business_days() -> None:
    assert latest_safe_day(bill(due=2)) == TODAY
