import pytest

from calculator_svc.engine.inputs import Terms
from calculator_svc.engine.pay_plan.inputs import PayPolicy
from calculator_svc.engine.pay_plan.safe_date import early_discount, latest_safe_date

from ..builders import TODAY, day
from .builders import discounted, owed

POLICY = PayPolicy()


def safe(*given, policy: PayPolicy = POLICY, **fields):
    return latest_safe_date(owed(*given, **fields), policy)


def test_the_latest_safe_date_is_the_due_date_less_two_business_days_of_rail() -> None:
    found = safe(due=15)
    assert found.day == day("2026-05-18")
    assert found.reason == "due 2026-05-20, less 2 business days to arrive"


def test_documented_grace_moves_the_latest_safe_date() -> None:
    found = safe(due=15, grace=5)
    assert found.day == day("2026-05-21")
    assert found.reason == "due 2026-05-20 and 5 days of grace, less 2 business days to arrive"


def test_a_due_date_on_a_weekend_counts_from_the_friday_before() -> None:
    assert safe(due=12).day == safe(due=10).day == day("2026-05-13")


def test_the_rail_is_the_policys() -> None:
    found = safe(due=15, policy=PayPolicy(rail_days=1))
    assert (found.day, found.reason) == (
        day("2026-05-19"),
        "due 2026-05-20, less 1 business day to arrive",
    )
    assert safe(due=15, policy=PayPolicy(rail_days=0)).reason == "due 2026-05-20"


def test_terms_say_the_due_date_where_the_bill_does_not() -> None:
    found = safe(due=None, issue=TODAY, terms=Terms(15))
    assert found.reason.startswith("due 2026-05-20,")


def test_a_bill_without_due_date_or_terms_is_due_30_days_after_its_issue() -> None:
    found = safe(due=None, issue=TODAY)
    assert found.day == day("2026-06-02")
    assert found.reason.startswith("no due date is known, 2026-06-04 is 30 days after issue")


def test_a_latest_safe_date_may_have_passed() -> None:
    assert safe(due=1).day == day("2026-05-04")


def test_two_ten_net_thirty_is_37_2_per_cent_a_year() -> None:
    found = early_discount(discounted(), POLICY, TODAY)
    assert found is not None
    assert found.in_words() == "discount of 2% until 2026-05-15: 37.2% a year"
    assert (found.saving, found.last_day) == (2_000, day("2026-05-13"))


def test_a_discount_is_there_until_the_last_day_to_send_for_it() -> None:
    document = discounted()
    last_day = day("2026-05-13")
    assert early_discount(document, POLICY, last_day) is not None
    assert early_discount(document, POLICY, last_day + 1) is None


@pytest.mark.parametrize("terms", [None, Terms(30), Terms(30, 10, 10_000)])
def test_without_a_rate_there_is_no_discount(terms) -> None:
    assert early_discount(owed(terms=terms, issue=TODAY), POLICY, TODAY) is None


def test_a_discount_on_the_due_date_is_told_without_a_rate() -> None:
    document = owed(issue=TODAY, terms=Terms(10, 10, 200))
    found = early_discount(document, POLICY, TODAY)
    assert found is not None
    assert found.in_words() == "discount of 2% until 2026-05-15"


def test_a_saving_of_less_than_a_minor_unit_is_none() -> None:
    assert early_discount(discounted(balance=49), POLICY, TODAY) is None
    assert early_discount(discounted(balance=50), POLICY, TODAY) is not None
