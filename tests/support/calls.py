"""Calling any RPC by its name, and keeping everything that a caller gets to see of the answer."""

import base64
import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from service_kit.calls import AUTHORIZATION_HEADER, CORRELATION_HEADER
from service_kit.client_tokens import businesses_of
from support import identity
from support.servers import Stack

# Every proto that is served is in the pool once its servicers are imported, as `Stack` does.
GRPC, HTTP = "gRPC", "HTTP"


@dataclass(frozen=True)
class Answer:
    """What a caller gets to see."""

    code: str
    message: str = ""
    response: Any = None
    metadata: dict[str, bytes] = field(default_factory=dict)

    @property
    def everything(self) -> str:
        """Return all of it as one text, in which to look for what should not be there."""
        body = b"" if self.response is None else self.response.SerializeToString()
        # Nothing hides in what is compressed.
        archive = getattr(self.response, "archive", b"")
        unpacked = gzip.decompress(archive) if archive else b""
        parts = [self.message.encode(), body, unpacked, *self.metadata.values()]
        return b"\n".join(parts).decode("latin-1")

    def without(self, given: str) -> tuple[str, str, bytes, dict[str, bytes]]:
        """Return all of it, with what the caller gave taken out wherever it is repeated."""
        body = b"" if self.response is None else self.response.SerializeToString()
        metadata = {key: value.replace(given.encode(), b"") for key, value in self.metadata.items()}
        text = self.message.replace(given, "")
        return self.code, text, body.replace(given.encode(), b""), metadata


class Calls:
    """Calls the three services by the names of their methods."""

    def __init__(self, stack: Stack) -> None:
        addresses = {
            "runway.orchestrator.v1": stack.orchestrator,
            "runway.calculator.v1": stack.calculator,
            "runway.experience.v1": stack.gateway_grpc,
        }
        self._channels = {
            package: grpc.insecure_channel(address) for package, address in addresses.items()
        }
        self._http = httpx.Client(base_url=f"http://{stack.gateway_http}", trust_env=False)

    def __call__(
        self, full_name: str, request: Any, face: str = GRPC, token: str | None = None
    ) -> Answer:
        """Call `package.Service/Method`; a stream's request is a sequence of messages.

        The token is one that allows the call, unless it is given.
        """
        if token is None:
            token = identity.token(full_name, businesses_of(first_of(request)))
        headers = {AUTHORIZATION_HEADER: f"Bearer {token}"} if token else {}
        call = self._post if face == HTTP else self._call
        return call(full_name, request, headers)

    def of(self, full_name: str, **fields: Any) -> Any:
        """Call with a request of these fields, and return the response of what must succeed."""
        answer = self(full_name, request_class(full_name)(**fields))
        assert answer.code == "OK", answer
        return answer.response

    def close(self) -> None:
        """Close every connection."""
        self._http.close()
        for channel in self._channels.values():
            channel.close()

    def _call(self, full_name: str, request: Any, headers: dict[str, str]) -> Answer:
        method, (package, _, _) = method_of(full_name), full_name.rpartition(".")
        channel = self._channels[package]
        streams = isinstance(request, Sequence)
        make = channel.stream_unary if streams else channel.unary_unary
        multicallable = make(
            f"/{full_name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        try:
            response, call = multicallable.with_call(
                iter(request) if streams else request, timeout=20, metadata=tuple(headers.items())
            )
        except grpc.RpcError as error:
            return Answer(error.code().name, error.details() or "", None, _metadata(error))
        return Answer("OK", "", response, _metadata(call))

    def _post(self, full_name: str, request: Any, headers: dict[str, str]) -> Answer:
        method = method_of(full_name)
        posted = self._http.post(
            f"/{full_name}",
            json=json_format.MessageToDict(request),
            headers=headers,
        )
        shown = {
            key: value.encode()
            for key, value in posted.headers.items()
            if key not in ("date", "content-length", CORRELATION_HEADER)
        }
        if posted.is_success:
            response = json_format.Parse(posted.text, GetMessageClass(method.output_type)())
            return Answer("OK", "", response, shown)
        error = posted.json()
        for detail in error.get("details", ()):
            shown[detail["type"]] = base64.b64decode(detail["value"] + "==")
        return Answer(error["code"].upper(), error["message"], None, shown)


def _metadata(call: Any) -> dict[str, bytes]:
    pairs = [*(call.initial_metadata() or ()), *(call.trailing_metadata() or ())]
    return {key: value if isinstance(value, bytes) else value.encode() for key, value in pairs}


def first_of(request: Any) -> Any:
    """Return a request, or the first message of a stream."""
    return request[0] if isinstance(request, Sequence) else request


def method_of(full_name: str) -> MethodDescriptor:
    """Return the descriptor of `package.Service/Method`."""
    service, _, name = full_name.partition("/")
    return Default().FindServiceByName(service).methods_by_name[name]


def request_class(full_name: str) -> Any:
    """Return the class of a method's requests."""
    return GetMessageClass(method_of(full_name).input_type)


@contextmanager
def calling(stack: Stack) -> Iterator[Calls]:
    """Yield a way to call the services, until the block ends."""
    calls = Calls(stack)
    try:
        yield calls
    finally:
        calls.close()
