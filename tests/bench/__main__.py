"""Measure, print a table, and exit with 1 when a goal is missed."""

import sys

from bench.report import Measure, print_report
from bench.scenarios import measure_all


def main() -> int:
    """Run every measurement; return the exit code."""
    measures: list[Measure] = []
    for measure in measure_all():
        print(f"  {measure.name}: {measure.figure} (goal {measure.goal})", file=sys.stderr)
        measures.append(measure)
    print_report(measures)
    return 0 if all(measure.reached for measure in measures) else 1


sys.exit(main())
