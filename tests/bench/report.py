"""What was measured, as a table."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured figure, its goal, whether it is reached, and what it is made of."""

    name: str
    figure: str
    goal: str
    reached: bool
    made_of: str
    is_ratio: bool = False


def print_report(measures: list[Measure]) -> None:
    """Print the table, ratios first: they mean the same on a faster machine."""
    table = Table(box=None, pad_edge=False)
    for name, justify in (("measure", "left"), ("figure", "right"), ("goal", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("")
    table.add_column("made of")
    for measure in sorted(measures, key=lambda measure: not measure.is_ratio):
        verdict = "reached" if measure.reached else "MISSED"
        table.add_row(measure.name, measure.figure, measure.goal, verdict, measure.made_of)
    Console(highlight=False, width=130).print(table)
