"""A request that comes in several messages is one request, and ends."""

from collections.abc import AsyncIterator

import pytest
from runway.orchestrator.v1 import business_service_pb2 as pb

from orchestrator_svc.domain.errors import ArchiveTooLarge
from orchestrator_svc.servicers.streams import MAXIMUM_MESSAGES, bounded
from service_kit.errors import ApiError

PART = pb.RestoreBusinessRequest(business_id="acme", request_id="r", archive_part=b"x" * 980)


async def endless(message: pb.RestoreBusinessRequest) -> AsyncIterator[pb.RestoreBusinessRequest]:
    while True:
        yield message


async def several(
    *messages: pb.RestoreBusinessRequest,
) -> AsyncIterator[pb.RestoreBusinessRequest]:
    for message in messages:
        yield message


async def taken(requests: AsyncIterator[pb.RestoreBusinessRequest]) -> int:
    return len([message async for message in bounded(requests, 100_000, ArchiveTooLarge)])


async def test_a_request_has_only_so_many_bytes() -> None:
    assert await taken(several(*[PART] * 100)) == 100
    with pytest.raises(ArchiveTooLarge, match="100,000 bytes"):
        await taken(endless(PART))


async def test_a_request_comes_in_only_so_many_messages() -> None:
    with pytest.raises(ArchiveTooLarge, match=f"{MAXIMUM_MESSAGES:,} messages"):
        await taken(endless(pb.RestoreBusinessRequest()))


@pytest.mark.parametrize("field", ["business_id", "request_id"])
async def test_all_messages_are_of_one_business_and_one_request(field: str) -> None:
    other = pb.RestoreBusinessRequest()
    other.CopyFrom(PART)
    setattr(other, field, "other")
    with pytest.raises(ApiError, match=field):
        await taken(several(PART, other))


async def test_no_message_is_no_request() -> None:
    with pytest.raises(ApiError):
        await taken(several())
