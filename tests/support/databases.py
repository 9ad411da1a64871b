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


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """A migrated database: its owner's URL, and the app's."""

    owner: str
    app: str


@contextmanager
def migrated_database() -> Iterator[DatabaseUrls]:
    """Yield a migrated database; an embedded one is thrown away afterwards."""
    if external := os.environ.get("RUNWAY_DATABASE_URL"):
        owner = asynchronous(external)
        password = secrets.token_urlsafe(16)
        asyncio.run(migrate(owner, password))
        app = make_url(owner).set(username=APP_ROLE, password=password)
        yield DatabaseUrls(owner, app.render_as_string(hide_password=False))
        return
    with tempfile.TemporaryDirectory(prefix="runway-test-") as folder:
        postgres = EmbeddedPostgres(Path(folder), durable=False)
        postgres.start()
        try:
            asyncio.run(migrate(postgres.owner_url, postgres.app_password))
            yield DatabaseUrls(postgres.owner_url, postgres.app_url)
        finally:
            postgres.stop()
