"""The gateway's LeavingService on the real three services."""

import base64
from typing import Any

import grpc
import httpx
import pytest
from runway.experience.v1 import leaving_service_pb2 as pb
from runway.experience.v1 import leaving_service_pb2_grpc
from runway.experience.v1.business_settings_service_pb2 import GetBusinessRequest
from runway.experience.v1.business_settings_service_pb2_grpc import BusinessSettingsServiceStub
from runway.orchestrator.v1 import (
    business_service_pb2,
    business_service_pb2_grpc,
    ledger_service_pb2_grpc,
)

from service_kit.identity import Role
from support import builders, identity
from support.builders import request_id
from support.descriptors import shape
from support.errors import reason_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
EXPORT = "runway.experience.v1.LeavingService/ExportBusiness"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return leaving_service_pb2_grpc.LeavingServiceStub


@pytest.fixture
def business(stack: Stack) -> str:
    business_id = builders.business_id("leaving")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *builders.small_books())])
        )
    return business_id


def etag_of(channel: grpc.Channel, business_id: str) -> str:
    settings: Any = BusinessSettingsServiceStub(channel)
    found = settings.GetBusiness(GetBusinessRequest(business_id=business_id))
    return str(found.business.etag)


def erasing(business_id: str, etag: str, **fields: Any) -> pb.EraseBusinessRequest:
    return pb.EraseBusinessRequest(
        business_id=business_id, request_id=request_id(), etag=etag, **fields
    )


def test_an_owner_takes_along_what_the_orchestrator_exports_over_grpc_and_http(
    grpc_stub: Any, stack: Stack, business: str
) -> None:
    with identity.channel(stack.orchestrator) as channel:
        kept = business_service_pb2_grpc.BusinessServiceStub(channel).ExportBusiness(
            business_service_pb2.ExportBusinessRequest(business_id=business)
        )
    exported = grpc_stub.ExportBusiness(pb.ExportBusinessRequest(business_id=business))
    assert exported.SerializeToString() == kept.SerializeToString()
    posted = httpx.post(
        f"http://{stack.gateway_http}/{EXPORT}",
        json={"businessId": business},
        headers=identity.headers(business),
    )
    assert base64.b64decode(posted.json()["archive"]) == kept.archive


def test_an_owner_leaves_nothing_behind_and_what_changed_meanwhile_is_not_erased_unseen(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    etag = etag_of(grpc_channel, business)
    with pytest.raises(grpc.RpcError) as stale:
        grpc_stub.EraseBusiness(erasing(business, "v0"))
    assert (stale.value.code(), reason_of(stale.value)) == (
        grpc.StatusCode.ABORTED,
        "ETAG_MISMATCH",
    )
    assert grpc_stub.EraseBusiness(erasing(business, etag)).rows > 1
    with pytest.raises(grpc.RpcError) as gone:
        etag_of(grpc_channel, business)
    assert reason_of(gone.value) == "BUSINESS_NOT_FOUND"
    assert grpc_stub.EraseBusiness(erasing(business, etag, allow_missing=True)).rows == 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADVISER])
def test_who_does_not_own_a_business_neither_takes_it_along_nor_erases_it(
    stack: Stack, business: str, role: Role
) -> None:
    with grpc.insecure_channel(stack.gateway_grpc) as channel:
        stub: Any = leaving_service_pb2_grpc.LeavingServiceStub(channel)
        metadata = identity.bearer(EXPORT, business, role=role)
        for call, request in (
            (stub.ExportBusiness, pb.ExportBusinessRequest(business_id=business)),
            (stub.EraseBusiness, erasing(business, "v1")),
        ):
            with pytest.raises(grpc.RpcError) as refused:
                call(request, metadata=metadata)
            assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_messages_that_pass_through_are_the_same_field_for_field() -> None:
    theirs = business_service_pb2.DESCRIPTOR.message_types_by_name
    for name, message in pb.DESCRIPTOR.message_types_by_name.items():
        assert shape(message) == shape(theirs[name]), name
