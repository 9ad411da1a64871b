"""A choice of one option for each bill, within the room of every step, in exact integers."""

from collections.abc import Sequence

from calculator_svc.engine.pay_plan.model import Model, Option

Choice = list[int]
"""For each bill the position of its option."""


def last_options(model: Model) -> Choice:
    """Return the choice that is always possible: the last option of every bill."""
    return [len(own) - 1 for own in model.options]


def cost_of(model: Model, choice: Sequence[int]) -> int:
    """Return the cost of a choice."""
    return sum(own[at].cost for own, at in zip(model.options, choice, strict=True))


def slack_of(model: Model, choice: Sequence[int]) -> list[int]:
    """Return what a choice leaves of the room of each step; negative where it takes too much."""
    slack = model.room.copy()
    for own, at in zip(model.options, choice, strict=True):
        put(slack, own[at], 1)
    return slack


def fits(model: Model, choice: Sequence[int]) -> bool:
    """Return whether a choice stays within the room of every step."""
    return min(slack_of(model, choice), default=0) >= 0


def taken_over(model: Model, found: Sequence[int]) -> Choice:
    """Return what was found, as far as there is room for it; else the last option of a bill."""
    if fits(model, found):
        return list(found)
    choice = last_options(model)
    slack = slack_of(model, choice)
    for bill in by_saving(model):
        own = model.options[bill]
        put(slack, own[choice[bill]], -1)
        wanted = own[found[bill]]
        if wanted.amount == 0 or min(slack[wanted.step :]) >= wanted.amount:
            choice[bill] = found[bill]
        put(slack, own[choice[bill]], 1)
    return choice


def by_saving(model: Model) -> list[int]:
    """Return the bills by what the best day saves over the last, for each unit of its cash."""

    def saved(bill: int) -> float:
        own = model.options[bill]
        best = min(own, key=lambda option: option.cost)
        return (own[-1].cost - best.cost) / max(1, best.amount)

    return sorted(range(len(model.options)), key=lambda bill: (-saved(bill), bill))


def put(slack: list[int], option: Option, times: int) -> None:
    """Take an option out of the room, or with -1 give it back."""
    if option.amount:
        for step in range(option.step, len(slack)):
            slack[step] -= times * option.amount
