"""Run the backtest on the public data and exit with 1 when a goal is missed.

`python -m backtest [FOLDER]`: the folder that holds the data, ../shared/data unless given.
"""

import sys
from pathlib import Path

from backtest import receivables

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def main() -> int:
    """Run the backtest; return the exit code."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED_DATA
    if not (data / receivables.FILE).is_file():
        print(f"There is no {receivables.FILE} in {data}.", file=sys.stderr)
        return 2
    reached = receivables.run(data)
    print(receivables.LEGEND)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
