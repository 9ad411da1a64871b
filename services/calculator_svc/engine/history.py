"""Past cash movements, made ready: by direction, the newest first, one-offs told apart; and the
burn.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from calculator_svc.engine.inputs import Category, Series

WINDOW_DAYS = 91
"""How many days of history burn and residual are averaged over."""

OLDEST_DAYS = 400
"""What is older does not count."""

_ONE_OFF_TIMES = 5
_ONE_OFF_LEAST_MOVEMENTS = 20


@dataclass(slots=True)
class Flow:
    """Movements of one series in one direction; `days` (ago) ascend, so the newest stands first.

    `amounts` are signed as in the books: all positive in an inflow, all negative in an outflow.
    """

    category: Category
    counterparty: str
    inflow: bool
    days: list[int]
    amounts: list[int]

    def within(self, days: int) -> int:
        """Return the signed sum of the movements of the last `days` days, as_of included."""
        return sum(self.amounts[: bisect_left(self.days, days)])


@dataclass(slots=True)
class History:
    """The flows with and without one-offs, in one order, and the days of history there are."""

    flows: list[Flow]
    usual: list[Flow]
    days: int

    @property
    def window_days(self) -> int:
        """Return how many days averages are taken over: 91, fewer with less history; at least 1."""
        return min(WINDOW_DAYS, self.days)


@dataclass(slots=True)
class Burn:
    """Outflow, and outflow less inflow, over `days` days: in total, in minor units."""

    gross: int
    net: int
    days: int


def read(series: Iterable[Series]) -> History:
    """Split series by direction and leave out transfers, which are neither inflow nor outflow."""
    flows: list[Flow] = []
    for one in series:
        if one.category is not Category.TRANSFER and one.days_ago:
            flows += _directions(one)
    days = max((flow.days[-1] for flow in flows), default=0) + 1
    return History(flows, _without_one_offs(flows), days)


def burn(history: History) -> Burn:
    """Return the burn over the window, transfers and one-offs left out."""
    window = history.window_days
    outflow = -sum(flow.within(window) for flow in history.usual if not flow.inflow)
    inflow = sum(flow.within(window) for flow in history.usual if flow.inflow)
    return Burn(outflow, outflow - inflow, window)


def _directions(series: Series) -> list[Flow]:
    days, amounts = _newest_first(series)
    if days[-1] > OLDEST_DAYS:
        kept = bisect_right(days, OLDEST_DAYS)
        days, amounts = days[:kept], amounts[:kept]
        if not days:
            return []
    category, name = series.category, series.counterparty
    if max(amounts) < 0:
        return [Flow(category, name, False, days, amounts)]
    if min(amounts) > 0:
        return [Flow(category, name, True, days, amounts)]
    flows = []
    for inflow in (True, False):
        chosen = [i for i, amount in enumerate(amounts) if amount and (amount > 0) is inflow]
        if chosen:
            own_days, own_amounts = [days[i] for i in chosen], [amounts[i] for i in chosen]
            flows.append(Flow(category, name, inflow, own_days, own_amounts))
    return flows


def _newest_first(series: Series) -> tuple[list[int], list[int]]:
    days, amounts = series.days_ago, series.amounts
    ordered = sorted(days)
    if days == ordered:
        return days, amounts
    if days[::-1] == ordered:
        return ordered, amounts[::-1]
    order = sorted(range(len(days)), key=days.__getitem__)
    return ordered, [amounts[i] for i in order]


def _without_one_offs(flows: list[Flow]) -> list[Flow]:
    """Leave out movements above five times the 95th percentile (nearest rank) of their kind.

    A kind is a category and a direction, and has at least 20 movements: with fewer nothing can be
    called unusual.
    """
    kinds: dict[tuple[Category, bool], list[Flow]] = {}
    for flow in flows:
        kinds.setdefault((flow.category, flow.inflow), []).append(flow)
    limits = {kind: _limit(kin) for kind, kin in kinds.items()}
    return [_below(flow, limits[flow.category, flow.inflow]) for flow in flows]


def _limit(flows: list[Flow]) -> int | None:
    amounts = [amount for flow in flows for amount in flow.amounts]
    count = len(amounts)
    if count < _ONE_OFF_LEAST_MOVEMENTS:
        return None
    rank = (95 * count + 99) // 100
    largest = max(amounts) if flows[0].inflow else -min(amounts)
    # The amounts above the percentile are at most the largest, so that the others sum up to at
    # least this and the percentile is at least their mean. Mostly that settles it without sorting.
    others = abs(sum(amounts)) - (count - rank) * largest
    if _ONE_OFF_TIMES * others >= rank * largest:
        return None
    amounts.sort(key=abs)
    limit = _ONE_OFF_TIMES * abs(amounts[rank - 1])
    return limit if largest > limit else None


def _below(flow: Flow, limit: int | None) -> Flow:
    if limit is None or all(abs(amount) <= limit for amount in flow.amounts):
        return flow
    kept = [i for i, amount in enumerate(flow.amounts) if abs(amount) <= limit]
    days, amounts = [flow.days[i] for i in kept], [flow.amounts[i] for i in kept]
    return Flow(flow.category, flow.counterparty, flow.inflow, days, amounts)
