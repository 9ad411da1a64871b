"""What a run of the suite did and saw."""

from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Report:
    """A run: what was done, with which faults, and what was seen."""

    seed: int
    operations: Counter[str]
    businesses: int
    seconds: float
    statuses: Counter[str]
    faults: Counter[str]
    canaries_seen: int
    amounts_seen: int
    metrics_seen: int
    foreign: Counter[str]
    never: Counter[str]

    @property
    def clean(self) -> bool:
        """Return whether nothing was seen that should not be, and canaries were seen at all."""
        return not self.foreign and not self.never and self.canaries_seen > 0


def print_report(report: Report) -> None:
    """Print the report, what matters most first."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    rows: list[tuple[str, str]] = [
        ("canaries of another business seen", f"{sum(report.foreign.values()):,}"),
        ("UNKNOWN, INTERNAL, DATA_LOSS", f"{sum(report.never.values()):,}"),
        ("canaries of the own business seen", f"{report.canaries_seen:,}"),
        ("amounts of the own business seen", f"{report.amounts_seen:,}"),
        ("lines of metrics seen", f"{report.metrics_seen:,}"),
        ("operations", f"{sum(report.operations.values()):,}"),
        ("businesses", f"{report.businesses:,}"),
        ("seed", str(report.seed)),
        ("minutes", f"{report.seconds / 60:.1f}"),
    ]
    for title, counts in (
        ("operations", report.operations),
        ("faults", report.faults),
        ("answers", report.statuses),
    ):
        rows.append(("", ""))
        rows += [(f"{title}: {name}", f"{count:,}") for name, count in counts.most_common()]
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False, width=110)
    console.print(table)
    for name, count in (report.foreign + report.never).most_common(40):
        console.print(f"NOT AS IT SHOULD BE: {count} x {name}", markup=False)
