"""Cash against what was foretold at weekly origins, beside last value and 91-day burn.

The movements are all that there is: no invoices, no bills, so that the forecast is what recurs and
what history shows besides. Its one large inflow and the next are no one's to foresee.
"""

import csv
import datetime
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calculator_svc.engine.calculations import calculate_forecast
from calculator_svc.engine.inputs import Books, Category, Policy, Series

FILE = Path("cash") / "hack_club_2015_2016h1.csv"
WEEKS = (1, 4, 13)
BURN_DAYS = 91
HISTORY_DAYS = 400
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


def run(data: Path) -> bool:
    """Measure, print, and return whether 13 weeks ahead both baselines are beaten."""
    movements = read_cash(data / FILE)
    first = min(movement.day for movement in movements)
    last = max(movement.day for movement in movements)
    balance = {day: books_on(movements, day).cash for day in range(first, last + 1)}
    errors: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    covered: dict[int, list[bool]] = defaultdict(list)
    for day in range(first + BURN_DAYS, last - 6, 7):
        found = calculate_forecast(books_on(movements, day), Policy(), seed=1, paths=0)
        burn = (balance[day] - balance.get(day - BURN_DAYS, 0)) / BURN_DAYS
        for weeks in WEEKS:
            ahead = 7 * weeks
            if day + ahead > last:
                continue
            actual, bands = balance[day + ahead], found.uncertainty.cash
            foretold = {
                "last value": balance[day],
                "91-day burn": balance[day] + burn * ahead,
                "Runway": found.weeks[weeks - 1].closing,
            }
            for method, value in foretold.items():
                errors[method][weeks].append(abs(actual - value) / 100)
            covered[weeks].append(bands[0][ahead - 1] <= actual <= bands[2][ahead - 1])
    _print(errors, covered)
    ours, *others = (float(np.mean(errors[m][13])) for m in ("Runway", "last value", "91-day burn"))
    return all(ours < other for other in others)


def _print(errors: dict[str, dict[int, list[float]]], covered: dict[int, list[bool]]) -> None:
    counts = ", ".join(str(len(covered[weeks])) for weeks in WEEKS)
    print(
        f"\nCash after 1, 4 and 13 weeks, at {counts} weekly origins: mean absolute error, dollars"
    )
    print(f"  {'':<22}" + "".join(f"{f'{weeks} weeks':>10}" for weeks in WEEKS))
    for method, by_weeks in errors.items():
        figures = "".join(f"{np.mean(by_weeks[weeks]):>10,.0f}" for weeks in WEEKS)
        print(f"  {method:<22}{figures}")
    shares = "".join(f"{np.mean(covered[weeks]):>10.0%}" for weeks in WEEKS)
    print(f"  {'80% band covers':<22}{shares}")
    ours, last, burn = (
        float(np.mean(errors[method][13])) for method in ("Runway", "last value", "91-day burn")
    )
    verdict = "reached" if ours < min(last, burn) else "MISSED"
    print(f"  13 weeks ahead better than last value and 91-day burn: {verdict}")
