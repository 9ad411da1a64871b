"""What holds round every handler, whatever the service."""

from typing import Any

import pytest
from runway.experience.v1 import portfolio_service_pb2 as portfolio_pb2
from structlog.testing import capture_logs

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
