"""The database that tests run on: an embedded PostgreSQL, or the one that RUNWAY_DATABASE_URL
names.
"""

import asyncio
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from orchestrator_svc.migrations import APP_ROLE, migrate
from orchestrator_svc.store.database import asynchronous
from runway_cli.embedded_postgres import EmbeddedPostgres

# One for the whole run of the tests: the role is the server's, and others are logged in as it.
_APP_PASSWORD = secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """A migrated database: its owner's URL, and the app's."""

    owner: str
    app: str


@contextmanager
def migrated_database() -> Iterator[DatabaseUrls]:
    """Yield a migrated database: the one that RUNWAY_DATABASE_URL names, or one of its own."""
    if external := os.environ.get("RUNWAY_DATABASE_URL"):
        owner = asynchronous(external)
        asyncio.run(migrate(owner, _APP_PASSWORD))
        app = make_url(owner).set(username=APP_ROLE, password=_APP_PASSWORD)
        yield DatabaseUrls(owner, app.render_as_string(hide_password=False))
        return
    with own_database() as urls:
        yield urls


@contextmanager
def own_database() -> Iterator[DatabaseUrls]:
    """Yield a migrated database that nobody else uses, so that it may be killed, filled and have
    holes; it is thrown away afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="runway-test-") as folder:
        postgres = EmbeddedPostgres(Path(folder), durable=False)
        postgres.start()
        try:
            asyncio.run(migrate(postgres.owner_url, postgres.app_password))
            yield DatabaseUrls(postgres.owner_url, postgres.app_url)
        finally:
            postgres.stop()
