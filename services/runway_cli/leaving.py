"""Exporting and erasing a business through the gateway, and restoring it past the gateway."""

from collections.abc import Iterator

from runway.experience.v1 import business_settings_service_pb2 as settings_pb
from runway.experience.v1 import leaving_service_pb2 as leaving_pb
from runway.experience.v1.business_settings_service_pb2_grpc import BusinessSettingsServiceStub
from runway.experience.v1.leaving_service_pb2_grpc import LeavingServiceStub
from runway.orchestrator.v1 import business_service_pb2 as pb
from runway.orchestrator.v1 import business_service_pb2_grpc

from runway_cli.client import ask_gateway, channel_to, request_id
from runway_cli.settings import Settings

SECONDS = 300.0
_PART_BYTES = 1024 * 1024


def export_business(settings: Settings, business_id: str) -> tuple[bytes, int]:
    """Return the archive of a business, and how many rows it holds.

    Raises CommandError.
    """
    request = leaving_pb.ExportBusinessRequest(business_id=business_id)
    answer: leaving_pb.ExportBusinessResponse = ask_gateway(
        settings, LeavingServiceStub, "ExportBusiness", request, SECONDS
    )
    return answer.archive, answer.rows


def restore_business(settings: Settings, business_id: str, archive: bytes) -> int:
    """Restore a business, and return how many rows its archive held.

    Raises CommandError.
    """
    with channel_to(settings, "orchestrator") as channel:
        answer = business_service_pb2_grpc.BusinessServiceStub(channel).RestoreBusiness(
            _parts(business_id, archive), timeout=SECONDS
        )
    return int(answer.rows)


def erase_business(settings: Settings, business_id: str) -> int:
    """Erase a business, and return how many rows that was.

    Raises CommandError.
    """
    found: settings_pb.GetBusinessResponse = ask_gateway(
        settings,
        BusinessSettingsServiceStub,
        "GetBusiness",
        settings_pb.GetBusinessRequest(business_id=business_id),
    )
    request = leaving_pb.EraseBusinessRequest(
        business_id=business_id, request_id=request_id(), etag=found.business.etag
    )
    answer: leaving_pb.EraseBusinessResponse = ask_gateway(
        settings, LeavingServiceStub, "EraseBusiness", request, SECONDS
    )
    return int(answer.rows)


def _parts(business_id: str, archive: bytes) -> Iterator[pb.RestoreBusinessRequest]:
    # One id for all: a call that is repeated by the channel is the same one.
    call_id = request_id()
    for begin in range(0, max(len(archive), 1), _PART_BYTES):
        yield pb.RestoreBusinessRequest(
            business_id=business_id,
            request_id=call_id,
            archive_part=archive[begin : begin + _PART_BYTES],
        )
