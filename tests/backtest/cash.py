"""Cash against what was foretold at weekly origins, beside last value and 91-day burn.

The movements are all that there is: no invoices, no bills, so that the forecast is what recurs and
what history shows besides. Its one large inflow and the next are no one's to foresee.

Origins a week apart see the same 13 weeks over and over: how many spans that do not overlap there
are says how much a share is worth, and where they are fewer than five the command does not fail.
"""

import csv
import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from calculator_svc.engine.calculations import calculate_forecast
from calculator_svc.engine.inputs import Books, Category, Policy, Series

FILE = Path("cash") / "hack_club_2015_2016h1.csv"
WEEKS = (1, 4, 13)
BURN_DAYS = 91
HISTORY_DAYS = 400
LEAST_SPANS = 5
BAND = 0.8
COVERED = (0.7, 0.9)
METHODS = ("last value", "91-day burn", "Runway")
_SALARIES = {"Expenses:Operating:Staff:Salary", "Expenses:Services:ZenPayroll"}


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a cash account, in cents."""

    day: int
    amount: int
    category: str


def read_cash(path: Path) -> list[Movement]:
    """Read the movements of a file."""
    with path.open(newline="") as file:
        return [
            Movement(
                datetime.date.fromisoformat(row["date"]).toordinal(),
                round(float(row["amount_usd"]) * 100),
                row["category"],
            )
            for row in csv.DictReader(file)
        ]


def books_on(movements: list[Movement], day: int) -> Books:
    """Return the books as they were at the end of a day."""
    series: dict[str, Series] = {}
    for movement in movements:
        if movement.day <= day < movement.day + HISTORY_DAYS:
            name = movement.category
            known = series.setdefault(name, Series(_category(name), name, [], []))
            known.days_ago.append(day - movement.day)
            known.amounts.append(movement.amount)
    cash = sum(movement.amount for movement in movements if movement.day <= day)
    return Books(as_of=day, cash=cash, history=list(series.values()))


def _category(name: str) -> Category:
    if name == "Transfer":
        return Category.TRANSFER
    if name in _SALARIES:
        return Category.PAYROLL
    return Category.CUSTOMER if name.startswith("Income") else Category.VENDOR


@dataclass(slots=True)
class CashScores:
    """Errors in dollars by method and weeks ahead; whether each origin's cash was in the 80% band;
    the largest inflow in dollars, and how many 13 weeks ahead were missed with it ahead of them.
    """

    errors: dict[str, dict[int, list[float]]] = field(
        default_factory=lambda: {method: defaultdict(list) for method in METHODS}
    )
    covered: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    largest_inflow: float = 0.0
    missed_before_it: int = 0

    def error(self, method: str, weeks: int) -> float:
        """Return the mean absolute error."""
        return float(np.mean(self.errors[method][weeks]))

    def half(self, weeks: int, second: bool) -> float:
        """Return the share within the band over the first or the second half of the origins."""
        covered = self.covered[weeks]
        middle = len(covered) // 2
        return float(np.mean(covered[middle:] if second else covered[:middle]))

    @property
    def is_best(self) -> bool:
        """Return whether 13 weeks ahead both baselines are beaten."""
        ours, *others = (self.error(method, WEEKS[-1]) for method in reversed(METHODS))
        return all(ours < other for other in others)


def sampling_error(origins: int, weeks: int) -> float:
    """Return the standard error of a share of 80% over overlapping origins: as of so many spans as
    lie side by side.
    """
    return float(np.sqrt(BAND * (1 - BAND) / max(origins / weeks, 1)))


def verdict(share: float, origins: int, weeks: int) -> str:
    """Return whether a share is as wanted; with a star where the spans are too few to judge by."""
    found = "reached" if COVERED[0] - 1e-9 <= share <= COVERED[1] + 1e-9 else "MISSED"
    return found if origins / weeks >= LEAST_SPANS else f"{found}*"


def measure(movements: list[Movement]) -> CashScores:
    """Score forecasts from every week that has 91 days behind it and a week ahead."""
    first = min(movement.day for movement in movements)
    last = max(movement.day for movement in movements)
    balance = {day: books_on(movements, day).cash for day in range(first, last + 1)}
    largest = max(movements, key=lambda movement: movement.amount)
    scores = CashScores(largest_inflow=largest.amount / 100)
    for day in range(first + BURN_DAYS, last - 6, 7):
        found = calculate_forecast(books_on(movements, day), Policy(), seed=1, paths=0)
        burn = (balance[day] - balance.get(day - BURN_DAYS, 0)) / BURN_DAYS
        for weeks in WEEKS:
            ahead = 7 * weeks
            if day + ahead > last:
                continue
            actual, bands = balance[day + ahead], found.uncertainty.cash
            foretold = (balance[day], balance[day] + burn * ahead, found.weeks[weeks - 1].closing)
            for method, value in zip(METHODS, foretold, strict=True):
                scores.errors[method][weeks].append(abs(actual - value) / 100)
            is_covered = bands[0][ahead - 1] <= actual <= bands[2][ahead - 1]
            scores.covered[weeks].append(is_covered)
            if weeks == WEEKS[-1] and day < largest.day <= day + ahead:
                scores.missed_before_it += not is_covered
    return scores


def run(data: Path) -> bool:
    """Measure, print, and return whether what was promised holds."""
    return show(measure(read_cash(data / FILE)))


def show(scores: CashScores) -> bool:
    """Print scores, and return whether what was promised holds."""
    counts = {weeks: len(scores.covered[weeks]) for weeks in WEEKS}
    origins = ", ".join(map(str, counts.values()))
    print(
        f"\nCash after 1, 4 and 13 weeks, at {origins} weekly origins: mean absolute error, dollars"
    )
    print(f"  {'':<22}" + "".join(f"{f'{weeks} weeks':>10}" for weeks in WEEKS))
    for method in METHODS:
        figures = "".join(f"{scores.error(method, weeks):>10,.0f}" for weeks in WEEKS)
        print(f"  {method:<22}{figures}")
    shares = {weeks: float(np.mean(scores.covered[weeks])) for weeks in WEEKS}
    reached = print_coverage(
        shares,
        counts,
        {
            "first half": {weeks: scores.half(weeks, False) for weeks in WEEKS},
            "second half": {weeks: scores.half(weeks, True) for weeks in WEEKS},
        },
    )
    missed = scores.covered[WEEKS[-1]].count(False)
    print(
        f"  of the {missed} missed 13 weeks ahead, {scores.missed_before_it} have one inflow of "
        f"{scores.largest_inflow:,.0f} ahead of them"
    )
    print(
        f"  13 weeks ahead better than last value and 91-day burn: "
        f"{'reached' if scores.is_best else 'MISSED'}"
    )
    return reached and scores.is_best


def print_coverage(
    shares: dict[int, float], counts: dict[int, int], parts: dict[str, dict[int, float]]
) -> bool:
    """Print what the 80% band covers, all and in parts; return whether none is a miss. `counts` are
    origins, by weeks ahead.
    """

    def row(name: str, cells: list[str]) -> None:
        print(f"  {name:<22}" + "".join(f"{cell:>10}" for cell in cells))

    for name, part in parts.items():
        row(f"80% band, {name}", [f"{part[weeks]:.0%}" for weeks in WEEKS])
    row("80% band covers", [f"{shares[weeks]:.0%}" for weeks in WEEKS])
    row("sampling error", [f"{sampling_error(counts[weeks], weeks):.0%}" for weeks in WEEKS])
    verdicts = [verdict(shares[weeks], counts[weeks], weeks) for weeks in WEEKS]
    row("goal 70-90%", verdicts)
    print(f"  * seen over fewer than {LEAST_SPANS} spans side by side: told, and not judged by")
    return "MISSED" not in verdicts
