"""The HTTP application: the services, two health pages, and what holds for every answer."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import structlog

from experience_gw.clients import InnerServices
from experience_gw.web.connect import ConnectApp
from service_kit import calls
from service_kit.calls import Call
from service_kit.grpc_server import Service
from service_kit.pipeline import Pipeline

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

READY_SECONDS = 1.0
"""For how long `/readyz` says the same without asking again."""

_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]

log = structlog.get_logger()


class GatewayApp:
    """The ASGI application."""

    def __init__(
        self,
        services: Sequence[Service],
        pipeline: Pipeline,
        inner: InnerServices,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = (inner.orchestrator, inner.calculator)
        self._clock = clock
        self._readiness: asyncio.Task[dict[str, bool]] | None = None
        self._asked_at = float("-inf")
        self._connect: Any = ConnectApp(services, pipeline)
        self._pages = {"/healthz": self._live, "/readyz": self._ready}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = _call(scope)
        calls.enter(call)
        answer = _Answer(send, call.correlation_id)
        try:
            await self._route(scope, receive, answer)
        except Exception:
            log.exception("unexpected error", correlation_id=call.correlation_id)
            if not answer.started:
                await _say(answer, 500, "internal", "Something went wrong on our side.")

    async def _route(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        path = scope["path"]
        if problem := _problem(scope):
            await _say(answer, *problem)
        elif path in self._connect.endpoints:
            await self._connect(scope, receive, answer)
        elif page := self._pages.get(path):
            if scope["method"] in ("GET", "HEAD"):
                await page(answer)
            else:
                await _say(answer, 405, "unimplemented", "This page is for GET alone.")
        else:
            await _say(answer, 404, "unimplemented", "There is nothing at this path.")

    async def _live(self, answer: "_Answer") -> None:
        await _send_json(answer, 200, {"status": "live"})

    async def _ready(self, answer: "_Answer") -> None:
        serving = await self._serving()
        ready = all(serving.values())
        body = {
            "status": "ready" if ready else "not ready",
            "services": {
                name: "serving" if serves else "not serving" for name, serves in serving.items()
            },
        }
        await _send_json(answer, 200 if ready else 503, body)

    async def _serving(self) -> dict[str, bool]:
        """Return which inner services serve, as of a second ago at most: whoever asks the page, and
        however often, they are asked once a second.
        """
        if self._readiness is None or self._clock() - self._asked_at >= READY_SECONDS:
            self._asked_at = self._clock()
            self._readiness = asyncio.create_task(self._ask())
        return await asyncio.shield(self._readiness)

    async def _ask(self) -> dict[str, bool]:
        serving = await asyncio.gather(*(service.is_serving() for service in self._inner))
        return {service.name: serves for service, serves in zip(self._inner, serving, strict=True)}


class _Answer:
    """Sends an answer, with the headers that every one has."""

    def __init__(self, send: Send, correlation_id: str) -> None:
        self._send = send
        self._correlation_id = correlation_id
        self.started = False

    async def __call__(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self.started = True
            event["headers"] = [
                *event.get("headers", ()),
                *_SECURITY_HEADERS,
                (calls.CORRELATION_HEADER.encode(), self._correlation_id.encode()),
            ]
        await self._send(event)


def _call(scope: Scope) -> Call:
    """Return the call that a request makes."""
    call = Call(scope["path"])
    call.read_headers(
        (name.decode("ascii", "ignore"), value.decode("ascii", "ignore"))
        for name, value in scope["headers"]
    )
    return call


def _problem(scope: Scope) -> tuple[int, str, str] | None:
    """Return what is wrong with a request's head where connectrpc would fail and not say so."""
    content_type = b""
    try:
        scope.get("query_string", b"").decode()
        for key, value in scope["headers"]:
            key.decode()
            value.decode()
            if key == b"content-type":
                content_type = value.strip().lower()
    except UnicodeDecodeError:
        return 400, "invalid_argument", "The request's head is not UTF-8."
    if content_type.startswith(b"application/grpc") and not content_type.startswith(
        b"application/grpc-web"
    ):
        return 415, "unimplemented", "gRPC has a port of its own; here are Connect and gRPC-Web."
    return None


async def _say(answer: _Answer, status: int, code: str, message: str) -> None:
    await _send_json(answer, status, {"code": code, "message": message})


async def _send_json(answer: _Answer, status: int, body: object) -> None:
    data = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(data)).encode()),
    ]
    await answer({"type": "http.response.start", "status": status, "headers": headers})
    await answer({"type": "http.response.body", "body": data})
