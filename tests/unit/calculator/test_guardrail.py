from calculator_svc.engine.calculations import calculate_decision_console
from calculator_svc.engine.guardrail import Breach, Promise
from calculator_svc.engine.inputs import Action, Books, Category, Policy, Repeat, Tier

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
        "Payroll of 2026-05-14 does not clear: cash is 100.00 USD short. "
        "Without the queue it would clear.",
        True,
    )


def one_cent_short_on_day_60() -> Books:
    """Return books with 1,000.00 that run a cent short on day 60, and are mended on day 61."""
    return books(
        bills=[bill(due=62, balance=190_000, name="Bolt")],
        planned=[planned(60, -100_001), planned(61, 300_000, id="2")],
    )


def test_a_queue_that_breaks_earlier_and_deeper_what_is_broken_anyway_is_its_doing() -> None:
    given = one_cent_short_on_day_60()
    (before,) = breaches(given)
    assert (before.day, before.amount, before.caused_by_queue) == (TODAY + 60, 1, False)
    given.queued = [decision(Action.PAY_NOW)]
    (found,) = breaches(given)
    assert (found.day, found.amount, found.caused_by_queue) == (TODAY + 1, 190_001, True)
    assert found.description == (
        "Cash falls below the floor of 0.00 USD on 2026-05-06, and as low as -1,900.01 USD within "
        "13 weeks. On 2026-07-04 the queue takes it 1,900.00 USD further below."
    )


def test_cash_that_is_below_the_floor_again_because_of_the_queue_is_its_doing() -> None:
    # 500.00 short tomorrow and mended the day after; the queue makes it 100.00 short in between.
    given = books(
        bills=[bill(due=50, balance=20_000)],
        planned=[
            planned(1, -150_000),
            planned(2, 60_000, id="2"),
            planned(40, 90_000, id="3"),
        ],
    )
    assert [one.caused_by_queue for one in breaches(given)] == [False]
    given.queued = [decision(Action.SCHEDULE, in_days=10)]
    (found,) = breaches(given)
    assert (found.day, found.amount, found.caused_by_queue) == (TODAY + 1, 50_000, True)
    assert found.description.endswith("On 2026-05-15 the queue takes it 100.00 USD further below.")


def test_every_payroll_that_does_not_clear_is_said_and_whose_doing_it_is() -> None:
    wages = planned(10, -60_000, repeat=Repeat.BIWEEKLY, category=Category.PAYROLL)
    wages.end = TODAY + 38
    given = books(
        bills=[bill(due=60, balance=25_000)],
        planned=[wages, planned(30, 90_000, id="2"), planned(55, 90_000, id="3")],
    )
    found = [one for one in breaches(given) if one.promise is Promise.PAYROLL]
    assert [(one.day - TODAY, one.amount) for one in found] == [(24, 20_000)]
    given.queued = [decision(Action.SCHEDULE, in_days=29)]
    found = [one for one in breaches(given) if one.promise is Promise.PAYROLL]
    assert [(one.day - TODAY, one.amount, one.caused_by_queue) for one in found] == [
        (24, 20_000, False),
        (38, 15_000, True),
    ]
    assert found[1].description.endswith("Without the queue it would clear.")


def test_a_payroll_that_falls_shorter_through_the_queue_is_its_doing() -> None:
    wages = planned(9, -110_000, category=Category.PAYROLL)
    given = books(bills=[bill(due=30)], planned=[wages], queued=[decision(Action.PAY_NOW)])
    _, found = breaches(given)
    assert (found.amount, found.caused_by_queue) == (20_000, True)
    assert found.description.endswith(
        "cash is 200.00 USD short. Without the queue it would be 100.00 USD short."
    )


def test_a_tax_bill_put_off_until_a_day_on_which_it_does_not_clear_is_of_the_queues_doing() -> None:
    """Cash on that day is the same without the queue, but then the tax was paid long before."""
    tax = bill(due=9, balance=80_000, category=Category.TAX)
    given = books(bills=[tax], planned=[planned(20, -30_000)])
    assert [one.promise for one in breaches(given)] == [Promise.CASH_FLOOR]
    given.queued = [decision(Action.DELAY, in_days=29)]
    found = {one.promise: one for one in breaches(given)}
    assert (found[Promise.TAX].day, found[Promise.TAX].caused_by_queue) == (TODAY + 29, True)
    assert not found[Promise.CASH_FLOOR].caused_by_queue


def test_a_tax_bill_that_clears_no_better_on_its_own_day_is_not_of_the_queues_doing() -> None:
    tax = bill(due=9, balance=80_000, category=Category.TAX)
    given = books(cash=0, bills=[tax], queued=[decision(Action.DELAY, in_days=29)])
    found = {one.promise: one for one in breaches(given)}
    assert not found[Promise.TAX].caused_by_queue
    assert not found[Promise.CASH_FLOOR].caused_by_queue


def test_payrolls_of_one_day_are_one_breach() -> None:
    wages = [planned(9, -70_000, id=key, category=Category.PAYROLL) for key in "ab"]
    found = [one.promise for one in breaches(books(planned=wages))]
    assert found == [Promise.CASH_FLOOR, Promise.PAYROLL]


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
    given.queued = [decision(Action.DELAY, key="q", in_days=30)]
    assert [one.caused_by_queue for one in breaches(given)] == [False]


def test_a_delay_beyond_the_one_that_was_finalised_before_is_of_the_queues_doing() -> None:
    given = books(bills=[bill(due=13, tier=Tier.CRITICAL)])
    given.pending = [decision(Action.DELAY, in_days=30)]
    given.queued = [decision(Action.DELAY, key="q", in_days=40)]
    (found,) = breaches(given)
    assert found.caused_by_queue
    assert found.description.endswith(
        "is paid 100.00 USD on 2026-06-14; the last safe day is 2026-05-14. "
        "Without the queue it is paid 100.00 USD on 2026-06-04."
    )


def test_other_vendors_can_wait() -> None:
    given = books(bills=[bill(due=13, tier=Tier.KEY)])
    given.queued = [decision(Action.DELAY, in_days=40)]
    assert breaches(given) == []


def test_of_a_part_payment_only_the_part_is_late() -> None:
    given = books(bills=[bill(due=13, tier=Tier.CRITICAL)])
    given.queued = [decision(Action.PART_PAYMENT, in_days=20, amount=3_000)]
    assert [one.amount for one in breaches(given)] == [3_000]
