"""Reading the records behind the books."""

import datetime

from orchestrator_svc.domain.books import HISTORY_DAYS, Books
from orchestrator_svc.domain.hygiene_records import HygieneRecords, on_the_day
from orchestrator_svc.store import hygiene_records, sync_gaps
from orchestrator_svc.store.database import Snapshot


async def read_hygiene_records(
    snapshot: Snapshot, books: Books, now: datetime.datetime
) -> HygieneRecords:
    """Read the records behind the books of a day, from the snapshot that these are of."""
    since = books.as_of - datetime.timedelta(days=HISTORY_DAYS)
    payments, transactions = await hygiene_records.transactions(snapshot, since)
    synced_at = books.business.synced_at
    found = HygieneRecords(
        bills=await hygiene_records.bills(snapshot, since),
        invoices=await hygiene_records.invoices(snapshot, since),
        parties=await hygiene_records.parties(snapshot),
        accounts=await hygiene_records.accounts(snapshot),
        payments=payments,
        transactions=transactions,
        movements=await hygiene_records.movements(snapshot, books.as_of, since),
        synced_date=None if synced_at is None else books.business.today(synced_at),
        closed_through=books.business.books_closed_through,
        days_not_read=[
            (books.business.today(gap.began_at), books.business.today(gap.ended_at))
            for gap in await sync_gaps.every(snapshot)
        ],
    )
    return on_the_day(found, books, books.business.today(now))
