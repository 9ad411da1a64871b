"""What every RPC of every service does with what is no proper request: a status, a reason, a field,
and nothing changed.
"""

import copy
import random
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from support import identity, two_businesses
from support.calls import Answer, Calls, calling, request_class
from support.databases import DatabaseUrls
from support.descriptors import Rpc, rpcs, runway_files
from support.errors import reason_of, violations_of
from support.every_request import BEGINNING, request_of
from support.servers import Stack
from support.two_businesses import Business, rows_of

EVERY_RPC = rpcs(runway_files())
every_rpc = pytest.mark.parametrize("rpc", EVERY_RPC, ids=[rpc.full_name for rpc in EVERY_RPC])
OF_A_BUSINESS = [
    rpc
    for rpc in EVERY_RPC
    if not rpc.full_name.startswith("runway.calculator.")
    # Those of many businesses mark one that is not there and show the rest.
    and rpc.name not in (*BEGINNING, "GetPortfolio", "GetExperimentResults")
]
# The calculator's texts reach no database; it hands them back.
NOT_PURE = [rpc for rpc in EVERY_RPC if not rpc.full_name.startswith("runway.calculator.")]
NO_BUSINESS_IDS = {
    "none": "",
    "upper case": "Acme",
    "a space": "acme llc",
    "a hyphen first": "-acme",
    "a hyphen last": "acme-",
    "64 characters": "a" * 64,
    "a NUL": "acme\0",
    "another alphabet": "\u0430cme",
    "a path": "../acme",
    "SQL": "a'; DROP TABLE bill; --",
}
# What a stranger's bytes may be refused with, and never with INTERNAL or UNKNOWN.
REFUSALS = {"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "NOT_FOUND", "FAILED_PRECONDITION"}


@pytest.fixture(scope="module")
def calls(stack: Stack) -> Iterator[Calls]:
    with calling(stack) as calls:
        yield calls


@pytest.fixture(scope="module")
def mine(calls: Calls) -> Business:
    """A business with rows in every table."""
    return two_businesses.begin_small(calls)


@pytest.fixture(scope="module")
def channels(stack: Stack) -> Iterator[dict[str, grpc.Channel]]:
    addresses = {
        "runway.orchestrator.v1": stack.orchestrator,
        "runway.calculator.v1": stack.calculator,
        "runway.experience.v1": stack.gateway_grpc,
    }
    opened = {package: grpc.insecure_channel(address) for package, address in addresses.items()}
    yield opened
    for channel in opened.values():
        channel.close()


def messages_of(request: Any) -> list[Any]:
    return request if isinstance(request, list) else [request]


def with_business_id(request: Any, business_id: str) -> Any:
    for message in messages_of(request):
        message.business_id = business_id
    return request


def business_id_in(rpc: Rpc, data: bytes) -> str:
    """Return which business some bytes are for, as far as they say so."""
    try:
        return str(request_class(rpc.full_name).FromString(data).business_id)
    except DecodeError:
        return "acme"


def sent(channels: dict[str, grpc.Channel], rpc: Rpc, request: Any) -> grpc.RpcError:
    """Send bytes, and return what they are refused with."""
    channel = channels[rpc.full_name.rpartition(".")[0]]
    data = [
        message if isinstance(message, bytes) else message.SerializeToString()
        for message in messages_of(request)
    ]
    allowed = identity.bearer(rpc.full_name, business_id_in(rpc, data[0]))
    with pytest.raises(grpc.RpcError) as caught:
        if rpc.streams:
            channel.stream_unary(f"/{rpc.full_name}")(iter(data), timeout=20, metadata=allowed)
        else:
            channel.unary_unary(f"/{rpc.full_name}")(data[0], timeout=20, metadata=allowed)
    return caught.value


def assert_tells_nothing_internal(error: grpc.RpcError) -> None:
    text = (error.details() or "").lower()
    for word in ("traceback", "exception", "sqlalchemy", "asyncpg", "select ", "postgres"):
        assert word not in text


@every_rpc
def test_a_business_id_that_is_none_is_refused_by_every_rpc(
    rpc: Rpc, mine: Business, channels: dict[str, grpc.Channel], database: DatabaseUrls
) -> None:
    request = request_of(rpc.full_name, mine)
    before = rows_of(database, mine)
    for what, business_id in NO_BUSINESS_IDS.items():
        error = sent(channels, rpc, with_business_id(request, business_id))
        assert error.code().name == "INVALID_ARGUMENT", what
        assert reason_of(error) == "INVALID_FIELDS", what
        assert "business_id" in violations_of(error), what
        assert_tells_nothing_internal(error)
    assert rows_of(database, mine) == before


@pytest.mark.parametrize("rpc", OF_A_BUSINESS, ids=[rpc.full_name for rpc in OF_A_BUSINESS])
def test_a_business_that_does_not_exist_is_not_found(
    rpc: Rpc, mine: Business, channels: dict[str, grpc.Channel], database: DatabaseUrls
) -> None:
    request = request_of(rpc.full_name, mine)
    before = rows_of(database, mine)
    error = sent(channels, rpc, with_business_id(request, "nobody-has-this-id"))
    assert (error.code().name, reason_of(error)) == ("NOT_FOUND", "BUSINESS_NOT_FOUND")
    assert rows_of(database, mine) == before


@every_rpc
def test_random_bytes_are_refused_as_no_message(
    rpc: Rpc, mine: Business, channels: dict[str, grpc.Channel], database: DatabaseUrls
) -> None:
    chance = random.Random(rpc.full_name)
    before = rows_of(database, mine)
    for size in (1, 7, 100, 10_000):
        error = sent(channels, rpc, chance.randbytes(size))
        assert error.code().name in REFUSALS
        assert_tells_nothing_internal(error)
    # A field that says it is longer than the message.
    error = sent(channels, rpc, b"\x0a\xff\xff\xff\x7fa")
    assert (error.code().name, reason_of(error)) == ("INVALID_ARGUMENT", "MALFORMED_REQUEST")
    assert rows_of(database, mine) == before


@every_rpc
def test_five_megabytes_are_refused(
    rpc: Rpc, mine: Business, channels: dict[str, grpc.Channel]
) -> None:
    # An unknown field of five megabytes, after a business_id that is none.
    size = 5_000_000
    huge = b"\x0a\x01A" + b"\xfa\x3f" + _varint(size) + bytes(size)
    error = sent(channels, rpc, huge)
    # The calculator takes whole ledgers, and refuses the business_id.
    calculator = rpc.full_name.startswith("runway.calculator.")
    assert error.code().name == ("INVALID_ARGUMENT" if calculator else "RESOURCE_EXHAUSTED")


@every_rpc
def test_deep_nesting_is_refused_as_no_message(rpc: Rpc, channels: dict[str, grpc.Channel]) -> None:
    # Groups within groups of an unknown field: 20,000 of them.
    error = sent(channels, rpc, b"\xfb\x3f" * 20_000 + b"\xfc\x3f" * 20_000)
    assert (error.code().name, reason_of(error)) == ("INVALID_ARGUMENT", "MALFORMED_REQUEST")


@pytest.mark.parametrize("rpc", NOT_PURE, ids=[rpc.full_name for rpc in NOT_PURE])
def test_a_nul_character_in_any_text_is_refused_with_its_field(
    rpc: Rpc, mine: Business, channels: dict[str, grpc.Channel], database: DatabaseUrls
) -> None:
    request = request_of(rpc.full_name, mine)
    texts = len(list(_texts(messages_of(request)[0], "")))
    assert texts
    before = rows_of(database, mine)
    for number in range(texts):
        bent = copy.deepcopy(request)
        path, holder, field = list(_texts(messages_of(bent)[0], ""))[number]
        setattr(holder, field, f"{getattr(holder, field)}\0")
        error = sent(channels, rpc, bent)
        assert error.code().name == "INVALID_ARGUMENT", path
        assert path in violations_of(error), path
    assert rows_of(database, mine) == before


@every_rpc
def test_an_empty_request_is_refused_with_every_field_that_it_lacks(
    rpc: Rpc, channels: dict[str, grpc.Channel]
) -> None:
    error = sent(channels, rpc, b"")
    assert error.code().name == "INVALID_ARGUMENT"
    assert "business_id" in violations_of(error)


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _texts(message: Message, prefix: str) -> Iterator[tuple[str, Message, str]]:
    """Yield each text of a message that is set, or could be at its top: its path, and where it
    stands.
    """
    if not prefix:
        for field in message.DESCRIPTOR.fields:
            if field.type == FieldDescriptor.TYPE_STRING and not (
                field.is_repeated or getattr(message, field.name)
            ):
                yield field.name, message, field.name
    for field, value in message.ListFields():
        path = f"{prefix}.{field.name}" if prefix else field.name
        if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated:
            yield path, message, field.name
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            parts = enumerate(value) if field.is_repeated else [(None, value)]
            for index, part in parts:
                yield from _texts(part, path if index is None else f"{path}[{index}]")


def test_the_answers_of_the_two_faces_are_the_same(calls: Calls, mine: Business) -> None:
    """HTTP refuses with the code and the message of gRPC."""
    name = "runway.experience.v1.DecisionConsoleService/GetDecisionConsole"
    for business_id in ("Acme", "nobody-has-this-id"):
        request = with_business_id(request_of(name, mine), business_id)
        over_grpc, over_http = calls(name, request), calls(name, request, "HTTP")
        assert _told(over_grpc) == _told(over_http)


def _told(answer: Answer) -> tuple[str, str]:
    return answer.code, answer.message
