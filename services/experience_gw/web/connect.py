"""The services over Connect and gRPC-Web, built from their descriptors: no generated code."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import structlog
from connectrpc.code import Code
from connectrpc.compression.gzip import GzipCompression
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from experience_gw.web.codecs import BinaryCodec, JsonCodec, in_full
from experience_gw.web.errors import ShownError, with_reason
from service_kit import calls
from service_kit.errors import ApiError
from service_kit.grpc_server import Service
from service_kit.pipeline import Pipeline, reads_only

MAXIMUM_REQUEST_BYTES = 1024 * 1024
"""How large a request may be over HTTP, as it comes and unpacked: no request of the experiences is
that large, and JSON of four times the size takes a second to read.
"""

# connectrpc does not export the union of endpoints that its application takes.
_Endpoint = Any

log = structlog.get_logger()


class ConnectApp(ConnectASGIApplication[None]):
    """Every method of some services at `/<package.Service>/<Method>`; reads answer GET as well."""

    def __init__(self, services: Sequence[Service], pipeline: Pipeline) -> None:
        self.endpoints = _endpoints(services, pipeline)
        super().__init__(
            service=None,
            endpoints=lambda _: self.endpoints,
            interceptors=[_EveryErrorHasAReason(), _StrangersGoFirst(pipeline)],
            read_max_bytes=MAXIMUM_REQUEST_BYTES,
            compressions=[_Gzip(level=1)],
            codecs=[BinaryCodec(), JsonCodec()],
        )

    @property
    def path(self) -> str:
        """Return where the application is mounted."""
        return "/"


def _endpoints(services: Sequence[Service], pipeline: Pipeline) -> Mapping[str, _Endpoint]:
    return {
        f"/{service.full_name}/{method.name}": _endpoint(service, method, pipeline)
        for service in services
        for method in Default().FindServiceByName(service.full_name).methods
    }


def _endpoint(service: Service, method: MethodDescriptor, pipeline: Pipeline) -> _Endpoint:
    if method.client_streaming or method.server_streaming:
        raise NotImplementedError(f"{method.full_name} is a stream; over HTTP there are none yet")
    handler = getattr(service.servicer, method.name)

    async def handle(request: Any, context: RequestContext[Any, Any]) -> Any:
        call = calls.current()
        if (milliseconds := context.timeout_ms) is not None:
            call.deadline = time.monotonic() + milliseconds / 1000
        try:
            message = await in_full(request)
            return await pipeline.run(call, method, message, lambda valid: handler(valid, None))
        except ApiError as error:
            if (seconds := error.retry_after_seconds) is not None:
                context.response_headers["retry-after"] = str(math.ceil(seconds))
            raise ShownError(error, logged=True) from None

    info = MethodInfo(
        name=method.name,
        service_name=service.full_name,
        input=GetMessageClass(method.input_type),
        output=GetMessageClass(method.output_type),
        idempotency_level=(
            IdempotencyLevel.NO_SIDE_EFFECTS if reads_only(method) else IdempotencyLevel.UNKNOWN
        ),
        stream_type=StreamType.UNARY,
    )
    return Endpoint.unary(info, handle)


class _EveryErrorHasAReason:
    """Gives a reason to what connectrpc refuses by itself, and hides whatever nobody foresaw."""

    async def on_start(self, ctx: RequestContext[Any, Any]) -> None:
        """Do nothing."""

    async def on_end(
        self, token: None, ctx: RequestContext[Any, Any], error: Exception | None, /
    ) -> None:
        """Raise the error to show in the place of `error`; log it where the pipeline has not."""
        if error is None:
            return
        shown = _shown(error)
        if not shown.logged:
            call = calls.current()
            log.info(
                "call",
                method=call.method,
                status=shown.status,
                correlation_id=call.correlation_id,
            )
        raise shown


class _StrangersGoFirst:
    """Verifies who calls by the headers, before anything of the body is read or unpacked."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def on_start(self, ctx: RequestContext[Any, Any]) -> None:
        """Raise ShownError for a caller without a token that is in order."""
        try:
            await self._pipeline.authenticate(calls.current())
        except ApiError as error:
            raise ShownError(error) from None

    async def on_end(
        self, token: None, ctx: RequestContext[Any, Any], error: Exception | None, /
    ) -> None:
        """Do nothing."""


def _shown(error: Exception) -> ShownError:
    if isinstance(error, ShownError):
        return error
    if isinstance(error, ConnectError):
        return with_reason(error)
    correlation_id = calls.current().correlation_id
    log.error("unexpected error", exc_info=error, correlation_id=correlation_id)
    return ShownError(
        ApiError(
            grpc.StatusCode.INTERNAL,
            "INTERNAL",
            "Something went wrong on our side; the correlation id finds it in our logs.",
            correlation_id=correlation_id,
        )
    )


class _Gzip(GzipCompression):
    """gzip that says of bad bytes only that they are bad."""

    def decompress(
        self, data: bytes | bytearray | memoryview, read_max_bytes: int | None = None
    ) -> bytes:
        """Return the decompressed data, up to a size."""
        try:
            return super().decompress(data, read_max_bytes)
        except ConnectError:
            raise
        except Exception:  # zlib raises several kinds, and the data is at fault in each
            raise ConnectError(Code.INVALID_ARGUMENT, "the request is no valid gzip") from None
