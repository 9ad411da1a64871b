"""The orchestrator as a process that ends itself, as by kill -9, at a given step.

The file that RUNWAY_DYING_FILE names says how many steps it still does; without the file it lives
on. Steps are each statement, each commit before it is sent, and each return of a connection, which
comes after the commit and before the answer.
"""

import os
import signal
from pathlib import Path
from typing import Any

from sqlalchemy import event

from orchestrator_svc import __main__ as server
from orchestrator_svc.servicers import services
from orchestrator_svc.store.database import Database
from service_kit import process
from support.orchestrator_then import NOON

FILE = Path(os.environ.get("RUNWAY_DYING_FILE", os.devnull))


def _step(*_: Any) -> None:
    try:
        left = int(FILE.read_text())
    except (FileNotFoundError, ValueError):
        return
    if left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
    FILE.write_text(str(left - 1))


def _watched(database: Database) -> Any:
    engine = database.engine.sync_engine
    for name in ("before_cursor_execute", "commit", "checkin"):
        event.listen(engine, name, _step)
    return services(database, NOON)


server.services = _watched  # type: ignore[attr-defined]

if __name__ == "__main__":
    process.run(server.main)
