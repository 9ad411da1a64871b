"""Fuzz every RPC; exit with 1 when a server ended, answered what it never may, or grew too much."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from fuzz.run import OVER_HTTP, SERVICES, Finding, run

MOST_GROWTH = 0.05


def main() -> int:
    """Read the command line, run and print."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=100_000, help="for each service and kind")
    parser.add_argument("--service", action="append", choices=SERVICES, help="of all unless named")
    parser.add_argument("--http", action="store_true", help="the gateway over HTTP, and no other")
    given = parser.parse_args()
    if given.http:
        findings = run(given.seed, given.inputs, True, ["gateway"], OVER_HTTP)
    else:
        findings = run(given.seed, given.inputs, True, given.service or tuple(SERVICES))
    _print(findings, given.seed)
    clean = all(
        not finding.crashes and not finding.answers.faults and finding.growth <= MOST_GROWTH
        for finding in findings
    )
    return 0 if clean else 1


def _print(findings: list[Finding], seed: int) -> None:
    table = Table(box=None, pad_edge=False, title=f"seed {seed}", title_justify="left")
    columns = ("service", "inputs", "number", "crashes", "faults", "memory, MiB", "growth", "min")
    for column in columns:
        table.add_column(column, justify="left" if column in columns[:2] else "right")
    table.add_column("answers")
    for finding in findings:
        statuses = finding.answers.statuses.most_common()
        table.add_row(
            finding.service,
            finding.kind,
            f"{finding.inputs:,}",
            str(finding.crashes),
            str(finding.answers.faults.total()),
            f"{finding.mib_before:.0f} -> {finding.mib_after:.0f}",
            f"{finding.growth:+.1%}",
            f"{finding.seconds / 60:.1f}",
            ", ".join(f"{count:,} {status}" for status, count in statuses),
        )
    console = Console(highlight=False, width=150)
    console.print(table)
    for finding in findings:
        for fault, count in finding.answers.faults.most_common(20):
            console.print(f"NOT AS IT SHOULD BE: {count} x {fault}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
