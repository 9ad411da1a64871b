"""Rows as CSV, for whoever goes on computing with them."""

import csv
import sys
from collections.abc import Sequence

Row = Sequence[str]
Columns = Sequence[tuple[str, str]]
"""Names, and whether a column stands left or right; amounts stand right."""


def print_csv(columns: Columns, rows: Sequence[Row]) -> None:
    """Print rows as CSV (RFC 4180), amounts without thousands separators."""
    writer = csv.writer(sys.stdout)
    writer.writerow([name for name, _ in columns])
    for row in rows:
        writer.writerow(
            [
                value.replace(",", "") if side == "right" else value
                for (_, side), value in zip(columns, row, strict=True)
            ]
        )
