"""Turning a request that changes something into a `Mutation`."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message

from orchestrator_svc.orchestrators.mutations import Mutation
from service_kit import calls

Response = TypeVar("Response", bound=Message)


def mutation(
    request: Any, response: type[Response], answer: Callable[[Any], Response]
) -> Mutation[Response]:
    """Return the mutation that a request asks for; `answer` maps the use case's result."""
    return mutation_of(request.request_id, body_digest([request]), response, answer)


def mutation_of(
    request_id: str,
    digest: bytes,
    response: type[Response],
    answer: Callable[[Any], Response],
) -> Mutation[Response]:
    """Return a mutation by its id and its body's digest."""
    call = calls.current()
    return Mutation(
        request_id=uuid.UUID(request_id),
        method=call.method,
        request_digest=digest,
        actor=call.identity.subject,
        correlation_id=call.correlation_id,
        answer=answer,
        serialize=lambda message: message.SerializeToString(),
        parse=response.FromString,
    )


class BodyDigest:
    """A digest of a request's body, which may come in several messages."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, message: Any) -> None:
        """Take the next message."""
        body = message.SerializeToString(deterministic=True)
        self._digest.update(len(body).to_bytes(8, "big") + body)

    def value(self) -> bytes:
        """Return the digest of all messages so far."""
        return self._digest.digest()


def body_digest(messages: list[Any]) -> bytes:
    """Return a digest of a request's body, all of whose messages are there."""
    digest = BodyDigest()
    for message in messages:
        digest.add(message)
    return digest.value()
