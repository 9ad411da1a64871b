"""Which mutants were caught, and by which wall."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Mutant:
    """A hole that was made somewhere, and the walls that noticed."""

    kind: str
    where: str
    caught_by: list[str] = field(default_factory=list)


def told(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Return all mutants, each told of as soon as it is over."""
    done = []
    for mutant in mutants:
        done.append(mutant)
        caught = ", ".join(mutant.caught_by) or "NOBODY"
        print(f"  {mutant.kind}, {mutant.where}: {caught}", file=sys.stderr)
    return done


def print_report(mutants: list[Mutant]) -> None:
    """Print a line for each kind of mutant and each set of walls, then those that nobody caught."""
    lines: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for mutant in mutants:
        lines.setdefault((mutant.kind, tuple(mutant.caught_by)), []).append(mutant.where)
    table = Table(box=None, pad_edge=False)
    for name, justify in (("hole", "left"), ("mutants", "right"), ("caught by", "left")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for (kind, walls), where in sorted(lines.items()):
        table.add_row(kind, str(len(where)), ", ".join(walls) or "NOBODY: " + ", ".join(where))
    console = Console(highlight=False, width=130)
    console.print(table)
    missed = sum(not mutant.caught_by for mutant in mutants)
    console.print(f"{len(mutants)} mutants, {len(mutants) - missed} caught, {missed} not.")
