"""Whatever the gateway asks within, an answer that is for another business is shown to nobody."""

from collections.abc import Iterator

import pytest

from support import servers
from support.calls import GRPC, HTTP, Calls, calling
from support.clock import FixedClock
from support.databases import DatabaseUrls
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import request_of
from support.servers import LyingPipeline
from support.two_businesses import Two

SHOWN = [rpc for rpc in rpcs(runway_files()) if rpc.service.startswith("runway.experience.")]
OF_MANY = ("GetPortfolio", "GetExperimentResults")


@pytest.fixture(scope="module")
def lied_to(database: DatabaseUrls, clock: FixedClock) -> Iterator[Calls]:
    """A way to call a gateway behind which everything answers for another business."""
    with servers.stack(database.app, clock, LyingPipeline) as stack, calling(stack) as calls:
        yield calls


@pytest.mark.parametrize("face", [GRPC, HTTP])
@pytest.mark.parametrize("rpc", SHOWN, ids=[rpc.full_name for rpc in SHOWN])
def test_an_answer_for_another_business_is_refused_and_nothing_of_it_shown(
    rpc: Rpc, face: str, two: Two, lied_to: Calls
) -> None:
    answer = lied_to(rpc.full_name, request_of(rpc.full_name, two.small), face)
    assert two.small.mark not in answer.everything
    if rpc.name in OF_MANY:
        assert answer.response.failed_count == 1
    else:
        assert (answer.code, "FOREIGN_ANSWER" in answer.everything) == ("INTERNAL", True)
