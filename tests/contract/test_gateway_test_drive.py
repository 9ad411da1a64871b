"""The gateway's TestDriveService on the real three services, through pytest-grpc's stub."""

import re
from typing import Any

import grpc
import pytest
from runway.experience.v1 import test_drive_service_pb2 as pb
from runway.experience.v1 import test_drive_service_pb2_grpc
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from support import builders, identity
from support.builders import day, request_id
from support.errors import reason_of, violations_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
EXPERIMENT = "digest-headline"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return test_drive_service_pb2_grpc.TestDriveServiceStub


def prospect(stack: Stack) -> str:
    business_id = builders.business_id("prospect")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *builders.small_books())])
        )
    return business_id


@pytest.fixture
def business(stack: Stack) -> str:
    return prospect(stack)


def get(stub: Any, business: str, experiment: str = EXPERIMENT) -> pb.GetTestDriveResponse:
    answer: pb.GetTestDriveResponse = stub.GetTestDrive(
        pb.GetTestDriveRequest(
            business_id=business, experiment=experiment, as_of=day("2026-05-05")
        ),
        timeout=30,
    )
    return answer


def expose(stub: Any, business: str, **fields: Any) -> Any:
    request = {"business_id": business, "request_id": request_id(), "experiment": EXPERIMENT}
    return stub.RecordExposure(pb.RecordExposureRequest(**request, **fields)).participation


def convert(stub: Any, business: str) -> Any:
    request = pb.RecordConversionRequest(
        business_id=business, request_id=request_id(), experiment=EXPERIMENT
    )
    return stub.RecordConversion(request).participation


def test_a_prospect_sees_the_digest_in_its_own_variant_each_time(
    grpc_stub: Any, stack: Stack
) -> None:
    shown = {}
    while len(shown) < 2:
        business = prospect(stack)
        drive = get(grpc_stub, business)
        assert get(grpc_stub, business) == drive
        assert drive.digest.config.experiment_variant == drive.variant
        shown[drive.variant] = drive.digest.subject
    assert "of cash, " in shown["cash-first"]
    assert ": Cash lasts " in shown["date-first"]


def test_to_look_writes_nothing_and_the_first_exposure_counts(
    grpc_stub: Any, business: str
) -> None:
    drive = get(grpc_stub, business)
    with pytest.raises(grpc.RpcError) as caught:
        convert(grpc_stub, business)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert reason_of(caught.value) == "NOT_EXPOSED"
    first = expose(grpc_stub, business)
    assert first.variant == drive.variant
    assert not first.HasField("conversion_time")
    assert expose(grpc_stub, business) == first


def test_the_first_conversion_counts(grpc_stub: Any, business: str) -> None:
    expose(grpc_stub, business)
    first = convert(grpc_stub, business)
    assert first.HasField("conversion_time")
    assert convert(grpc_stub, business) == first


def test_results_count_the_businesses_named_and_no_other(grpc_stub: Any, stack: Stack) -> None:
    businesses = [prospect(stack) for _ in range(6)]
    unseen, outside = prospect(stack), prospect(stack)
    variants = [expose(grpc_stub, one).variant for one in businesses]
    convert(grpc_stub, businesses[0])
    expose(grpc_stub, outside)
    answer = grpc_stub.GetExperimentResults(
        pb.GetExperimentResultsRequest(
            business_id="the-firm",
            experiment=EXPERIMENT,
            business_ids=[*businesses, unseen, "nobody-at-all"],
        )
    )
    assert answer.failed_count == 1
    assert {one.variant: one.exposed_count for one in answer.variants} == {
        name: variants.count(name) for name in ("date-first", "cash-first")
    }
    assert sum(one.converted_count for one in answer.variants) == 1
    assert answer.warning.startswith("Fewer than 100 businesses have seen")
    first, second = answer.variants
    assert not first.HasField("difference")
    assert second.difference.low < second.difference.high


@pytest.mark.parametrize("method", ["get", "expose"])
def test_an_experiment_that_is_none_is_not_found(
    grpc_stub: Any, business: str, method: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        if method == "get":
            get(grpc_stub, business, "no-such-thing")
        else:
            grpc_stub.RecordExposure(
                pb.RecordExposureRequest(
                    business_id=business, request_id=request_id(), experiment="no-such-thing"
                )
            )
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert reason_of(caught.value) == "EXPERIMENT_NOT_FOUND"
    assert violations_of(caught.value) == ["experiment"]


# Sandboxes


def sandbox(business_id: str, **fields: Any) -> pb.CreateSandboxRequest:
    return pb.CreateSandboxRequest(
        **{"business_id": business_id, "request_id": request_id(), **fields}
    )


def test_a_prospect_without_books_gets_a_sandbox_with_books_of_today(grpc_stub: Any) -> None:
    business_id = builders.business_id("sandbox")
    made = grpc_stub.CreateSandbox(sandbox(business_id), timeout=30)
    assert (made.business_id, made.display_name) == (business_id, "Harbour & Finch Studio")
    drive = grpc_stub.GetTestDrive(
        pb.GetTestDriveRequest(business_id=business_id, experiment=EXPERIMENT), timeout=30
    )
    # A shortage that it is shown, in whichever variant, from books as old as the services' day.
    assert re.search(r"until \d+ [A-Z][a-z]+ 2026 \(\d+ weeks\)", drive.digest.text)
    assert drive == get(grpc_stub, business_id)


def test_a_sandbox_is_made_once_for_a_request(grpc_stub: Any) -> None:
    request = sandbox(builders.business_id("sandbox"))
    assert grpc_stub.CreateSandbox(request, timeout=30) == grpc_stub.CreateSandbox(
        request, timeout=30
    )


def test_no_sandbox_takes_the_place_of_a_business(grpc_stub: Any, business: str) -> None:
    before = get(grpc_stub, business)
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.CreateSandbox(sandbox(business), timeout=30)
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert reason_of(caught.value) == "BUSINESS_ALREADY_EXISTS"
    assert get(grpc_stub, business) == before
