"""The service config that clients of the gateway are given: gRPC takes it and keeps to it."""

import json
from pathlib import Path
from typing import Any

import grpc

from service_kit.errors import ApiError
from support import identity
from support.descriptors import field_of, rpcs, runway_files
from support.gateway import BUSINESS, mutations, running_gateway

AWAY = ApiError(grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database is away.")
CONFIG = (
    Path(__file__).resolve().parents[2] / "protos/runway/experience/v1/service_config.json"
).read_text()
SHOWN = [rpc for rpc in rpcs(runway_files()) if rpc.service.startswith("runway.experience.")]


def test_every_service_of_the_gateway_is_in_it() -> None:
    named = {
        name["service"] for part in json.loads(CONFIG)["methodConfig"] for name in part["name"]
    }
    assert named == {rpc.service for rpc in SHOWN}


def test_what_it_has_clients_repeat_may_be_repeated() -> None:
    """A read changes nothing; a change has a request id, under which it is done once."""
    for rpc in SHOWN:
        assert rpc.only_reads or field_of(rpc.request, "request_id") is not None, rpc.full_name


async def test_a_change_that_finds_the_gateways_services_gone_is_repeated_as_the_same_request() -> (
    None
):
    method, request = mutations()[0]
    options: list[tuple[str, Any]] = [("grpc.service_config", CONFIG)]
    async with running_gateway() as gateway:
        gateway.orchestrator.error, gateway.orchestrator.errors_left = AWAY, 2
        async with grpc.aio.insecure_channel(gateway.grpc_address, options) as channel:
            full_name = f"/runway.experience.v1.DecisionConsoleService/{method}"
            call = channel.unary_unary(
                full_name, request_serializer=lambda message: message.SerializeToString()
            )
            await call(request, metadata=identity.bearer(full_name, BUSINESS), timeout=20)
        sent = [received.request.request_id for received in gateway.orchestrator.received]
    assert len(sent) == 3
    assert len(set(sent)) == 1
