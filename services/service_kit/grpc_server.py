"""The one builder of a Runway gRPC server: limits, pipeline, health, reflection, graceful stop."""

import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection as reflecting
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from service_kit.calls import Call
from service_kit.errors import ApiError
from service_kit.pipeline import Malformed, Pipeline
from service_kit.tls import ServerTls

MAXIMUM_MESSAGE_BYTES = 4 * 1024 * 1024
REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"

_OPTIONS = [
    # Two processes must never share a port in silence.
    ("grpc.so_reuseport", 0),
    # Answers hold a whole ledger; requests from outside do not.
    ("grpc.max_send_message_length", 16 * MAXIMUM_MESSAGE_BYTES),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
]


@dataclass(frozen=True, slots=True)
class Service:
    """A servicer, with the generated function that adds it to a server and its full name."""

    full_name: str
    servicer: Any
    add_to_server: Callable[[Any, Any], None]


class GrpcServer:
    """A gRPC server with health, reflection and the pipeline around every Runway method."""

    def __init__(
        self,
        services: Sequence[Service],
        pipeline: Pipeline,
        maximum_request_bytes: int = MAXIMUM_MESSAGE_BYTES,
        tls: ServerTls | None = None,
        reflection: bool = True,
    ) -> None:
        self._tls = tls
        options = [*_OPTIONS, ("grpc.max_receive_message_length", maximum_request_bytes)]
        self._server = grpc.aio.server(
            interceptors=[_PipelineInterceptor(pipeline)], options=options
        )
        self._health = health.aio.HealthServicer()
        self._names = [service.full_name for service in services]
        for service in services:
            service.add_to_server(service.servicer, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        if reflection:
            _add_reflection([*self._names, health.SERVICE_NAME], self._server)

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port (useful where 0 asked for any).

        Raises OSError when the port cannot be had.
        """
        try:
            at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            if self._tls is None:
                bound = self._server.add_insecure_port(at)
            else:
                bound = self._server.add_secure_port(at, self._tls.credentials())
        except RuntimeError as error:
            raise OSError(f"port {port} on {host} cannot be had") from error
        await self._server.start()
        return bound

    async def serve(self) -> None:
        """Say that the services are ready."""
        # What is there by now stays; not to look at it again saves about a tenth of each read.
        gc.collect()
        gc.freeze()
        for name in ["", *self._names]:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Say NOT_SERVING, let calls under way finish, then stop."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_seconds)


def _add_reflection(names: Sequence[str], server: Any) -> None:
    """Serve reflection as v1alpha, which the package ships, and as v1.

    The two differ in the package's name alone, so that v1alpha's messages serve both.
    """
    every = [*names, reflecting.SERVICE_NAME, REFLECTION_V1]
    servicer = reflecting.aio.ReflectionServicer(every)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)
    method = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(REFLECTION_V1, {"ServerReflectionInfo": method}),)
    )


class _PipelineInterceptor(grpc.aio.ServerInterceptor):
    """Puts the pipeline around every method of a Runway service; others pass as they are."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], details: Any
    ) -> Any:
        if (wrapped := self._wrapped.get(details.method)) is not None:
            return wrapped
        handler = await continuation(details)
        if handler is None or not details.method.startswith("/runway."):
            return handler
        wrapped = self._wrap(details.method, handler)
        self._wrapped[details.method] = wrapped
        return wrapped

    def _wrap(self, path: str, handler: Any) -> Any:
        method = method_descriptor(path)
        inner = handler.stream_unary if handler.request_streaming else handler.unary_unary

        async def behaviour(request: Any, context: Any) -> Any:
            call = _call(path, context)
            try:
                return await self._pipeline.run(
                    call, method, request, lambda valid: inner(valid, context)
                )
            except ApiError as error:
                context.set_trailing_metadata(
                    (("grpc-status-details-bin", error.status().SerializeToString()),)
                )
                await context.abort(error.code, error.message)

        make = (
            grpc.stream_unary_rpc_method_handler
            if handler.request_streaming
            else grpc.unary_unary_rpc_method_handler
        )
        return make(
            behaviour,
            request_deserializer=_tolerant(handler.request_deserializer),
            response_serializer=handler.response_serializer,
        )


def method_descriptor(path: str) -> MethodDescriptor:
    """Return the descriptor of a method named as in `/package.Service/Method`."""
    service, _, name = path[1:].partition("/")
    return Default().FindServiceByName(service).methods_by_name[name]


def _tolerant(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Let bad bytes reach the pipeline, which refuses them with a reason; gRPC's own is
    INTERNAL.
    """

    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except DecodeError:
            return Malformed()

    return read


def _call(path: str, context: Any) -> Call:
    remaining = context.time_remaining()
    call = Call(path, deadline=None if remaining is None else time.monotonic() + remaining)
    call.read_headers(context.invocation_metadata() or ())
    return call
