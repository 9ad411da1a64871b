"""What every server is told by its environment."""

from typing import Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from service_kit.errors import Catalogue
from service_kit.grpc_server import GrpcServer
from service_kit.pipeline import Pipeline
from service_kit.settings import ServerSettings
from support import identity
from support.admission import admission


@pytest.mark.parametrize(
    ("settings", "reflects"),
    [
        ({}, True),
        ({"bind_host": "::1"}, True),
        ({"bind_host": "localhost"}, True),
        ({"bind_host": "0.0.0.0"}, False),
        ({"bind_host": "0.0.0.0", "reflection": True}, True),
        ({"reflection": False}, False),
    ],
)
def test_beyond_this_machine_nobody_is_told_the_services_unless_it_is_wanted(
    settings: dict[str, Any], reflects: bool
) -> None:
    assert ServerSettings(**settings).reflects is reflects


@pytest.mark.parametrize("reflects", [True, False])
async def test_a_server_tells_its_services_only_if_it_reflects(reflects: bool) -> None:
    pipeline = Pipeline(Catalogue({}), identity.users(), admission())
    server = GrpcServer([], pipeline, reflection=reflects)
    port = await server.start("127.0.0.1", 0)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
                iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=2
            )
            try:
                told = [answer async for answer in call]
            except grpc.aio.AioRpcError as error:
                assert error.code() is grpc.StatusCode.UNIMPLEMENTED
                told = []
    finally:
        await server.stop(0)
    assert bool(told) is reflects
