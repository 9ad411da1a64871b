"""What holds round every handler, whatever the service."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from runway.experience.v1 import portfolio_service_pb2 as portfolio_pb2
from structlog.testing import capture_logs

from service_kit.admission import Admission, Limits
from service_kit.calls import Call
from service_kit.errors import ApiError, Catalogue
from service_kit.grpc_server import method_descriptor
from service_kit.pipeline import Pipeline
from support import identity
from support.admission import admission

METHOD = "/runway.experience.v1.PortfolioService/GetPortfolio"


async def refused(request: Any, **options: Any) -> ApiError:
    """Return the error for a request that no handler is to see."""
    pipeline = Pipeline(Catalogue({}), identity.users(), admission(), **options)
    call = Call(METHOD, token=identity.token(METHOD, ["acme"]))

    async def handler(_: Any) -> Any:
        raise AssertionError

    with pytest.raises(ApiError) as raised:
        await pipeline.run(call, method_descriptor(METHOD), request, handler)
    return raised.value


async def test_a_request_of_more_elements_than_it_may_have_is_not_validated() -> None:
    request = portfolio_pb2.GetPortfolioRequest(business_id="acme", business_ids=[""] * 101)
    assert (await refused(request, most_elements=100)).reason == "REQUEST_TOO_LARGE"
    assert (await refused(request, most_elements=103)).reason == "INVALID_FIELDS"


@pytest.mark.parametrize("said", ["x" * 4_000_000, "acme\n{}" * 200])
async def test_a_log_line_holds_little_of_a_business_id_that_is_none(said: str) -> None:
    with capture_logs() as lines:
        await refused(portfolio_pb2.GetPortfolioRequest(business_id=said))
    assert [len(line["business_id"]) for line in lines] == [128]
    assert lines[0]["business_id"].isprintable()


@pytest.mark.parametrize("seconds", [None, 3600.0])
async def test_a_call_that_waits_for_its_rest_ends_though_its_caller_sets_no_deadline(
    seconds: float | None,
) -> None:
    limits = Limits(at_once=1, at_once_each=1, waiting_each=1)
    turns = Admission(limits)
    pipeline = Pipeline(Catalogue({}), identity.users(), turns, longest_seconds=0.1)

    async def stalled() -> AsyncIterator[Any]:
        yield portfolio_pb2.GetPortfolioRequest(business_id="acme", business_ids=["acme"])
        await asyncio.sleep(60)

    async def collect(messages: Any) -> Any:
        return [message async for message in messages]

    deadline = None if seconds is None else time.monotonic() + seconds
    call = Call(METHOD, deadline, token=identity.token(METHOD, ["acme"]))
    with pytest.raises(ApiError) as raised:
        await pipeline.run(call, method_descriptor(METHOD), stalled(), collect)
    assert raised.value.reason == "DEADLINE_EXCEEDED"
    async with asyncio.timeout(1), turns.turn("acme"):
        pass
