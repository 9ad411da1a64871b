"""`python -m orchestrator_svc.migrations`: bring the database up to date, as its owner."""

import asyncio
import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from orchestrator_svc.migrations import MigrationError, migrate


def main() -> int:
    """Migrate; return 0, or 1 after one sentence on standard error."""
    url, password = os.environ.get("RUNWAY_DATABASE_URL"), os.environ.get("RUNWAY_APP_PASSWORD")
    if not url or not password:
        print(
            "Set RUNWAY_DATABASE_URL to the database's owner and RUNWAY_APP_PASSWORD to the "
            "password that the services will use.",
            file=sys.stderr,
        )
        return 1
    try:
        asyncio.run(migrate(url, password))
    except MigrationError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, SQLAlchemyError) as error:
        print(f"The database could not be migrated: {_cause(error)}", file=sys.stderr)
        return 1
    return 0


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
