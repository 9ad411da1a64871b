"""Page tokens that nobody was given, for every listing."""

import base64
import hashlib
import json
from typing import Any

import grpc
import pytest

from orchestrator_svc.domain.paging import next_token
from support import builders, identity
from support.calls import request_class
from support.descriptors import rpcs, runway_files
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"
LISTINGS = [
    rpc
    for rpc in rpcs(runway_files())
    if rpc.name.startswith("List") and rpc.service.startswith("runway.orchestrator.")
]


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    from runway.orchestrator.v1 import business_service_pb2_grpc

    return business_service_pb2_grpc.BusinessServiceStub


@pytest.fixture(scope="module")
def business(grpc_stub: Any) -> str:
    business_id = builders.business_id("pages")
    grpc_stub.CreateBusiness(builders.create_business(business_id))
    return business_id


def queries(name: str) -> list[str]:
    """Return how a listing may call itself in its tokens: forged ones have to guess it."""
    words = {
        "ListPlannedItems": ["planned_item"],
        "ListEarmarks": ["earmark"],
        "ListDigests": ["digests"],
        "ListBills": ["bills "],
        "ListInvoices": ["invoices "],
        "ListAccounts": ["accounts"],
        "ListTrayItems": ["tray items "],
    }
    return words.get(name, [name])


@pytest.mark.parametrize("rpc", LISTINGS, ids=[rpc.full_name for rpc in LISTINGS])
@pytest.mark.parametrize("after", ["no-id", "", "1", "\u0000", "' OR 1=1 --", "x" * 500])
def test_a_forged_token_is_refused_or_goes_on_within_the_same_business(
    rpc: Any, after: str, grpc_channel: grpc.Channel, business: str
) -> None:
    call = grpc_channel.unary_unary(f"/{rpc.full_name}")
    allowed = identity.bearer(rpc.full_name, business)
    for query in queries(rpc.name):
        token = next_token(business, query, after)
        request = request_class(rpc.full_name)(business_id=business, page_token=token)
        try:
            call(request.SerializeToString(), timeout=10, metadata=allowed)
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert reason_of(error) == "PAGE_TOKEN_INVALID"
            assert violations_of(error) == ["page_token"]


@pytest.mark.parametrize("rpc", LISTINGS, ids=[rpc.full_name for rpc in LISTINGS])
@pytest.mark.parametrize(
    "token",
    [
        "no token",
        base64.urlsafe_b64encode(b"[1]").decode(),
        base64.urlsafe_b64encode(json.dumps([hashlib.sha256().hexdigest(), 7]).encode()).decode(),
    ],
)
def test_what_is_no_token_is_refused(
    rpc: Any, token: str, grpc_channel: grpc.Channel, business: str
) -> None:
    request = request_class(rpc.full_name)(business_id=business, page_token=token)
    call = grpc_channel.unary_unary(f"/{rpc.full_name}")
    allowed = identity.bearer(rpc.full_name, business)
    with pytest.raises(grpc.RpcError) as caught:
        call(request.SerializeToString(), timeout=10, metadata=allowed)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(caught.value) == "PAGE_TOKEN_INVALID"
