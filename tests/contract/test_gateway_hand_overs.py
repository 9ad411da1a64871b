"""The gateway's HandOverService on the real three services, and what the portfolio says of it."""

from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from runway.experience.v1 import hand_over_service_pb2 as pb
from runway.experience.v1 import hand_over_service_pb2_grpc, portfolio_service_pb2_grpc
from runway.experience.v1 import portfolio_service_pb2 as portfolio_pb
from runway.ledger.v1 import hand_over_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc
from runway.orchestrator.v1 import hand_over_service_pb2 as orchestrator_pb

from support import builders, identity, servers
from support.builders import request_id
from support.descriptors import shape
from support.errors import reason_of, retry_after_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return hand_over_service_pb2_grpc.HandOverServiceStub


@pytest.fixture
def business(stack: Stack) -> str:
    business_id = builders.business_id("passed-on")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
    return business_id


def create(business_id: str) -> pb.CreateHandOverRequest:
    hand_over = hand_over_pb2.HandOver(
        issue_key="STALE:bank", from_person="Ann", to_person="Bob", note="Please look"
    )
    return pb.CreateHandOverRequest(
        business_id=business_id, request_id=request_id(), hand_over=hand_over
    )


def set_status(
    business_id: str, old: hand_over_pb2.HandOver, status: Any
) -> pb.UpdateHandOverRequest:
    return pb.UpdateHandOverRequest(
        business_id=business_id,
        request_id=request_id(),
        hand_over_id=old.hand_over_id,
        hand_over=hand_over_pb2.HandOver(status=status, etag=old.etag),
        update_mask=field_mask_pb2.FieldMask(paths=["status"]),
    )


def test_what_is_handed_over_is_answered_and_listed(grpc_stub: Any, business: str) -> None:
    made = grpc_stub.CreateHandOver(create(business))
    assert (made.business_id, made.hand_over.issue_key) == (business, "STALE:bank")
    accepted = grpc_stub.UpdateHandOver(
        set_status(business, made.hand_over, hand_over_pb2.HAND_OVER_STATUS_ACCEPTED)
    )
    assert accepted.hand_over.status == hand_over_pb2.HAND_OVER_STATUS_ACCEPTED
    answer = grpc_stub.ListHandOvers(pb.ListHandOversRequest(business_id=business))
    assert (answer.business_id, list(answer.hand_overs)) == (business, [accepted.hand_over])


def test_a_portfolio_counts_what_waits_in_each_business(
    grpc_stub: Any, grpc_channel: grpc.Channel, stack: Stack, business: str
) -> None:
    other = builders.business_id("nothing-waits")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(other)
        )
    waiting, done = (grpc_stub.CreateHandOver(create(business)).hand_over for _ in range(2))
    assert waiting != done
    grpc_stub.UpdateHandOver(set_status(business, done, hand_over_pb2.HAND_OVER_STATUS_DONE))
    answer = portfolio_service_pb2_grpc.PortfolioServiceStub(grpc_channel).GetPortfolio(
        portfolio_pb.GetPortfolioRequest(business_id=business, business_ids=[business, other])
    )
    counts = {one.business_id: one.figures.open_hand_over_count for one in answer.businesses}
    assert counts == {business: 1, other: 0}


def test_an_orchestrator_that_is_away_is_named(stack: Stack) -> None:
    with (
        servers.gateway("127.0.0.1:1", stack.calculator) as (address, _),
        identity.channel(address) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        hand_over_service_pb2_grpc.HandOverServiceStub(channel).ListHandOvers(
            pb.ListHandOversRequest(business_id="anybody")
        )
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert reason_of(caught.value) == "ORCHESTRATOR_UNAVAILABLE"
    assert retry_after_of(caught.value) == 1.0


@pytest.mark.parametrize("name", pb.DESCRIPTOR.message_types_by_name)
def test_messages_that_pass_through_are_the_same_field_for_field(name: str) -> None:
    theirs = orchestrator_pb.DESCRIPTOR.message_types_by_name[name]
    assert shape(pb.DESCRIPTOR.message_types_by_name[name]) == shape(theirs)
