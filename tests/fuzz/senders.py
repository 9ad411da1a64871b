"""Sending what was made up, and what may be answered to it."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
from google.protobuf.message import Message

from fuzz.messages import bend, fill
from service_kit.calls import AUTHORIZATION_HEADER
from support import identity
from support.calls import request_class
from support.descriptors import Rpc

# UNAVAILABLE among them: nobody kills a server here, so one that is not there has ended by itself.
# DEADLINE_EXCEEDED too: what is not answered within `SECONDS` hangs.
NEVER = {
    *("UNKNOWN", "INTERNAL", "DATA_LOSS", "UNIMPLEMENTED", "UNAVAILABLE", "DEADLINE_EXCEEDED"),
}
TELLING = (
    *("traceback", "exception", "sqlalchemy", "asyncpg", "select ", "postgres", "site-packages"),
    *('file "', "valueerror", "keyerror", "typeerror", "attributeerror", "object at 0x", ".py"),
)
SECONDS = 60.0


@dataclass(frozen=True)
class Template:
    """An RPC, and a request of it that would succeed, as the messages of which it consists."""

    rpc: Rpc
    messages: list[Message]

    @property
    def business_id(self) -> str:
        """Return which business the request is for."""
        return str(self.messages[0].business_id)  # type: ignore[attr-defined]


@dataclass
class Answers:
    """How often which status came, and what should not have come."""

    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def note(self, rpc: Rpc, status: str, details: str, data: list[bytes]) -> None:
        """Note an answer, with what it was an answer to where that was wrong."""
        self.statuses[status] += 1
        low = details.lower()
        if status in NEVER:
            self.faults[f"{status} of {rpc.full_name}: {details[:120]} <- {_shown(data)}"] += 1
        elif status != "OK" and any(word in low for word in TELLING):
            self.faults[f"{rpc.full_name} tells {details[:160]}"] += 1


def structured(template: Template, chance: random.Random) -> list[bytes]:
    """Return a valid request that was bent, or one made from nothing, for the same business."""
    if chance.random() < 0.85:
        messages = [type(message).FromString(message.SerializeToString()) for message in
                    template.messages]  # fmt: skip
        for message in messages:
            bend(message, chance)
    else:
        made = request_class(template.rpc.full_name)()
        fill(made, chance)
        messages = [made]
    for message in messages:
        _for_a_business(message, template, chance)
    return [message.SerializeToString() for message in messages]


def _for_a_business(message: Any, template: Template, chance: random.Random) -> None:
    """Have a message nearly always name the business, and an id that was not used before."""
    if chance.random() < 0.97:
        message.business_id = template.business_id
    if "request_id" in message.DESCRIPTOR.fields_by_name and chance.random() < 0.95:
        message.request_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))


def raw(template: Template, chance: random.Random) -> list[bytes]:
    """Return bytes: random ones, or a request that was cut off, flipped, doubled or spliced; as one
    message, or where the RPC takes a stream as several.
    """
    if template.rpc.streams and chance.random() < 0.5:
        return [_raw(template, chance) for _ in range(chance.randint(0, 5))]
    return [_raw(template, chance)]


def _raw(template: Template, chance: random.Random) -> bytes:
    data = b"".join(message.SerializeToString() for message in template.messages)[:100_000]
    what = chance.random()
    if what < 0.2 or not data:
        return chance.randbytes(chance.choice([0, 1, 2, 10, 100, 5_000]))
    bent = bytearray(data)
    if what < 0.4:
        return bytes(bent[: chance.randrange(len(bent))])
    if what < 0.8:
        for _ in range(chance.randint(1, 8)):
            bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        return bytes(bent)
    cut = chance.randrange(len(bent))
    if what < 0.9:
        return bytes(bent[cut:] + bent[:cut])
    return bytes(bent[:cut]) + chance.randbytes(chance.randint(1, 50)) + bytes(bent[cut:])


class Send(Protocol):
    """Sends bytes, and returns the status and the sentence of the answer."""

    async def __call__(
        self,
        template: Template,
        data: list[bytes],
        metadata: tuple[tuple[str, Any], ...],
        chance: random.Random,
        /,
    ) -> tuple[str, str]: ...


@asynccontextmanager
async def grpc_sender(address: str) -> AsyncIterator[Send]:
    """Yield a way to send to a gRPC port.

    Streams go over a synchronous channel: where a server answers before the last message of a
    stream is written, the asynchronous client may put an INTERNAL of its own in the place of that
    answer (grpc/grpc#36066).
    """
    options = [("grpc.max_send_message_length", -1), ("grpc.enable_http_proxy", 0)]
    async with grpc.aio.insecure_channel(address, options) as channel:
        streams = grpc.insecure_channel(address, options)

        async def send(
            template: Template,
            data: list[bytes],
            metadata: tuple[tuple[str, Any], ...],
            chance: random.Random,
        ) -> tuple[str, str]:
            name = f"/{template.rpc.full_name}"
            call: Any
            try:
                if template.rpc.streams:
                    call = streams.stream_unary(name)
                    await asyncio.to_thread(call, iter(data), SECONDS, metadata)
                else:
                    call = channel.unary_unary(name)
                    await call(data[0], timeout=SECONDS, metadata=metadata)
            except grpc.RpcError as error:
                return error.code().name, _told(error)
            except asyncio.CancelledError:
                return "CANCELLED", ""
            return "OK", ""

        with streams:
            yield send


def _told(error: Any) -> str:
    """Return all the text that a refusal has: its sentence, and what its trailers hold."""
    trailers = [value for _, value in error.trailing_metadata() or ()]
    return " ".join(
        [
            error.details() or "",
            *(v.decode("utf-8", "ignore") if isinstance(v, bytes) else str(v) for v in trailers),
        ]
    )


def metadata_of(template: Template, chance: random.Random) -> tuple[tuple[str, Any], ...]:
    """Return metadata with a token that allows the call, and now and then odd ones beside it."""
    token = identity.token(template.rpc.full_name, [template.business_id])
    if chance.random() < 0.01:
        cut = chance.randrange(len(token))
        token = chance.choice([token[:cut], token[cut:], token + "A", token.swapcase(), "a.b.c"])
    given: list[tuple[str, Any]] = [(AUTHORIZATION_HEADER, f"Bearer {token}")]
    if chance.random() < 0.05:
        given.append(("x-runway-correlation-id", chance.choice(["", "a" * 2_000, "%0d%0a", "~ "])))
    if chance.random() < 0.05:
        given.append(("anything-bin", chance.randbytes(chance.randint(0, 300))))
    return tuple(given)


def _shown(data: list[bytes]) -> str:
    return " ".join(part[:1_500].hex() for part in data[:2])
