"""The choice as a mixed-integer program for HiGHS.

One binary an option, one option a bill, and a row a step: what is paid by its end is at most its
room. Cash is counted from step to step, so that each option stands in one row alone. Amounts and
costs are scaled, since a solver's tolerances are absolute; what it finds is settled in exact
integers by `choice`.

The search ends when the gap is closed, or after a fixed number of checks (HiGHS asks between two
rounds of cuts and between two nodes whether to go on). A clock would make the answer depend on the
machine; the checks do not. One thread and a fixed seed do the rest: the same program, the same
answer.

HiGHS is imported with the first plan that needs it: most have room for every wish and do not.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.pay_plan.choice import Choice, cost_of
from calculator_svc.engine.pay_plan.model import Model

if TYPE_CHECKING:
    from highspy import HighsLp

_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "mip_rel_gap": 0.001,
    "mip_abs_gap": 1e-9,
    "mip_feasibility_tolerance": 1e-8,
    "primal_feasibility_tolerance": 1e-8,
    # They solve programs of their own, for seconds, and find less than `exchange` does.
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    # A restart begins the rounds of cuts anew and closes the gap no further.
    "mip_allow_restart": False,
}

_BOUND_IS_TRUSTED_TO = 1e-6


def search(model: Model, start: Choice, checks: int) -> tuple[Choice, int]:
    """Return the cheapest choice found from a good one on, and a bound of the cost of all."""
    from highspy._core import _Highs, cb

    cheapest = [min(option.cost for option in own) for own in model.options]
    least = sum(cheapest)
    scale = cost_of(model, start) - least
    program = _Program(model, start, cheapest, scale)
    # Its subclass Highs prints a banner from the constructor, before it can be told not to.
    solver = _Highs()
    for name, value in _OPTIONS.items():
        solver.setOptionValue(name, value)
    left = checks

    def check(_kind: Any, _message: str, _found: Any, answer: Any, _data: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            answer.user_interrupt = True

    solver.setCallback(check, None)
    solver.startCallback(cb.HighsCallbackType.kCallbackMipInterrupt)
    solver.passModel(program.lp())
    solver.setSolution(*program.start())
    solver.run()
    bound = solver.getInfo().mip_dual_bound
    values = solver.getSolution().col_value
    if not len(values) or not math.isfinite(bound):
        return start, least
    # Costs are whole minor units, so the least one is at least the next of them.
    trusted = max(0.0, bound - _BOUND_IS_TRUSTED_TO)
    return program.choice(values), least + math.ceil(trusted * scale)


class _Program:
    """Columns: the options that can be part of a better choice than `start`, then cash by step.

    An option that costs `scale` more than the bill's cheapest cannot: `start` costs no more in all.
    """

    def __init__(self, model: Model, start: Choice, cheapest: list[int], scale: int) -> None:
        self._given = start
        self._room = model.room
        self._unit = max(model.room)
        self._columns: list[tuple[int, int]] = []
        self._costs: list[float] = []
        self._starts: list[int] = []
        self._rows: list[int] = []
        self._entries: list[float] = []
        steps = len(model.room)
        for bill, own in enumerate(model.options):
            for at, option in enumerate(own):
                regret = option.cost - cheapest[bill]
                if regret > scale and at != start[bill]:
                    continue
                self._columns.append((bill, at))
                self._costs.append(regret / scale)
                self._starts.append(len(self._rows))
                if option.amount:
                    self._put(option.step, option.amount / self._unit)
                self._put(steps + bill, 1.0)
        for step in range(steps):
            self._starts.append(len(self._rows))
            self._put(step, -1.0)
            if step + 1 < steps:
                self._put(step + 1, 1.0)
        self._starts.append(len(self._rows))

    def lp(self) -> "HighsLp":
        """Return the program; the integrality of its columns included."""
        from highspy import HighsLp, HighsVarType, MatrixFormat

        options, steps, bills = len(self._columns), len(self._room), len(self._given)
        lp = HighsLp()
        lp.num_col_ = options + steps
        lp.num_row_ = steps + bills
        lp.col_cost_ = np.array(self._costs + [0.0] * steps)
        lp.col_lower_ = np.zeros(options + steps)
        lp.col_upper_ = np.array([1.0] * options + [room / self._unit for room in self._room])
        lp.row_lower_ = lp.row_upper_ = np.array([0.0] * steps + [1.0] * bills)
        lp.a_matrix_.format_ = MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.array(self._starts, np.int32)
        lp.a_matrix_.index_ = np.array(self._rows, np.int32)
        lp.a_matrix_.value_ = np.array(self._entries)
        kinds = [HighsVarType.kInteger] * options + [HighsVarType.kContinuous] * steps
        lp.integrality_ = kinds
        return lp

    def start(self) -> tuple[int, NDArray[np.int32], NDArray[np.float64]]:
        """Return the given choice as a solution to start from: its binaries say the rest."""
        chosen = [1.0 if self._given[bill] == at else 0.0 for bill, at in self._columns]
        return len(chosen), np.arange(len(chosen), dtype=np.int32), np.array(chosen)

    def choice(self, values: Sequence[float]) -> Choice:
        """Return the choice of a solution: for each bill the option nearest to one."""
        nearest = [0.0] * len(self._given)
        found = self._given.copy()
        for (bill, at), value in zip(self._columns, values, strict=False):
            if value > nearest[bill]:
                nearest[bill], found[bill] = value, at
        return found

    def _put(self, row: int, entry: float) -> None:
        self._rows.append(row)
        self._entries.append(entry)
