"""How much the figures hang on each assumption: every one of them halved, and doubled; those about
cash on the public cash data, the others on the public receivables.

An assumption that was tuned to the file would show as a figure that is good at its value and bad
beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from backtest import cash
from backtest.methods import Runway
from backtest.receivables import FILE, measure, origins_of
from backtest.records import read_receivables
from backtest.scores import Scores
from calculator_svc.engine import deviations, history, recurrence, residual
from calculator_svc.engine.receivables import calibration, dependence, model

ASSUMPTIONS: list[tuple[ModuleType, str]] = [
    (model, "ASSUMED_LATE"),
    (model, "ASSUMED_SCALE"),
    (model, "ASSUMED_SPREAD"),
    (model, "ASSUMED_DRIFT"),
    (model, "ASSUMED_WEIGHT"),
    (calibration, "ORIGINS"),
    (calibration, "LEAST_PAID"),
    (calibration, "LEAST_SHARE_KNOWN"),
    (calibration, "EVEN_WEIGHT"),
    (dependence, "ASSUMED_COMMON"),
    (dependence, "COMMON_ORIGINS"),
    (dependence, "ASSUMED_PARTY"),
    (dependence, "PARTY_ORIGINS"),
]

CASH_ASSUMPTIONS: list[tuple[ModuleType, str]] = [
    (residual, "COUNTED_MEDIANS"),
    (history, "WINDOW_DAYS"),
    (history, "_ONE_OFF_TIMES"),
    (deviations, "RATIO_WEIGHT"),
    (recurrence, "_STEADY"),
    (recurrence, "_STEADY_ENOUGH"),
]
"""What bears on books with documents alone (`deviations.SETTLED_IN`) would change nothing here."""


@contextmanager
def assumed(module: ModuleType, name: str, factor: float) -> Iterator[str]:
    """Have an assumption be so many times what it is; give its value in words."""
    before = getattr(module, name)
    after = type(before)(before * factor)
    setattr(module, name, after)
    try:
        yield f"{name} = {after}"
    finally:
        setattr(module, name, before)


def run(data: Path) -> None:
    """Measure and print the figures, an assumption a line."""
    run_cash(data)
    run_receivables(data)


def run_cash(data: Path) -> None:
    """Measure and print how well cash is foretold, and what the 80% band covers in each half."""
    movements = cash.read_cash(data / cash.FILE)

    def line(label: str) -> None:
        scores = cash.measure(movements)
        errors = "".join(f"{scores.error('Runway', weeks):>8,.0f}" for weeks in cash.WEEKS)
        halves = "".join(
            f"{scores.half(weeks, second):>8.0%}"
            for second in (False, True)
            for weeks in cash.WEEKS
        )
        print(f"  {label:<28}{errors}{halves}", flush=True)

    weeks = "".join(f"{f'{weeks} w':>8}" for weeks in cash.WEEKS)
    print(f"  {'':<28}{'error, dollars':>24}{'80%, first half':>24}{'80%, second half':>24}")
    print(f"  {'':<28}{weeks}{weeks}{weeks}")
    for label in _each("as it is", CASH_ASSUMPTIONS):
        line(label)
    print()


def _each(first: str, assumptions: list[tuple[ModuleType, str]]) -> Iterator[str]:
    """Yield names of assumptions, each while it is halved and doubled; the first as it is."""
    yield first
    for module, name in assumptions:
        for factor in (0.5, 2.0):
            with assumed(module, name, factor) as label:
                yield label


def run_receivables(data: Path) -> None:
    """Measure and print each half's figures."""
    records = read_receivables(data / FILE)
    origins = origins_of(records)
    half = len(origins) // 2

    def line(label: str) -> None:
        halves = [
            measure(records, label, part, {"Runway": Runway}).scores["Runway"]
            for part in (origins[:half], origins[half:])
        ]
        print(f"  {label:<28}" + "".join(_figures(scores) for scores in halves), flush=True)

    header = f"{'error':>9}{'pinball':>9}{'80%':>8}{'receipts':>10}"
    print(f"  {'':<28}{'first half':>36}{'second half':>36}\n  {'':<28}{header}{header}")
    for label in _each("as it is", ASSUMPTIONS):
        line(label)


def _figures(scores: Scores) -> str:
    return (
        f"{scores.error:>9.2f}{scores.pinball:>9.3f}"
        f"{scores.coverage(80):>8.1%}{scores.receipts_coverage():>10.1%}"
    )
