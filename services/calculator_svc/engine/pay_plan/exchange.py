"""Make a choice cheaper, in exact integers: a bill takes a better day where there is room for it,
or where one other bill can make room for less than that saves.

This is where a search starts from and what it ends with. In the end a bill that waits does so
because its best day has no room for it.
"""

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.pay_plan.choice import Choice, by_saving, slack_of
from calculator_svc.engine.pay_plan.model import Model, Option

Integers = NDArray[np.int64]

_TRIES = 12
"""For so many of its days, the cheapest, a bill asks another one to make room."""


def improved(model: Model, choice: Choice) -> Choice:
    """Return a choice that no such move makes cheaper; the one given has to be within the room."""
    state = _State(model, choice)
    order = [bill for bill in by_saving(model) if len(model.options[bill]) > 1]
    # Each move lowers the cost, so this ends.
    while any([state.improve(bill) for bill in order]):
        pass
    return state.choice


class _State:
    """A choice that changes, beside all options of all bills in columns."""

    def __init__(self, model: Model, choice: Choice) -> None:
        self.choice = choice.copy()
        self._model = model
        self._slack: Integers = np.array(slack_of(model, choice), np.int64)
        counts = [len(own) for own in model.options]
        every = [option for own in model.options for option in own]
        self._bill: Integers = np.repeat(np.arange(len(counts)), counts)
        self._first: Integers = np.cumsum([0, *counts[:-1]])
        self._step: Integers = np.array([option.step for option in every], np.int64)
        self._amount: Integers = np.array([option.amount for option in every], np.int64)
        self._cost: Integers = np.array([option.cost for option in every], np.int64)

    def improve(self, bill: int) -> bool:
        """Move a bill to the cheapest option that can be had; return whether there was one."""
        own = self._model.options[bill]
        now = own[self.choice[bill]]
        cheaper = [at for at, option in enumerate(own) if option.cost < now.cost]
        if not cheaper:
            return False
        freed = self._slack.copy()
        _put(freed, now, -1)
        room: Integers = np.minimum.accumulate(freed[::-1])[::-1]
        tries = _TRIES
        for at in sorted(cheaper, key=lambda at: (own[at].cost, -at)):
            option = own[at]
            fits = option.amount == 0 or option.amount <= room[option.step]
            if not fits and not tries:
                continue
            slack = freed.copy()
            _put(slack, option, 1)
            if not fits:
                tries -= 1
            if fits or self._make_room(bill, slack, now.cost - option.cost):
                self.choice[bill] = at
                self._slack = slack
                return True
        return False

    def _make_room(self, bill: int, slack: Integers, saved: int) -> bool:
        """Move another bill to a later day at less than is saved, the cheapest that gives room."""
        short = np.flatnonzero(slack < 0)
        now = (self._first + self.choice)[self._bill]
        more = self._cost - self._cost[now]
        helps = (
            (self._bill != bill)
            & (more < saved)
            & (self._step[now] <= short[0])
            & (self._step > short[-1])
            & (self._amount[now] >= -slack.min())
            & (self._amount <= self._amount[now])
        )
        found = np.flatnonzero(helps)
        if not found.size:
            return False
        column = int(found[more[found].argmin()])
        other = int(self._bill[column])
        own, at = self._model.options[other], column - int(self._first[other])
        _put(slack, own[self.choice[other]], -1)
        _put(slack, own[at], 1)
        self.choice[other] = at
        return True


def _put(slack: Integers, option: Option, times: int) -> None:
    slack[option.step :] -= times * option.amount
