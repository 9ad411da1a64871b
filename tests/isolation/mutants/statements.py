"""Holes in the statements: each table's `here` left out, and the setting left on the session.

What a statement says is fixed when its module is loaded. So each of these is a run of the tests of
its own, with `isolation.mutants.plugin` as the first thing that pytest loads.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from isolation.mutants.report import Mutant
from orchestrator_svc.store.archives import TABLES

VARIABLE = "RUNWAY_MUTANT"
SESSION_SETTING = "session-level SET"
_TESTS = Path(__file__).resolve().parents[2]
_ALONE = ["isolation/test_statements_alone.py", "isolation/test_foreign_ids.py"]
_WALLS = ["isolation/test_database_walls.py"]


def in_statements() -> Iterator[Mutant]:
    """Make each hole, and run the tests that have to fail; without one, they have to pass."""
    assert _failed("no hole", [*_ALONE, *_WALLS]) == []
    yield Mutant(SESSION_SETTING, "store/database.py", _failed(SESSION_SETTING, _WALLS))
    for table in (table.name for table in TABLES):
        yield Mutant("missing where clause", table, _failed(table, _ALONE))


def _failed(mutant: str, tests: list[str]) -> list[str]:
    """Return the test that failed first, as one reads it; nothing when all passed."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "isolation.mutants.plugin"),
            *("-p", "no:cacheprovider", *(str(_TESTS / test) for test in tests)),
        ],
        env={**os.environ, VARIABLE: mutant},
        capture_output=True,
        text=True,
        check=False,
    )
    failures = re.findall(r"^(?:FAILED|ERROR) \S*/(test_\w+)\.py", done.stdout, re.MULTILINE)
    return sorted({failure.replace("_", " ") for failure in failures})
