"""How much the figures hang on each assumption: every one of them halved, and doubled.

An assumption that was tuned to the file would show as a figure that is good at its value and bad
beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from backtest.methods import Runway
from backtest.receivables import FILE, measure, origins_of
from backtest.records import read_receivables
from backtest.scores import Scores
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
    """Measure and print each half's figures, an assumption a line."""
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
    line("as it is")
    for module, name in ASSUMPTIONS:
        for factor in (0.5, 2.0):
            with assumed(module, name, factor) as label:
                line(label)


def _figures(scores: Scores) -> str:
    return (
        f"{scores.error:>9.2f}{scores.pinball:>9.3f}"
        f"{scores.coverage(80):>8.1%}{scores.receipts_coverage():>10.1%}"
    )
