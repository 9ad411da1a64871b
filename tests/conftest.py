"""Fixtures that every kind of test may use. Servers are real; the database is PostgreSQL."""

import os
from collections.abc import Iterator
from pathlib import Path

# Before anything imports gRPC, which reads it then: its fork handlers would end the PostgreSQL that
# a test starts while channels are open. So pytest_grpc is loaded here and not by itself.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import pytest
from hypothesis import settings

from support import databases, servers
from support.clock import FixedClock, at
from support.databases import DatabaseUrls

pytest_plugins = ["pytest_grpc.plugin"]

# A machine that is busy makes no property false.
settings.register_profile("runway", deadline=None)
settings.load_profile("runway")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches a database, so that it can be run on another one by itself."""
    for item in items:
        if "database" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def database() -> Iterator[DatabaseUrls]:
    """A migrated database, for the whole session: tests keep apart by their business ids."""
    with databases.migrated_database() as urls:
        yield urls


@pytest.fixture(scope="session")
def clock() -> FixedClock:
    """The orchestrator's clock: 2026-05-05, noon in Los Angeles."""
    return at("2026-05-05T19:00:00+00:00")


@pytest.fixture(scope="session")
def orchestrator_address(database: DatabaseUrls, clock: FixedClock) -> Iterator[str]:
    """A running orchestrator."""
    with servers.orchestrator(database.app, clock) as address:
        yield address


@pytest.fixture(scope="session")
def stack(database: DatabaseUrls, clock: FixedClock) -> Iterator[servers.Stack]:
    """All three services, running: the gateway before an orchestrator and a calculator."""
    with servers.stack(database.app, clock) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def quickbooks_sample() -> Path:
    """The recorded QuickBooks sample company; tests that need it skip where it is missing."""
    folder = SHARED_DATA / "qbo"
    if not folder.is_dir():
        pytest.skip("the QuickBooks sample is not here")
    return folder
