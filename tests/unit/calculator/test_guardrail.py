from calculator_svc.engine.calculations import calculate_decision_console
from calculator_svc.engine.guardrail import Breach, Promise
from calculator_svc.engine.inputs import Action, Books, Category, Policy, Tier

from .builders import TODAY, bill, books, decision, planned


def breaches(given: Books, floor: int = 0) -> list[Breach]:
    return calculate_decision_console(given, Policy(cash_floor=floor)).breaches


def test_a_plan_that_keeps_its_promises_breaks_none() -> None:
    assert breaches(books(bills=[bill(tier=Tier.CRITICAL)]), floor=90_000) == []


def test_the_floor_is_broken_first_on_the_first_day_below_it_by_the_lowest_cash() -> None:
    given = books(planned=[planned(5, -20_000), planned(9, -5_000, id="2")])
    (found,) = breaches(given, floor=90_000)
    assert (found.promise, found.day, found.amount) == (Promise.CASH_FLOOR, TODAY + 5, 15_000)
    assert found.description == (
        "Cash falls below the floor of 900.00 USD on 2026-05-10, and as low as 750.00 USD within "
        "13 weeks."
    )
    assert not found.caused_by_queue


def test_a_floor_that_only_the_queue_breaks_is_of_its_doing() -> None:
    given = books(bills=[bill(due=5)], planned=[planned(3, 10_000)])
    assert breaches(given, floor=100_000) == []
    given.queued = [decision(Action.PAY_NOW)]
    (found,) = breaches(given, floor=100_000)
    assert (found.day, found.amount, found.caused_by_queue) == (TODAY + 1, 10_000, True)


def test_a_payroll_on_a_day_below_zero_does_not_clear() -> None:
    wages = planned(9, -60_000, category=Category.PAYROLL)
    given = books(bills=[bill(due=30, balance=50_000)], planned=[wages])
    given.planned.append(planned(20, 50_000, id="2"))
    assert breaches(given) == []
    given.queued = [decision(Action.PAY_NOW)]
    floor, found = breaches(given)
    assert floor.promise is Promise.CASH_FLOOR
    assert found == Breach(
        Promise.PAYROLL,
        TODAY + 9,
        10_000,
        "Payroll of 2026-05-14 does not clear: cash is 100.00 USD short.",
        True,
    )


def test_a_tax_bill_on_a_day_below_zero_does_not_clear() -> None:
    found = breaches(books(cash=0, bills=[bill(due=9, category=Category.TAX)]))
    assert [(one.promise, one.caused_by_queue) for one in found] == [
        (Promise.CASH_FLOOR, False),
        (Promise.TAX, False),
    ]


def test_a_critical_vendor_delayed_beyond_the_latest_safe_day_is_late() -> None:
    given = books(bills=[bill(due=13, tier=Tier.CRITICAL)])
    given.queued = [decision(Action.DELAY, in_days=10)]
    (found,) = breaches(given)
    assert found == Breach(
        Promise.CRITICAL_VENDOR,
        TODAY + 10,
        10_000,
        "Acme is paid 100.00 USD on 2026-05-15; the last safe day is 2026-05-14.",
        True,
    )


def test_what_the_law_asks_for_is_late_whatever_the_tier() -> None:
    given = books(bills=[bill(due=13, tier=Tier.DEFERRABLE, by_law=True)])
    given.queued = [decision(Action.DELAY, in_days=10)]
    assert [one.promise for one in breaches(given)] == [Promise.CRITICAL_VENDOR]


def test_within_a_documented_grace_a_critical_vendor_is_not_late() -> None:
    given = books(bills=[bill(due=13, tier=Tier.CRITICAL, grace_days=5)])
    given.queued = [decision(Action.DELAY, in_days=15)]
    assert breaches(given) == []
    given.queued = [decision(Action.DELAY, in_days=16)]
    assert [one.promise for one in breaches(given)] == [Promise.CRITICAL_VENDOR]


def test_a_critical_vendor_paid_in_time_is_not_late() -> None:
    given = books(bills=[bill(due=13, tier=Tier.CRITICAL)])
    given.queued = [decision(Action.SCHEDULE, in_days=9)]
    assert breaches(given) == []


def test_a_critical_vendor_who_is_late_already_and_paid_now_is_no_breach() -> None:
    given = books(bills=[bill(due=-13, tier=Tier.CRITICAL)])
    given.queued = [decision(Action.PAY_NOW)]
    assert breaches(given) == []


def test_a_delay_that_was_finalised_before_is_not_of_the_queues_doing() -> None:
    given = books(bills=[bill(due=13, tier=Tier.CRITICAL)])
    given.pending = [decision(Action.DELAY, in_days=30)]
    assert [one.caused_by_queue for one in breaches(given)] == [False]
    given.queued = [decision(Action.DELAY, key="q", in_days=40)]
    assert [one.caused_by_queue for one in breaches(given)] == [False]


def test_other_vendors_can_wait() -> None:
    given = books(bills=[bill(due=13, tier=Tier.KEY)])
    given.queued = [decision(Action.DELAY, in_days=40)]
    assert breaches(given) == []


def test_of_a_part_payment_only_the_part_is_late() -> None:
    given = books(bills=[bill(due=13, tier=Tier.CRITICAL)])
    given.queued = [decision(Action.PART_PAYMENT, in_days=20, amount=3_000)]
    assert [one.amount for one in breaches(given)] == [3_000]
