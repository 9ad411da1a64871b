"""What the books tell does not hang on how the rows happen to lie in the database."""

import asyncio

from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
)
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from support import builders, identity
from support.builders import day
from support.databases import DatabaseUrls


def test_the_same_books_give_the_same_bytes_after_their_rows_have_moved(
    orchestrator_address: str, database: DatabaseUrls
) -> None:
    business_id = builders.business_id("order")
    # Many on one day, so that nothing but the amounts tells them apart.
    rents = [
        builders.rent_paid("2026-04-01", f"-{number}.00", f"r{number}") for number in range(60)
    ]
    with identity.channel(orchestrator_address) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        stub = ledger_service_pb2_grpc.LedgerServiceStub(channel)
        stub.ImportLedger(
            iter([builders.import_ledger(business_id, *builders.small_books(), *rents)])
        )
        request = ledger_service_pb2.GetLedgerRequest(
            business_id=business_id, as_of=day("2026-05-05")
        )
        before = stub.GetLedger(request).SerializeToString(deterministic=True)
        asyncio.run(_move_every_other_posting(database, business_id))
        after = stub.GetLedger(request).SerializeToString(deterministic=True)
    assert after == before


async def _move_every_other_posting(database: DatabaseUrls, business_id: str) -> None:
    """Write rows anew, which puts them behind the others."""
    engine = create_async_engine(database.owner, poolclass=NullPool)
    async with engine.begin() as owner:
        await owner.execute(
            text("SELECT set_config('app.business_id', :id, true)"), {"id": business_id}
        )
        done = await owner.execute(
            text(
                "UPDATE cash_posting SET counterparty = counterparty"
                " WHERE business_id = :id AND amount_minor % 200 = 0"
            ),
            {"id": business_id},
        )
    await engine.dispose()
    assert done.rowcount > 20
