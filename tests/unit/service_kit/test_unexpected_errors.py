"""What the log says of an error that nobody foresaw."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from structlog.testing import capture_logs

from orchestrator_svc.store.database import Database
from service_kit.errors import Catalogue, shown_for

CANARY = "canary-7f3a"


def of_the_driver() -> Exception:
    return asyncpg.UniqueViolationError(f"Key (bill_id)=({CANARY}) already exists.")


def wrapped() -> Exception:
    error = IntegrityError("INSERT ...", {"bill_id": CANARY}, of_the_driver())
    error.__cause__ = error.orig
    return error


def of_an_argument() -> Exception:
    why = asyncpg.DataError(f"invalid input for query argument $1: {CANARY!r}")
    return DBAPIError("INSERT ...", {"bill_id": CANARY}, why)


def behind_another() -> Exception:
    error = KeyError("bill")
    error.__context__ = wrapped()
    return error


@pytest.mark.parametrize("make", [of_the_driver, wrapped, of_an_argument, behind_another])
def test_of_a_database_error_the_log_has_its_kind_and_place_and_no_value(make: object) -> None:
    def failing() -> Exception:
        try:
            raise make()  # type: ignore[operator]
        except Exception as error:
            return error

    with capture_logs() as lines:
        shown = shown_for(failing(), Catalogue({}), "id-1")
    assert shown.reason == "INTERNAL"
    (line,) = lines
    assert CANARY not in str(line)
    assert "failing" in str(line["frames"])
    assert line["correlation_id"] == "id-1"
    assert line["sqlstate"] == ("" if make is of_an_argument else "23505")


def test_another_error_is_logged_whole() -> None:
    with capture_logs() as lines:
        shown_for(KeyError("bill"), Catalogue({}), "id-1")
    assert str(lines[0]["exc_info"]) == "'bill'"


async def test_no_error_of_a_statement_repeats_its_parameters() -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    assert database.engine.sync_engine.hide_parameters
    await database.close()
