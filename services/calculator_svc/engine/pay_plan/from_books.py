"""The use cases: a pay plan and a chase list, from a business's books.

The plan is made for the cash that is left in 90 of 100 courses (`engine.uncertainty`), day by day,
and not for the expected course, so that it holds when customers pay late. Bills are the business's
own doing and lie on the same days in every course: the cash without them is that of the course with
them plus what they take.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from calculator_svc.engine.forecast import BillOutlook, outlooks
from calculator_svc.engine.history import read
from calculator_svc.engine.inputs import HORIZON_DAYS, Books, Policy
from calculator_svc.engine.pay_plan.answer import PayPlan
from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.chase import Chase, ChasePolicy, OpenInvoice, rank_chases
from calculator_svc.engine.pay_plan.inputs import OpenBill, PayPlanInputs, PayPolicy
from calculator_svc.engine.receivables.profile import Prediction
from calculator_svc.engine.scenarios import course
from calculator_svc.engine.uncertainty import PATHS, open_invoices, profile_of, uncertainty


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """A pay plan, and the inputs that it was made from."""

    inputs: PayPlanInputs
    plan: PayPlan


WEEKS = 5
"""How many weeks are planned unless a request says otherwise."""


def plan_bills(
    books: Books, policy: Policy, pay_policy: PayPolicy, seed: int, weeks: int = WEEKS
) -> PlanFigures:
    """Return the pay plan of a business's open bills that have no decision, for 1 to 13 weeks.

    The floor is that of `policy`.

    Units: minor units of the books' currency; days for dates.
    Shape: one planned bill for each, its day None when that lies after the plan; the cash of each
    day from as_of on; what no plan mends apart.
    Raises AmountsTooLarge.
    Source: an integer program (`pay_plan.program`) on the cash left in 90 of 100 courses
    (`engine.uncertainty`), with the costs of `pay_plan.cost`.
    """
    history = read(books.history)
    found = course(books, history)
    ahead = found.forecast
    drawn = uncertainty(books, history, ahead, profile_of(books), seed, PATHS)
    plannable = [bill for bill in ahead.outlooks.bills if not bill.decisions]
    with_bills = [found.plan.by_day()[0], *drawn.cash[0]]
    inputs = PayPlanInputs(
        books.as_of,
        _without(with_bills, plannable, books.as_of)[: 7 * weeks + 1],
        [OpenBill(bill.document) for bill in plannable],
        replace(pay_policy, cash_floor=policy.cash_floor),
        books.currency,
        books.minor_units,
    )
    return PlanFigures(inputs, calculate_pay_plan(inputs))


def _without(cash: Sequence[int], bills: Sequence[BillOutlook], as_of: int) -> list[int]:
    """Return cash by day as if the bills were not paid."""
    paid = [0] * len(cash)
    for bill in bills:
        for flow in bill.flows:
            if flow.day - as_of <= HORIZON_DAYS:
                paid[flow.day - as_of] -= flow.amount
    return [left + back for left, back in zip(cash, accumulate(paid), strict=True)]


def chase_invoices(books: Books, policy: ChasePolicy) -> list[Chase]:
    """Return what it is worth to chase each open invoice that has no decision, the most first.

    Units: minor units of the books' currency; chances in basis points; days.
    Shape: one Chase for each of these invoices, worth 0 where there is nothing to gain.
    Raises nothing of its own.
    Source: the formula and the assumptions at the head of `pay_plan.chase`; the chances of
    `engine.receivables`.
    """
    undecided = [one for one in outlooks(books).invoices if not one.decisions]
    prediction = Prediction(profile_of(books), open_invoices(books.as_of, undecided))
    within = prediction.paid_within(policy.window_days)
    # Half of what is still open after the window is paid by then.
    later = prediction.quantile(within + (1 - within) / 2)
    chances = np.rint(within * 10_000).astype(np.int64).tolist()
    invoices = [
        OpenInvoice(outlook.document, chance, books.as_of + days)
        for outlook, chance, days in zip(undecided, chances, later.tolist(), strict=True)
    ]
    return rank_chases(invoices, books.as_of, policy, books.currency, books.minor_units)
