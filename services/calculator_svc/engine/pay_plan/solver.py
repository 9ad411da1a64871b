"""The cheapest choice: every wish where there is room for all, else what HiGHS finds.

When the limit ends the search, the best choice so far is the answer, with the gap that was left.
"""

from dataclasses import dataclass

from calculator_svc.engine.pay_plan import program
from calculator_svc.engine.pay_plan.choice import Choice, cost_of, fits, last_options, taken_over
from calculator_svc.engine.pay_plan.exchange import improved
from calculator_svc.engine.pay_plan.model import Model

WORK = 90_000_000
"""How much a search may do: checks (see `program`) times the square of the number of options, which
is about what a check takes. A measure that is no clock."""

_LEAST_CHECKS = 20

_MILLION = 1_000_000
_CLOSED = 10_000


@dataclass(slots=True)
class Solution:
    """A choice, its cost, and a bound below which the cost of no choice can lie, in minor units."""

    choice: Choice
    cost: int
    bound: int

    @property
    def gap(self) -> int:
        """Return by how much the cost may exceed the least one, in millionths of the cost."""
        return -(-(self.cost - self.bound) * _MILLION // self.cost) if self.cost else 0

    @property
    def optimal(self) -> bool:
        """Return whether it is proven that no choice is cheaper by more than 1%."""
        return self.gap <= _CLOSED


def solve(model: Model, work: int = WORK) -> Solution:
    """Return the cheapest choice, or the best one that so much work finds."""
    wishes = [min(range(len(own)), key=lambda at: own[at].cost) for own in model.options]
    least = cost_of(model, wishes)
    if fits(model, wishes):
        return Solution(wishes, least, least)
    start = improved(model, last_options(model))
    options = sum(len(own) for own in model.options)
    checks = max(_LEAST_CHECKS, work // options**2) if work else 0
    found, bound = program.search(model, start, checks)
    better = improved(model, taken_over(model, found))
    best = min(better, start, key=lambda choice: cost_of(model, choice))
    cost = cost_of(model, best)
    return Solution(best, cost, min(cost, max(bound, least)))
