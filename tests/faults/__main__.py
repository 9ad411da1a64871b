"""Kill processes while clients write; exit with 1 when anything was lost or done twice."""

import argparse
import sys

from faults.kills import Outcome, run


def main() -> int:
    """Read the command line, run and print."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=500)
    given = parser.parse_args()
    outcome = run(given.seed, given.kills, progress=True)
    _print(outcome)
    return 0 if outcome.clean else 1


def _print(outcome: Outcome) -> None:
    rows = [
        ("acknowledged writes lost", len(outcome.lost)),
        ("writes done twice", len(outcome.doubled)),
        ("writes acknowledged", outcome.acknowledged),
        ("writes repeated under their request id", outcome.repeated),
        ("writes never acknowledged", outcome.never_acknowledged),
        ("kill -9", outcome.kills.total()),
        *((f"  of {what}", count) for what, count in outcome.kills.most_common()),
        ("seed", outcome.seed),
    ]
    for name, count in rows:
        print(f"{name:<42}{count:>10,}")
    print(f"{'longest pause after a kill, s':<42}{outcome.longest_pause:>10.1f}")
    print(f"{'minutes':<42}{outcome.seconds / 60:>10.1f}")
    for broken in outcome.broken[:20]:
        print(f"NOT AS IT SHOULD BE: {broken}")


if __name__ == "__main__":
    sys.exit(main())
