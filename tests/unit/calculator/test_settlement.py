from calculator_svc.engine.inputs import Role, Terms
from calculator_svc.engine.settlement import (
    PayDates,
    due_or_assumed,
    latest_safe_day,
    median_above,
    stated_due,
)

from .builders import TODAY, bill, day, invoice, settled


def paid(late, party_id="vendor-1"):
    """Return how we settled a vendor's bills."""
    return settled(late, Role.VENDOR, party_id)


def expected(document, *history) -> int:
    """Return in how many days a bill is expected to be paid."""
    return PayDates(history, TODAY).expected(document) - TODAY


def test_a_vendor_that_we_pay_a_week_late_is_expected_to_be_paid_a_week_late() -> None:
    assert expected(bill(due=0), paid([6, 7, 8])) == 7


def test_only_bills_that_were_later_than_this_one_already_is_count() -> None:
    history = paid([0, 1, 2, 20, 30, 40])
    assert expected(bill(due=-10), history) == 30 - 10


def test_an_even_number_of_documents_takes_the_middle_of_two_and_rounds_up() -> None:
    assert median_above([1, 2, 5, 9], 0) == 4
    assert median_above([1, 2, 5, 10], 0) == 4


def test_with_fewer_than_three_bills_of_its_own_a_vendor_is_like_all_others() -> None:
    own = paid([50, 50])
    others = paid([6, 6, 6], party_id="vendor-2")
    assert expected(bill(due=1), own, others) == 7


def test_a_bill_later_than_anything_seen_is_expected_on_the_next_business_day() -> None:
    assert expected(bill(due=-60), paid([1, 2, 3])) == 1


def test_an_overdue_bill_without_history_is_expected_on_the_next_business_day() -> None:
    assert expected(bill(due=-5)) == 1


def test_without_history_a_bill_that_is_not_overdue_is_expected_when_due() -> None:
    assert expected(bill(due=9)) == 9


def test_a_bill_due_today_is_expected_tomorrow() -> None:
    assert expected(bill(due=0)) == 1


def test_a_pay_date_on_a_weekend_moves_to_monday() -> None:
    assert expected(bill(due=4)) == 6  # a Saturday


def test_without_due_date_the_terms_give_it() -> None:
    document = bill(due=None, issue=TODAY - 5, terms=Terms(net_days=15))
    assert stated_due(document) == due_or_assumed(document) == TODAY + 10
    assert expected(document) == 10


def test_without_due_date_and_terms_thirty_days_are_assumed() -> None:
    document = bill(due=None, issue=TODAY - 22)
    assert stated_due(document) is None
    assert due_or_assumed(document) == TODAY + 8
    assert due_or_assumed(invoice(due=None, issue=TODAY - 22)) == TODAY + 8
    assert expected(document) == 8


def test_how_customers_pay_us_does_not_bear_on_how_we_pay() -> None:
    assert expected(bill(due=9), settled([30, 30, 30], Role.CUSTOMER, "vendor-1")) == 9


def test_a_date_is_never_farther_than_ten_years() -> None:
    assert expected(bill(due=0), paid([2**31 - 1] * 3)) <= 3652


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
