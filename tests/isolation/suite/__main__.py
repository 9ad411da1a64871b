"""Run the suite, print its report, and exit with 1 when anything was seen that should not be."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from isolation.suite.report import print_report
from isolation.suite.run import run


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="make isolation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--businesses", type=int, default=1_000)
    given = parser.parse_args()
    logs = Path(tempfile.mkdtemp(prefix="runway-isolation-"))
    clean = False
    try:
        report = run(given.seed, given.operations, given.businesses, logs, progress=True)
        print_report(report)
        clean = report.clean
    finally:
        if clean:
            shutil.rmtree(logs)
        else:
            print(f"What the services logged is kept in {logs}.", file=sys.stderr)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
