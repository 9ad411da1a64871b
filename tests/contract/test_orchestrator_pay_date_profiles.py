"""PayDateProfileService of the orchestrator: one profile a business, kept once, audited, and in
every ledger of its day and later.
"""

import asyncio
from typing import Any

import grpc
import pytest
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    decision_console_service_pb2_grpc,
    digest_service_pb2_grpc,
    hygiene_tray_service_pb2_grpc,
    ledger_service_pb2_grpc,
    pay_date_profile_service_pb2_grpc,
)
from runway.orchestrator.v1 import decision_console_service_pb2 as console_pb
from runway.orchestrator.v1 import digest_service_pb2 as digest_pb
from runway.orchestrator.v1 import hygiene_tray_service_pb2 as tray_pb
from runway.orchestrator.v1 import ledger_service_pb2 as ledger_pb
from runway.orchestrator.v1 import pay_date_profile_service_pb2 as pb
from sqlalchemy import text

from support import builders, catalogue, identity
from support.builders import day, pay_date_profile
from support.databases import DatabaseUrls
from support.errors import reason_of, violations_of
from support.servers import Stack

GRPC_SERVICE = "orchestrator"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return pay_date_profile_service_pb2_grpc.PayDateProfileServiceStub


@pytest.fixture
def business(stack: Stack) -> str:
    business_id = builders.business_id("profile")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
    return business_id


def record(stub: Any, business_id: str, request_id: str = "", **changes: Any) -> Any:
    return stub.RecordPayDateProfile(
        pb.RecordPayDateProfileRequest(
            business_id=business_id,
            request_id=request_id or builders.request_id(),
            profile=pay_date_profile(**changes),
        )
    )


def of_ledger(channel: grpc.Channel, business_id: str, as_of: str | None = None) -> Any:
    """Return the profile in the ledger of a day; today's, 2026-05-05, unless told otherwise."""
    request = ledger_pb.GetLedgerRequest(business_id=business_id)
    if as_of:
        request.as_of.CopyFrom(day(as_of))
    ledger = ledger_service_pb2_grpc.LedgerServiceStub(channel).GetLedger(request).ledger
    return ledger.pay_date_profile if ledger.HasField("pay_date_profile") else None


def test_every_ledger_of_today_has_the_profile_as_it_came(
    grpc_stub: Any, grpc_channel: Any, business: str
) -> None:
    assert of_ledger(grpc_channel, business) is None
    answer = record(grpc_stub, business)
    assert answer.fitted_on == day("2026-05-05")
    assert (answer.observation_count, answer.customer_count) == (12, 1)
    console = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(grpc_channel)
    digest = digest_service_pb2_grpc.DigestServiceStub(grpc_channel)
    tray = hygiene_tray_service_pb2_grpc.HygieneTrayServiceStub(grpc_channel)
    ledgers = ledger_service_pb2_grpc.LedgerServiceStub(grpc_channel)
    of = {"business_id": business}
    for ledger in (
        ledgers.GetLedger(ledger_pb.GetLedgerRequest(**of)).ledger,
        console.GetConsoleData(console_pb.GetConsoleDataRequest(**of)).ledger,
        digest.GetDigestData(digest_pb.GetDigestDataRequest(**of)).ledger,
        tray.GetTrayData(tray_pb.GetTrayDataRequest(**of)).ledger,
        ledgers.GetLedgerHistory(ledger_pb.GetLedgerHistoryRequest(days=7, **of)).history.ledger,
    ):
        assert ledger.pay_date_profile == pay_date_profile()


def test_a_ledger_of_an_earlier_day_has_no_profile_that_was_fitted_later(
    grpc_stub: Any, grpc_channel: Any, business: str
) -> None:
    record(grpc_stub, business, fitted_on=day("2026-04-20"))
    assert of_ledger(grpc_channel, business, "2026-04-20") is not None
    assert of_ledger(grpc_channel, business, "2026-04-19") is None
    digest = digest_service_pb2_grpc.DigestServiceStub(grpc_channel).GetDigestData(
        digest_pb.GetDigestDataRequest(business_id=business)
    )
    assert digest.ledger.HasField("pay_date_profile")
    assert not digest.ledger_before.HasField("pay_date_profile")


def test_the_newer_profile_stands_in_the_place_of_the_older_and_the_audit_has_both(
    grpc_stub: Any, grpc_channel: Any, business: str, database: DatabaseUrls
) -> None:
    for count in (1, 2, 2):
        record(grpc_stub, business, observation_count=count)
    assert of_ledger(grpc_channel, business).observation_count == 2
    # The third is the second again, by which nothing changes.
    assert asyncio.run(audited(database, business)) == [(None, 1), (1, 2)]


async def audited(database: DatabaseUrls, business_id: str) -> list[tuple[Any, Any]]:
    async with catalogue.passing_transaction(database.owner) as owner:
        await owner.execute(text("ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY"))
        rows = await owner.execute(
            text(
                "SELECT before, after FROM audit_event WHERE business_id = :id"
                " AND subject_kind = 'pay_date_profile' ORDER BY sequence_number"
            ),
            {"id": business_id},
        )
        found = rows.all()
    assert all(len(after["content_sha256"]) == 64 for _, after in found)
    return [tuple(side and side["observation_count"] for side in row) for row in found]


def test_the_same_request_id_keeps_the_profile_once_and_no_other_body(
    grpc_stub: Any, grpc_channel: Any, business: str
) -> None:
    request_id = builders.request_id()
    first = record(grpc_stub, business, request_id)
    record(grpc_stub, business, observation_count=3)
    assert record(grpc_stub, business, request_id) == first
    assert of_ledger(grpc_channel, business).observation_count == 3
    with pytest.raises(grpc.RpcError) as caught:
        record(grpc_stub, business, request_id, observation_count=4)
    assert reason_of(caught.value) == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fitted_on": day("2026-05-06")}, "profile.fitted_on"),
        ({"fitted_on": {"year": 2026, "month": 2, "day": 30}}, "profile.fitted_on"),
        ({"fitted_on": None}, "profile.fitted_on"),
        ({"version": 0}, "profile.version"),
        ({"observation_count": -1}, "profile.observation_count"),
        ({"customer_ids": [""]}, "profile.customer_ids[0]"),
        ({"customer_ids": ["c1", "c1"]}, "profile.customer_ids"),
        ({"means": [float("nan")]}, "profile.means[0]"),
        ({"means": [float("-inf")]}, "profile.means[0]"),
        ({"scales": [0.0]}, "profile.scales[0]"),
        ({"new_customer_means": [float("inf")]}, "profile.new_customer_means[0]"),
        ({"new_customer_scales": [1.0, -1.0]}, "profile.new_customer_scales[1]"),
        ({"shape": [0.0] * 1001}, "profile.shape"),
        ({"shape": [1e300]}, "profile.shape[0]"),
        ({"tail_share": 0.0}, "profile.tail_share"),
        ({"drift": float("nan")}, "profile.drift"),
        ({"calibrated": [1.5]}, "profile.calibrated[0]"),
        ({"common_share": -0.1}, "profile.common_share"),
        ({"customer_share": 1.1}, "profile.customer_share"),
    ],
    ids=str,
)
def test_a_profile_that_cannot_be_is_refused_and_nothing_kept(
    grpc_stub: Any, grpc_channel: Any, business: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        record(grpc_stub, business, **changes)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations_of(caught.value)) == [field]
    assert of_ledger(grpc_channel, business) is None


def test_a_profile_without_a_business_is_refused(grpc_stub: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        record(grpc_stub, "nobody")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert reason_of(caught.value) == "BUSINESS_NOT_FOUND"
