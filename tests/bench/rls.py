"""What row-level security costs: the services' own reads with policies, beside the same statements
on the same rows without any.

The services' role is bound by the policies; for the length of this run the tables' owner is not.
Both ask in turn, each time for another business, so that they find the same pages in memory and
share whatever else the machine does. Every statement names its business, with policies or not:
that is the second wall, and the plan is the same.
"""

import datetime
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvloop
from sqlalchemy import make_url

from bench.report import Measure, print_report
from orchestrator_svc.store import books
from orchestrator_svc.store.archives import TABLES
from orchestrator_svc.store.database import Snapshot
from support.databases import DatabaseUrls, own_database

BUSINESSES = 10_000
DOCUMENTS = 1_000_000
ROUNDS = 4_000
MOST_RATIO = 1.10
AS_OF = datetime.date(2026, 10, 30)

_OF_EACH_KIND = DOCUMENTS // BUSINESSES // 2
_PARTIES = 5
_OPEN = 10
_BIND = "SELECT set_config('app.business_id', $1, false)"

_FILL = f"""
INSERT INTO business (business_id, display_name, currency, time_zone, critical_days, warning_days,
    healthy_days, cash_floor_minor, version, queue_version, created_at, updated_at)
SELECT 'b' || b, 'Business ' || b, 'USD', 'UTC', 30, 60, 120, 0, 1, 1, now(), now()
FROM generate_series(1, {BUSINESSES}) b;
INSERT INTO account (business_id, account_id, display_name, kind, subtype, active, balance_minor,
    currency, source_version, digest)
SELECT 'b' || b, '35', 'Checking', 'bank', 'Checking', true, 1000000, 'USD', 1, ''
FROM generate_series(1, {BUSINESSES}) b;
INSERT INTO vendor (business_id, vendor_id, display_name, active, balance_minor, currency,
    source_version, digest)
SELECT 'b' || b, 'p' || p, 'Vendor ' || p, true, 0, 'USD', 1, ''
FROM generate_series(1, {BUSINESSES}) b, generate_series(1, {_PARTIES}) p;
INSERT INTO customer (business_id, customer_id, display_name, active, balance_minor, currency,
    source_version, digest)
SELECT 'b' || b, 'p' || p, 'Customer ' || p, true, 0, 'USD', 1, ''
FROM generate_series(1, {BUSINESSES}) b, generate_series(1, {_PARTIES}) p;
""" + "".join(
    f"""
INSERT INTO {document} (business_id, {document}_id, {party}_id, document_number, issue_date,
    due_date, total_minor, balance_minor, currency, state, settled_date, source_version, digest
    {extra_names})
SELECT 'b' || b, 'd' || d, 'p' || d % {_PARTIES} + 1, 'N' || d, DATE '2026-10-30' - d * 3,
    DATE '2026-11-29' - d * 3, 10000 + d, CASE WHEN d <= {_OPEN} THEN 10000 + d ELSE 0 END, 'USD',
    CASE WHEN d <= {_OPEN} THEN 'open' ELSE 'paid' END,
    CASE WHEN d <= {_OPEN} THEN NULL ELSE DATE '2026-11-05' - d * 3 END, 1, '' {extra_values}
FROM generate_series(1, {BUSINESSES}) b, generate_series(1, {_OF_EACH_KIND}) d;
"""
    for document, party, extra_names, extra_values in (
        ("bill", "vendor", ", category", ", 'vendor'"),
        ("invoice", "customer", "", ""),
    )
)  # fmt: skip

Read = Callable[[Snapshot], Awaitable[Any]]
READS: dict[str, Read] = {
    "open bills": lambda snapshot: books.open_bills(snapshot, AS_OF),
    "open invoices": lambda snapshot: books.open_invoices(snapshot, AS_OF),
    "accounts": lambda snapshot: books.accounts(snapshot, AS_OF),
    "customers and vendors": lambda snapshot: books.parties(snapshot, AS_OF),
    "history": lambda snapshot: books.history(snapshot, AS_OF, ["35"]),
}


async def measure(urls: DatabaseUrls) -> list[Measure]:
    """Fill the tables, and time every read both ways."""
    async with _connected(urls.owner) as owner, _connected(urls.app) as app:
        for table in TABLES:
            await owner.execute(f"ALTER TABLE {table.name} NO FORCE ROW LEVEL SECURITY")
        print(f"  filling {BUSINESSES:,} businesses, {DOCUMENTS:,} documents", file=sys.stderr)
        await owner.execute(_FILL)
        for table in TABLES:
            await owner.execute(f"ANALYZE {table.name}")
        await _check_that_policies_bind(owner, app)
        print(f"  {ROUNDS:,} rounds", file=sys.stderr)
        times = await _times(app, owner)
        whole = _measure(
            "all of a Decision Console's reads",
            sum(bound for bound, _ in times.values()),
            sum(free for _, free in times.values()),
        )
        return [whole, *(_measure(name, bound, free) for name, (bound, free) in times.items())]


async def _check_that_policies_bind(owner: Any, app: Any) -> None:
    count = "SELECT count(*) FROM bill"
    await app.fetchval(_BIND, "b1")
    assert await app.fetchval(count) == _OF_EACH_KIND
    assert await owner.fetchval(count) == DOCUMENTS // 2


async def _times(app: Any, owner: Any) -> dict[str, tuple[float, float]]:
    """Return the median milliseconds of each read with policies and without.

    All reads take turns, so that whatever else the machine does for a while concerns them all.
    """
    chance = random.Random(7)
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in READS}
    for number in range(ROUNDS + ROUNDS // 10):
        business_id = f"b{chance.randint(1, BUSINESSES)}"
        await app.fetchval(_BIND, business_id)
        for name, read in READS.items():
            # Whoever asks second finds the pages warm: each does so every other time.
            for which in (0, 1) if number % 2 else (1, 0):
                snapshot = Snapshot(business_id, (app, owner)[which])
                began = time.perf_counter()
                found = await read(snapshot)
                taken = time.perf_counter() - began
                assert found
                if number >= ROUNDS // 10:
                    times[name][which].append(taken * 1000)
    return {
        name: (statistics.median(bound), statistics.median(free))
        for name, (bound, free) in times.items()
    }


def _measure(name: str, bound: float, free: float) -> Measure:
    ratio = bound / free
    return Measure(
        name,
        f"{ratio:.3f}",
        f"<= {MOST_RATIO:.2f}",
        ratio <= MOST_RATIO,
        f"{bound:.3f} ms with policies / {free:.3f} ms without",
        is_ratio=True,
    )


@asynccontextmanager
async def _connected(url: str) -> Any:
    parts = make_url(url).set(drivername="postgresql")
    settings = {"jit": "off", "plan_cache_mode": "force_generic_plan"}
    connection = await asyncpg.connect(
        parts.render_as_string(hide_password=False), server_settings=settings
    )
    try:
        yield connection
    finally:
        await connection.close()


def main() -> int:
    """Measure and print; return 1 when a read, or all of them together, is above the goal."""
    with own_database() as urls:
        measures = uvloop.run(measure(urls))
    print_report(measures)
    return 0 if all(measure.reached for measure in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
