"""Kill processes while clients write, and at each step of each change; exit with 1 when anything
was lost or done twice.
"""

import argparse
import sys

from faults import steps
from faults.kills import Outcome, run


def main() -> int:
    """Read the command line, run and print."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=500)
    given = parser.parse_args()
    outcome = run(given.seed, given.kills, progress=True)
    _print(outcome)
    at_each_step = steps.run(progress=True)
    _print_steps(at_each_step)
    return 0 if outcome.clean and not at_each_step.wrong else 1


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


def _print_steps(outcome: steps.Outcome) -> None:
    print()
    for name, kills in outcome.kills.items():
        print(f"{name.removeprefix('runway.orchestrator.v1.'):<50}{kills:>4} kills, one a step")
    kills = sum(outcome.kills.values())
    print(f"{'all changes of the orchestrator':<50}{kills:>4} kills, {len(outcome.wrong)} wrong")
    print(f"{'minutes':<50}{outcome.seconds / 60:>4.1f}")
    for wrong in outcome.wrong[:20]:
        print(f"NOT AS IT SHOULD BE: {wrong}")


if __name__ == "__main__":
    sys.exit(main())
