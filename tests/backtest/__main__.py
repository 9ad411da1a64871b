"""Run the backtest on the public data and the demo company; exit with 1 when a goal is missed.

`python -m backtest [--write-docs | --assumptions] [FOLDER]`: the folder that holds the data is
../shared/data unless given. With `--write-docs`, put what is printed into docs/forecast.md as well.
With `--assumptions`, show instead how little each assumption matters.
"""

import contextlib
import io
import sys
from pathlib import Path

from backtest import cash, demo, docs, receivables, sensitivity
from service_kit import logs

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


class Tee(io.StringIO):
    """Keeps what is written, and passes it on."""

    def __init__(self, onward: io.TextIOBase) -> None:
        super().__init__()
        self._onward = onward

    def write(self, text: str) -> int:
        """Write to both."""
        self._onward.write(text)
        self._onward.flush()
        return super().write(text)


def main() -> int:
    """Run the backtest; return the exit code."""
    arguments = [one for one in sys.argv[1:] if not one.startswith("--")]
    data = Path(arguments[0]) if arguments else SHARED_DATA
    for file in (receivables.FILE, cash.FILE):
        if not (data / file).is_file():
            print(f"There is no {file} in {data}.", file=sys.stderr)
            return 2
    if "--assumptions" in sys.argv:
        sensitivity.run(data)
        return 0
    logs.configure("backtest", "ERROR")
    with contextlib.redirect_stdout(Tee(sys.stdout)) as printed:  # type: ignore[type-var]
        reached = [receivables.run(data)]
        reached += [cash.run(data), demo.run()]
    if "--write-docs" in sys.argv:
        docs.FILE.write_text(docs.with_record(docs.FILE.read_text(), printed.getvalue()))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
