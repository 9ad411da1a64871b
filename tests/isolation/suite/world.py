"""The services, the database and the businesses that the suite works on."""

import asyncio
import contextlib
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import grpc
import httpx
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

from isolation.suite.canaries import Search, Tenant
from service_kit.calls import AUTHORIZATION_HEADER
from support import identity
from support.calls import method_of, request_class
from support.processes import HOST, REAL, Process

ORCHESTRATOR, GATEWAY = "runway.orchestrator.v1", "runway.experience.v1"
CALCULATOR = "runway.calculator.v1"
# The asynchronous client puts an INTERNAL with these words in the place of what the server said of
# a stream that it ended early (grpc/grpc#36066).
_CLIENTS_OWN = "Internal error from Core"

# What must never be answered, whatever is asked and whatever fails.
NEVER = {"UNKNOWN", "INTERNAL", "DATA_LOSS", "UNIMPLEMENTED"}
_NAMES = {module: name.upper() for name, module in REAL.items()}
_TOKEN_SECONDS = 55.0
_LONGEST_SECONDS = 20.0
# Who finds a server gone asks less often: else most of a run would ask servers that are starting.
_SECONDS_AFTER_UNAVAILABLE = 0.3


class World:
    """What operations work on, and what they note: statuses, canaries, faults."""

    def __init__(self, processes: Sequence[Process], tenants: Sequence[Tenant]) -> None:
        self.tenants = tenants
        self.search = Search()
        self.statuses: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.never: Counter[str] = Counter()
        self.metrics = 0
        self._tokens: dict[tuple[str, tuple[str, ...]], tuple[float, str]] = {}
        calculator, orchestrator, gateway = processes
        self._processes = processes
        options = [("grpc.max_receive_message_length", 64 * 2**20), ("grpc.enable_http_proxy", 0)]
        self._channels = {
            ORCHESTRATOR: grpc.aio.insecure_channel(orchestrator.address, options),
            GATEWAY: grpc.aio.insecure_channel(gateway.address, options),
            CALCULATOR: grpc.aio.insecure_channel(calculator.address, options),
        }
        http = gateway.environment["RUNWAY_HTTP_PORT"]
        self._http = httpx.AsyncClient(
            base_url=f"http://{HOST}:{http}", trust_env=False, timeout=_LONGEST_SECONDS
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()
        for channel in self._channels.values():
            await channel.close()

    def another(self, tenant: Tenant, chance: random.Random) -> Tenant:
        """Return a business that is not this one."""
        step = chance.randrange(1, len(self.tenants))
        return self.tenants[(tenant.number - 1 + step) % len(self.tenants)]

    def token(self, full_name: str, *tenants: Tenant) -> str:
        """Return a token that allows a call for some businesses."""
        names = tuple(tenant.business_id for tenant in tenants)
        key = (full_name.rpartition(".")[0], names)
        made, token = self._tokens.get(key, (0.0, ""))
        if time.monotonic() - made > _TOKEN_SECONDS - _LONGEST_SECONDS:
            token = identity.token(full_name, names)
            self._tokens[key] = (time.monotonic(), token)
        return token

    async def call(
        self, full_name: str, tenant: Tenant, chance: random.Random, **fields: Any
    ) -> Any:
        """Call for a business with a token for it; see `send`."""
        request = request_class(full_name)(business_id=tenant.business_id, **fields)
        return await self.send(full_name, request, tenant, chance, self.token(full_name, tenant))

    async def send(
        self,
        full_name: str,
        request: Any,
        tenant: Tenant | None,
        chance: random.Random,
        token: str,
        also_named: str = "",
    ) -> Any:
        """Send a request, or a stream of them, and search the answer for canaries of others than
        the tenant's, and for amounts that are no multiples of its prime. Return the response, or
        the status by which it was refused. Some calls are given too little time, and some are
        cancelled under way. `also_named` is another business's id that the request names and the
        answer may repeat.
        """
        seconds, cancel_after = _LONGEST_SECONDS, None
        fault = chance.random()
        if fault < 0.01:
            seconds = chance.uniform(0.001, 0.03)
            self.faults["deadlines of 1 to 30 ms"] += 1
        elif fault < 0.02:
            cancel_after = chance.uniform(0.0, 0.015)
            self.faults["cancelled under way"] += 1
        package = full_name.rpartition(".")[0]
        over_http = package == GATEWAY and chance.random() < 0.1 and cancel_after is None
        send = self._post if over_http else self._grpc
        status, body, told = await send(full_name, request, token, seconds, cancel_after)
        self.statuses[status] += 1
        if status == "UNAVAILABLE":
            await asyncio.sleep(_SECONDS_AFTER_UNAVAILABLE)
        if status in NEVER:
            self.never[f"{status} {full_name}: {told[:200]!r}"] += 1
        self.search.look(told.replace(also_named.encode(), b""), tenant, full_name)
        if body is None:
            return status
        self.search.look(body.replace(also_named.encode(), b""), tenant, full_name)
        response = GetMessageClass(method_of(full_name).output_type).FromString(body)
        if archive := getattr(response, "archive", b""):
            self.search.look(gzip.decompress(archive), tenant, f"{full_name} archive")
        if tenant is not None:
            self.search.look_at_amounts(response, tenant, full_name)
        return response

    async def look_at_metrics(self) -> None:
        """Search what the servers count: it is nobody's, so that no canary may be in it."""
        for process in self._processes:
            port = process.environment[f"RUNWAY_{_NAMES[process.module]}_METRICS_PORT"]
            try:
                told = await self._http.get(f"http://{HOST}:{port}/metrics")
            except httpx.TransportError:
                continue
            self.metrics += told.content.count(b"\n")
            self.search.look(told.content, None, f"metrics of {process.module}")

    async def _grpc(
        self,
        full_name: str,
        request: Any,
        token: str,
        seconds: float,
        cancel_after: float | None,
    ) -> tuple[str, bytes | None, bytes]:
        channel = self._channels[full_name.rpartition(".")[0]]
        metadata = ((AUTHORIZATION_HEADER, f"Bearer {token}"),) if token else ()
        call: Any
        if isinstance(request, list):
            parts = [message.SerializeToString() for message in request]
            call = channel.stream_unary(f"/{full_name}")(
                iter(parts), timeout=seconds, metadata=metadata
            )
        else:
            call = channel.unary_unary(f"/{full_name}")(
                request.SerializeToString(), timeout=seconds, metadata=metadata
            )
        if cancel_after is not None:
            asyncio.get_running_loop().call_later(cancel_after, call.cancel)
        try:
            body = await call
            return "OK", body, _told(await call.initial_metadata(), await call.trailing_metadata())
        except grpc.aio.AioRpcError as error:
            told = _told(error.initial_metadata(), error.trailing_metadata())
            return _status(error), None, told + (error.details() or "").encode()
        except asyncio.CancelledError:
            if not call.cancelled():
                raise
            return "CANCELLED", None, b""

    async def _post(
        self,
        full_name: str,
        request: Any,
        token: str,
        seconds: float,
        cancel_after: float | None,
    ) -> tuple[str, bytes | None, bytes]:
        headers = {"content-type": "application/json"}
        if token:
            headers[AUTHORIZATION_HEADER] = f"Bearer {token}"
        try:
            posted = await self._http.post(
                f"/{full_name}",
                content=json_format.MessageToJson(request),
                headers=headers,
                timeout=seconds,
            )
        except httpx.TimeoutException:
            return "DEADLINE_EXCEEDED", None, b""
        except httpx.TransportError:
            return "UNAVAILABLE", None, b""
        told = repr(posted.headers.multi_items()).encode()
        if posted.is_success:
            response = json_format.Parse(
                posted.text, GetMessageClass(method_of(full_name).output_type)()
            )
            return "OK", response.SerializeToString(), told + posted.content
        with contextlib.suppress(ValueError, KeyError):
            return str(json.loads(posted.content)["code"]).upper(), None, told + posted.content
        return f"HTTP {posted.status_code}", None, told + posted.content


def _status(error: grpc.aio.AioRpcError) -> str:
    own = error.code() is grpc.StatusCode.INTERNAL and error.details() == _CLIENTS_OWN
    return "not heard by the client" if own else str(error.code().name)


def _told(*metadata: Any) -> bytes:
    pairs = [pair for each in metadata for pair in (each or ())]
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for _, value in pairs
    )
