"""The record in docs/forecast.md: what `python -m backtest --write-docs` printed, to the letter."""

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "docs" / "forecast.md"
BEGIN = "<!-- The output of python -m backtest --write-docs; not to be edited. -->\n```\n"
END = "\n```\n<!-- End of the output. -->"


def record_of(text: str) -> str:
    """Return the record of a document. Raises ValueError when it has none, or two."""
    return _parts(text)[1]


def with_record(text: str, printed: str) -> str:
    """Return a document with what was printed as its record. Raises ValueError as `record_of`."""
    before, _, after = _parts(text)
    return f"{before}{BEGIN}{printed.strip()}{END}{after}"


def form_of(printed: str) -> list[str]:
    """Return what was printed without its figures and verdicts: what does not change from run to
    run.
    """
    without = re.sub(r"[-+]?[0-9][0-9,.]*%?", "0", printed.strip())
    without = re.sub(r"\b(reached|MISSED)\b\*?", "verdict", without)
    return [" ".join(line.split()) for line in without.splitlines()]


def _parts(text: str) -> tuple[str, str, str]:
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError("the document has no place for the record, or more than one")
    before, _, rest = text.partition(BEGIN)
    found, _, after = rest.partition(END)
    return before, found, after
