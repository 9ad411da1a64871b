"""Run the backtest on the public data and exit with 1 when a goal is missed.

`python -m backtest [--assumptions] [FOLDER]`: the folder that holds the data is ../shared/data
unless given. With `--assumptions`, show instead how little each assumption of the model matters.
"""

import sys
from pathlib import Path

from backtest import cash, receivables, sensitivity
from service_kit import logs

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def main() -> int:
    """Run the backtest; return the exit code."""
    arguments = [one for one in sys.argv[1:] if one != "--assumptions"]
    data = Path(arguments[0]) if arguments else SHARED_DATA
    for file in (receivables.FILE, cash.FILE):
        if not (data / file).is_file():
            print(f"There is no {file} in {data}.", file=sys.stderr)
            return 2
    if "--assumptions" in sys.argv:
        sensitivity.run(data)
        return 0
    logs.configure("backtest", "ERROR")
    reached = [receivables.run(data)]
    print(receivables.LEGEND)
    reached.append(cash.run(data))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
