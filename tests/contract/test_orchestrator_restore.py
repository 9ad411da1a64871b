"""What RestoreBusiness takes can be read: an archive with one value changed is refused, or every
read answers as before.
"""

import base64
import datetime
import gzip
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from runway.orchestrator.v1 import business_service_pb2 as pb
from sqlalchemy import Table

from orchestrator_svc.servicers.reading_back import LONGEST_DAYS
from orchestrator_svc.store.archives import TABLES
from support import builders, two_businesses
from support.calls import Answer, Calls, calling, request_class
from support.servers import Stack
from support.two_businesses import AUDITS, BUSINESSES, CONSOLES, DIGESTS, LEDGERS, TRAYS, Business

pytestmark = pytest.mark.database

READS: list[tuple[str, dict[str, Any]]] = [
    (f"{BUSINESSES}/GetBusiness", {}),
    (f"{LEDGERS}/GetLedger", {}),
    (f"{LEDGERS}/GetLedgerHistory", {"days": LONGEST_DAYS}),
    (f"{LEDGERS}/ListBills", {"page_size": 1000}),
    (f"{LEDGERS}/ListInvoices", {"page_size": 1000}),
    (f"{LEDGERS}/ListPlannedItems", {}),
    (f"{CONSOLES}/GetConsoleData", {}),
    (f"{TRAYS}/GetTrayData", {}),
    (f"{TRAYS}/ListTrayItems", {}),
    (f"{DIGESTS}/GetDigestData", {}),
    (f"{DIGESTS}/ListDigests", {}),
    (f"{DIGESTS}/GetDigestSettings", {}),
    (f"{two_businesses.BACKTESTS}/GetBacktest", {}),
    (f"{two_businesses.HAND_OVERS}/ListHandOvers", {}),
    (f"{AUDITS}/ListAuditEvents", {"page_size": 1000}),
]
# One value for each kind of column that its type takes and hardly any rule does.
NASTY: dict[type, Any] = {
    int: 2**62,
    str: "no such word",
    bytes: base64.b64encode(b"x").decode(),
    dict: {"bad": [1]},
    list: [""],
    datetime.date: "9999-12-31",
    datetime.datetime: "9999-12-31T23:59:59+00:00",
}
# In the other columns of text any text is right, or another row's id is wanted.
WORDS = {
    *("action", "category", "currency", "kind", "priority", "recurrence", "source_kind", "state"),
    *("status", "tier", "time_window", "time_zone", "trigger_type"),
}
BY_NAME = {table.name: table for table in TABLES}
Rows = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def business(stack: Stack) -> Iterator[Business]:
    with calling(stack) as calls:
        yield two_businesses.begin_small(calls)


def rows_of(archive: bytes) -> Rows:
    return [tuple(json.loads(line)) for line in gzip.decompress(archive).splitlines()[1:-1]]


def sealed(business: Business, rows: Rows) -> bytes:
    header = {"format": "runway business archive", "version": 1}
    lines = [{**header, "business_id": business.business_id}, *rows]
    content = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
    seal = {"rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
    return gzip.compress(content + json.dumps(seal).encode() + b"\n", 1)


def restored(business: Business, archive: bytes) -> Answer:
    """Restore an archive in the place of what there is."""
    calls, business_id = business.calls, business.business_id
    found = calls(f"{BUSINESSES}/GetBusiness", pb.GetBusinessRequest(business_id=business_id))
    if found.code == "OK":
        business.ask(
            f"{BUSINESSES}/EraseBusiness",
            request_id=builders.request_id(),
            etag=found.response.business.etag,
        )
    message = pb.RestoreBusinessRequest(
        business_id=business_id, request_id=builders.request_id(), archive_part=archive
    )
    return calls(f"{BUSINESSES}/RestoreBusiness", [message])


def failing_reads(calls: Calls, business: Business) -> list[str]:
    """Return the reads that cannot answer."""
    failing = []
    for name, fields in READS:
        request = request_class(name)(business_id=business.business_id, **fields)
        if (code := calls(name, request).code) != "OK":
            failing.append(f"{name} {code}")
    return failing


def changed(rows: Rows, table: Table, column: str, value: Any) -> Rows:
    """Return rows of which the first of a table that says anything in a column has another."""
    at = [i for i, (name, _) in enumerate(rows) if name == table.name]
    telling = [i for i in at if rows[i][1][column] not in (None, value)] or at
    here = telling[0]
    return [*rows[:here], (table.name, {**rows[here][1], column: value}), *rows[here + 1 :]]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("business", "healthy_days", 2**40),
        ("backtest_record", "figures", {"bad": 1}),
        ("planned_item", "category", "gold"),
        ("bill", "category", "gold"),
        ("cash_posting", "category", "gold"),
        ("finalized_decision", "action", "gamble"),
        ("vendor", "net_days", 2**40),
        ("customer", "net_days", -1),
        ("vendor", "discount_days", 2**40),
        ("customer", "discount_basis_points", 10_001),
    ],
)
def test_an_archive_that_could_not_be_read_is_refused(
    business: Business, table: str, column: str, value: Any
) -> None:
    archive = sealed_before(business)
    changed_rows = changed(rows_of(archive), BY_NAME[table], column, value)
    answer = restored(business, sealed(business, changed_rows))
    assert (answer.code, "ARCHIVE_INVALID" in answer.everything) == ("INVALID_ARGUMENT", True)


_archives: dict[str, bytes] = {}


def sealed_before(business: Business) -> bytes:
    """Return the archive of the business as it was at first."""
    if business.business_id not in _archives:
        archive = bytes(business.ask(f"{BUSINESSES}/ExportBusiness").archive)
        _archives[business.business_id] = archive
    return _archives[business.business_id]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_whatever_value_of_an_archive_changes_it_is_refused_or_can_be_read(
    business: Business, table: Table
) -> None:
    rows, calls = rows_of(sealed_before(business)), business.calls
    failing = {}
    for column in table.columns:
        kind = column.type.python_type
        if kind not in NASTY or (kind is str and column.name not in WORDS):
            continue
        value = NASTY[kind]
        answer = restored(business, sealed(business, changed(rows, table, column.name, value)))
        assert answer.code in ("OK", "INVALID_ARGUMENT"), (column.name, value, answer)
        if answer.code == "OK" and (codes := failing_reads(calls, business)):
            failing[column.name] = codes
    assert failing == {}
