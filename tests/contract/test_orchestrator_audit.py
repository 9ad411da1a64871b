"""AuditService, and the right to leave: exporting, restoring and erasing a business."""

import asyncio
import gzip
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from runway.orchestrator.v1 import audit_service_pb2 as audit_pb
from runway.orchestrator.v1 import business_service_pb2 as pb
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from orchestrator_svc.store.archives import TABLES
from runway_cli.embedded_postgres import programs
from support import builders, two_businesses
from support.calls import Answer, Calls, calling
from support.databases import DatabaseUrls
from support.servers import Stack
from support.two_businesses import AUDITS, BUSINESSES, Business, Two, rows_of

pytestmark = pytest.mark.database

VERIFY, LIST = f"{AUDITS}/VerifyAudit", f"{AUDITS}/ListAuditEvents"


@pytest.fixture
def calls(stack: Stack) -> Iterator[Calls]:
    with calling(stack) as calls:
        yield calls


@pytest.fixture
def two(calls: Calls) -> Two:
    """Two businesses with the same ids and rows in every table, of this test alone."""
    return Two(two_businesses.begin_small(calls), two_businesses.begin_large(calls))


def binding_the_owner(binds: bool) -> list[str]:
    """Return statements that have policies bind the tables' owner, or not."""
    force = "FORCE" if binds else "NO FORCE"
    return [f"ALTER TABLE {table.name} {force} ROW LEVEL SECURITY" for table in TABLES]


def tamper(database: DatabaseUrls, *statements: str) -> None:
    """Do what only somebody with the database in hand can do."""
    as_owner(database, *binding_the_owner(False), *statements, *binding_the_owner(True))


def as_owner(database: DatabaseUrls, *statements: str) -> None:
    """Run statements as the tables' owner."""

    async def run() -> None:
        engine = create_async_engine(database.owner)
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture
def dump(database: DatabaseUrls) -> Callable[[], str]:
    """Return all that a dump of the database holds, as text."""
    url = make_url(database.owner).set(drivername="postgresql")

    def run() -> str:
        # The owner is bound by the policies as well, and a dump must hold everything.
        as_owner(database, *binding_the_owner(False))
        try:
            pg_dump = [programs() / "pg_dump", "--dbname", url.render_as_string(False)]
            done = subprocess.run(pg_dump, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout
        finally:
            as_owner(database, *binding_the_owner(True))

    return run


def export(business: Business) -> bytes:
    return bytes(business.ask(f"{BUSINESSES}/ExportBusiness").archive)


def erase(business: Business) -> int:
    return int(business.change(f"{BUSINESSES}/EraseBusiness", etag=etag_of(business)).rows)


def etag_of(business: Business) -> str:
    return str(business.ask(f"{BUSINESSES}/GetBusiness").business.etag)


def restore(business: Business, archive: bytes) -> Answer:
    message = pb.RestoreBusinessRequest(
        business_id=business.business_id,
        request_id=builders.request_id(),
        archive_part=archive,
    )
    return business.calls(f"{BUSINESSES}/RestoreBusiness", [message])


def reason(answer: Answer) -> str:
    """Return what an answer was refused with, as far as a test asks for it."""
    reasons = ("ARCHIVE_INVALID", "BUSINESS_ALREADY_EXISTS")
    return next((word for word in reasons if word in answer.everything), answer.code)


def test_the_audit_of_a_busy_business_is_whole(two: Two) -> None:
    for business in two:
        found = business.ask(VERIFY)
        assert found.fault == audit_pb.AUDIT_FAULT_UNSPECIFIED
        assert found.head.sequence_number > 20
        assert len(found.head.hash) == 32


def test_events_come_in_pages_that_agree_with_the_head(two: Two) -> None:
    numbers, token = [], ""
    while True:
        page = two.small.ask(LIST, page_size=7, page_token=token)
        numbers += [event.sequence_number for event in page.events]
        token = page.next_page_token
        if not token:
            break
    head = two.small.ask(VERIFY).head
    assert numbers == list(range(1, head.sequence_number + 1))
    assert page.events[-1].hash == head.hash


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE audit_event SET actor = 'nobody'", audit_pb.AUDIT_FAULT_CHANGED),
        ("""UPDATE audit_event SET after = '{"x": 1}'""", audit_pb.AUDIT_FAULT_CHANGED),
        ("UPDATE audit_event SET hash = sha256('x')", audit_pb.AUDIT_FAULT_CHANGED),
        ("DELETE FROM audit_event", audit_pb.AUDIT_FAULT_MISSING),
    ],
)
def test_the_first_row_that_was_tampered_with_is_named(
    two: Two, database: DatabaseUrls, change: str, fault: Any
) -> None:
    where = f"WHERE business_id = '{two.small.business_id}' AND sequence_number IN (9, 12)"
    tamper(database, f"{change} {where}")
    found = two.small.ask(VERIFY)
    assert (found.fault, found.fault_sequence_number) == (fault, 9)
    assert found.head.sequence_number == 8
    assert two.large.ask(VERIFY).fault == audit_pb.AUDIT_FAULT_UNSPECIFIED


def test_an_audit_that_lost_its_end_does_not_match_a_head_read_before(
    two: Two, database: DatabaseUrls
) -> None:
    head = two.small.ask(VERIFY).head
    where = f"WHERE business_id = '{two.small.business_id}'"
    tamper(
        database, f"DELETE FROM audit_event {where} AND sequence_number = {head.sequence_number}"
    )
    assert two.small.ask(VERIFY).fault == audit_pb.AUDIT_FAULT_UNSPECIFIED
    found = two.small.ask(VERIFY, expected_head=head)
    assert found.fault == audit_pb.AUDIT_FAULT_MISSING
    assert found.fault_sequence_number == head.sequence_number


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET actor = ''", "DELETE FROM audit_event"]
)
def test_the_services_themselves_cannot_change_what_was_written(
    two: Two, database: DatabaseUrls, statement: str
) -> None:
    async def run() -> None:
        engine = create_async_engine(database.app)
        async with engine.begin() as connection:
            await connection.execute(
                text("SELECT set_config('app.business_id', :id, true)"),
                {"id": two.small.business_id},
            )
            await connection.execute(text(statement))

    with pytest.raises(Exception, match="permission denied"):
        asyncio.run(run())


def test_an_export_is_the_same_bytes_until_something_changes(two: Two) -> None:
    before = export(two.small)
    assert export(two.small) == before
    two.small.queue_decision()
    assert export(two.small) != before


def test_an_export_tells_of_every_table_and_of_one_business(two: Two) -> None:
    content = gzip.decompress(export(two.small)).decode()
    assert two.small.mark in content
    assert two.large.mark not in content
    assert two.large.business_id not in content


def test_what_was_erased_is_nowhere_and_the_other_business_is_as_it_was(
    two: Two, database: DatabaseUrls, dump: Callable[[], str]
) -> None:
    others, told = export(two.large), rows_of(database, two.large)
    assert two.small.mark in dump()
    assert erase(two.small) > 100
    left = dump()
    assert two.small.mark not in left
    assert two.small.business_id not in left
    assert two.large.mark in left
    assert export(two.large) == others
    assert rows_of(database, two.large) == told


def test_a_business_comes_back_from_its_archive_with_every_row(
    two: Two, database: DatabaseUrls
) -> None:
    archive, before = export(two.small), rows_of(database, two.small)[0]
    head = two.small.ask(VERIFY).head
    erase(two.small)
    assert restore(two.small, archive).code == "OK"
    after = rows_of(database, two.small)[0]
    added = {table: set(rows) - set(before[table]) for table, rows in after.items()}
    lost = {table: set(before[table]) - set(rows) for table, rows in after.items()}
    # The business itself has another incarnation, or an old etag would be good for it.
    assert {table: len(rows) for table, rows in lost.items() if rows} == {"business": 1}
    assert {table: len(rows) for table, rows in added.items() if rows} == {
        "business": 1,
        "audit_event": 1,
        "handled_request": 1,
    }
    found = two.small.ask(VERIFY, expected_head=head)
    assert found.fault == audit_pb.AUDIT_FAULT_UNSPECIFIED
    assert found.head.sequence_number == head.sequence_number + 1


def test_a_restore_that_is_repeated_gives_the_same_answer_and_adds_nothing(two: Two) -> None:
    archive = export(two.small)
    erase(two.small)
    message = pb.RestoreBusinessRequest(
        business_id=two.small.business_id, request_id=builders.request_id(), archive_part=archive
    )
    answers = [two.small.calls(f"{BUSINESSES}/RestoreBusiness", [message]) for _ in range(2)]
    assert answers[0].code == answers[1].code == "OK"
    assert answers[0].response == answers[1].response


def test_a_business_that_is_there_is_not_restored_over(two: Two) -> None:
    before = export(two.small)
    assert reason(restore(two.small, before)) == "BUSINESS_ALREADY_EXISTS"
    assert export(two.small) == before


def test_an_archive_of_another_business_is_refused(two: Two) -> None:
    archive = export(two.large)
    erase(two.small)
    assert reason(restore(two.small, archive)) == "ARCHIVE_INVALID"
    gone = pb.ExportBusinessRequest(business_id=two.small.business_id)
    assert two.small.calls(f"{BUSINESSES}/ExportBusiness", gone).code == "NOT_FOUND"


def test_an_archive_whose_audit_was_changed_is_refused_whole(
    two: Two, database: DatabaseUrls
) -> None:
    where = f"WHERE business_id = '{two.small.business_id}' AND sequence_number = 9"
    tamper(database, f"UPDATE audit_event SET actor = 'nobody' {where}")
    archive = export(two.small)
    erase(two.small)
    answer = restore(two.small, archive)
    assert reason(answer) == "ARCHIVE_INVALID"
    assert "event 9" in answer.message
    assert not any(rows_of(database, two.small)[0].values())


@pytest.mark.parametrize("how", ["restored", "created"])
def test_an_erasure_that_is_repeated_spares_the_business_that_came_after(
    two: Two, how: str
) -> None:
    business = two.small
    archive = export(business)
    request = pb.EraseBusinessRequest(
        business_id=business.business_id,
        request_id=builders.request_id(),
        etag=etag_of(business),
        allow_missing=True,
    )
    assert business.calls(f"{BUSINESSES}/EraseBusiness", request).response.rows > 100
    assert business.calls(f"{BUSINESSES}/EraseBusiness", request).response.rows == 0
    if how == "restored":
        assert restore(business, archive).code == "OK"
    else:
        business.change(f"{BUSINESSES}/CreateBusiness", business=business.settings())
    assert business.calls(f"{BUSINESSES}/EraseBusiness", request).code == "ABORTED"
    assert business.ask(f"{BUSINESSES}/GetBusiness").business.display_name


def test_what_changed_since_it_was_read_is_not_erased_unseen(two: Two) -> None:
    request = pb.EraseBusinessRequest(
        business_id=two.small.business_id, request_id=builders.request_id(), etag="v0"
    )
    assert two.small.calls(f"{BUSINESSES}/EraseBusiness", request).code == "ABORTED"


def test_a_business_that_is_gone_may_be_missing_if_the_caller_says_so(two: Two) -> None:
    erase(two.small)
    request = pb.EraseBusinessRequest(
        business_id=two.small.business_id, request_id=builders.request_id(), etag="v1"
    )
    assert two.small.calls(f"{BUSINESSES}/EraseBusiness", request).code == "NOT_FOUND"
    request.allow_missing = True
    answer = two.small.calls(f"{BUSINESSES}/EraseBusiness", request)
    assert (answer.code, answer.response.rows) == ("OK", 0)
