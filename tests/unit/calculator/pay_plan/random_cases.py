"""Pay plans made up at random: tight cash, bills of every kind, some of them long overdue."""

from typing import Any

from hypothesis import strategies as st

from calculator_svc.engine.inputs import Bill, Category, LateFee, Terms, Tier
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs, PayPolicy

from ..builders import TODAY


def amounts(largest: int) -> st.SearchStrategy[int]:
    """Return amounts of all sizes: near each other, where choices are close, and far apart."""
    return st.integers(1, 9) | st.integers(500, 1_500) | st.integers(0, largest)


def _bill(key: int, due: int | None, balance: int, issued: int, *others: Any) -> Bill:
    terms, category, tier, grace, fee, by_law = others
    end = None if due is None else TODAY + due
    start = TODAY - issued
    return Bill(
        f"bill-{key}",
        "vendor",
        "Acme",
        start,
        end,
        balance,
        terms,
        category,
        tier,
        grace,
        fee,
        by_law,
    )


def bills(farthest: int, largest: int) -> st.SearchStrategy[Bill]:
    """Return open bills, most of them without any right to be paid in time."""
    kinds = [Category.VENDOR] * 5 + [Category.PAYROLL, Category.TAX, Category.RENT]
    return st.builds(
        _bill,
        st.integers(0, 999),
        st.none() | st.integers(-20, farthest),
        amounts(largest),
        st.integers(0, 40),
        st.none() | st.sampled_from([Terms(30, 10, 200), Terms(15), Terms(10, 10, 500)]),
        st.sampled_from(kinds),
        st.sampled_from([Tier.UNSPECIFIED, *Tier, Tier.KEY, Tier.DEFERRABLE]),
        st.sampled_from([0, 0, 5]),
        st.none() | st.sampled_from([LateFee(), LateFee(300, 0), LateFee(0, 500)]),
        st.sampled_from([False] * 7 + [True]),
    )


@st.composite
def cases(draw: st.DrawFn, most_bills: int, most_days: int, largest: int) -> PayPlanInputs:
    """Return inputs whose cash comes and goes in steps of about the size of a bill."""
    days = draw(st.integers(0, most_days))
    changes = st.tuples(st.integers(0, days), st.integers(-largest // 2, largest))
    cash = [draw(st.integers(-largest // 2, largest))] * (days + 1)
    for first, change in draw(st.lists(changes, max_size=8)):
        cash[first:] = [amount + change for amount in cash[first:]]
    return PayPlanInputs(
        TODAY + draw(st.integers(0, 6)),
        cash,
        draw(st.lists(bills(most_days + 9, largest), max_size=most_bills)),
        PayPolicy(
            cash_floor=draw(st.sampled_from([0, 0, 500, -500])),
            rail_days=draw(st.integers(0, 3)),
            value_of_time=draw(st.sampled_from([0, 800, 5_000])),
        ),
    )


MANY = cases(most_bills=12, most_days=40, largest=3_000) | cases(
    most_bills=12, most_days=40, largest=10**13
)
"""Plans of up to 12 bills, in cents and in amounts near the largest that there may be."""

SMALL = cases(most_bills=5, most_days=9, largest=2_000)
"""Plans so small that every one of them can be tried."""
