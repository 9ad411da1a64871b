"""Makes the hole that RUNWAY_MUTANT names, before anything that holds a statement is loaded."""

import os
from typing import Any

from sqlalchemy import true

from orchestrator_svc.store import tables

_MUTANT = os.environ.get("RUNWAY_MUTANT", "")
_here = tables.here


def _mutated(table: Any) -> Any:
    return true() if table.name == _MUTANT else _here(table)


tables.here = _mutated

from orchestrator_svc.store import database  # noqa: E402

if _MUTANT == "session-level SET":
    database._BIND = database.text("SELECT set_config('app.business_id', :business_id, false)")
    database._BIND_SQL = "SELECT set_config('app.business_id', $1, false)"
