"""The gateway's promises over HTTP: Connect in JSON and binary, GET for reads, gRPC-Web, health."""

import asyncio
import base64
import gzip
import json
import random
import struct
import time
from typing import Any
from urllib.parse import quote

import grpc
import httpx
import pytest
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from runway.experience.v1 import decision_console_service_pb2 as experience_pb2

from experience_gw.clients import InnerService
from experience_gw.web.app import READY_SECONDS
from experience_gw.web.codecs import JsonCodec
from service_kit.errors import ApiError, FieldViolation
from service_kit.identity import Identity
from service_kit.tokens import Expectation, Verifier
from support import identity
from support.gateway import (
    BUSINESS,
    REQUEST_ID,
    SERVICE,
    Gateway,
    bill,
    console_data,
    console_request,
    decision,
    invoice,
    mutations,
    running_gateway,
    unpacked,
)

pytestmark = pytest.mark.asyncio

GET_CONSOLE = f"/{SERVICE}/GetDecisionConsole"
JSON = {"content-type": "application/json"}
PROTO = {"content-type": "application/proto"}
WEB = {"content-type": "application/grpc-web+proto"}
ASKING = {"businessId": BUSINESS, "asOf": {"year": 2026, "month": 5, "day": 5}}


def detail(answer: httpx.Response, kind: type[Any]) -> Any:
    """Return the detail of a kind in a Connect error, or None."""
    for packed in answer.json().get("details", []):
        if packed["type"] == kind.DESCRIPTOR.full_name:  # type: ignore[attr-defined]
            return kind.FromString(base64.b64decode(packed["value"] + "=="))
    return None


def reason(answer: httpx.Response) -> str:
    return str(detail(answer, error_details_pb2.ErrorInfo).reason)


def frame(message: bytes) -> bytes:
    return struct.pack(">BI", 0, len(message)) + message


def frames(body: bytes) -> list[tuple[int, bytes]]:
    found = []
    while body:
        flags, length = struct.unpack(">BI", body[:5])
        found.append((flags, body[5 : 5 + length]))
        body = body[5 + length :]
    return found


def trailers(body: bytes) -> dict[str, str]:
    flags, text = frames(body)[-1]
    assert flags & 0x80
    return dict(line.split(": ", 1) for line in text.decode().splitlines())


async def post(gateway: Gateway, body: Any, path: str = GET_CONSOLE, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await gateway.http.post(path, content=content, headers=JSON | headers)


async def test_connect_json_gives_the_console_in_protobufs_json_mapping() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(
            bills=[bill("b1")], invoices=[invoice("i1")], decisions=[decision("d1")]
        )
        answer = await post(gateway, ASKING)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    console = answer.json()
    assert console["displayName"] == "Acme Plumbing"
    assert console["runway"]["status"] == "RUNWAY_STATUS_WARNING"
    assert console["balances"]["cash"]["units"] == "2901"
    assert console["bills"][0]["bill"]["sourceVersion"] == "9000000000000"
    assert console["invoices"][0]["invoice"]["customerName"] == "Ann Ölsen"
    assert console["syncedAt"].endswith("Z")


async def test_the_fast_json_says_what_googles_own_says() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(
            bills=[bill("b1")], invoices=[invoice("i1")], decisions=[decision("d1")]
        )
        console = await gateway.get_console()
    fast = json.loads(JsonCodec().encode(console))
    assert fast == json_format.MessageToDict(console)


async def test_connect_binary_gives_the_same_console_as_grpc() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(bills=[bill("b1")])
        over_grpc = await gateway.get_console()
        answer = await gateway.http.post(
            GET_CONSOLE, content=console_request().SerializeToString(), headers=PROTO
        )
    assert answer.headers["content-type"] == "application/proto"
    assert experience_pb2.GetDecisionConsoleResponse.FromString(answer.content) == over_grpc


async def test_a_read_answers_get_with_json_and_with_base64_binary() -> None:
    binary = base64.urlsafe_b64encode(console_request().SerializeToString()).decode().rstrip("=")
    async with running_gateway() as gateway:
        as_json = await gateway.http.get(
            f"{GET_CONSOLE}?connect=v1&encoding=json&message={quote(json.dumps(ASKING))}"
        )
        as_binary = await gateway.http.get(
            f"{GET_CONSOLE}?connect=v1&encoding=proto&base64=1&message={binary}"
        )
    assert as_json.status_code == as_binary.status_code == 200
    assert as_json.json()["businessId"] == BUSINESS
    console = experience_pb2.GetDecisionConsoleResponse.FromString(as_binary.content)
    assert console.business_id == BUSINESS


@pytest.mark.parametrize("method", [name for name, _ in mutations()])
async def test_a_mutation_does_not_answer_get(method: str) -> None:
    async with running_gateway() as gateway:
        answer = await gateway.http.get(f"/{SERVICE}/{method}?encoding=json&message=%7B%7D")
        assert gateway.orchestrator.received == []
    assert answer.status_code == 405


@pytest.mark.parametrize(("method", "request_"), mutations())
async def test_a_mutation_passes_through_over_http(method: str, request_: Any) -> None:
    body = json_format.MessageToJson(request_).encode()
    async with running_gateway() as gateway:
        answer = await post(
            gateway,
            body,
            f"/{SERVICE}/{method}",
            **{"x-runway-correlation-id": "abc-123"},
        )
        (received,) = gateway.orchestrator.received
    assert answer.status_code == 200
    assert answer.json()["queueEtag"] == "etag-2"
    assert answer.headers["x-runway-correlation-id"] == "abc-123"
    assert identity.subject_of(received.headers) == identity.SUBJECT
    assert received.headers["x-runway-correlation-id"] == "abc-123"
    assert received.request.request_id == REQUEST_ID


async def test_grpc_web_gives_the_console_and_a_status_of_zero() -> None:
    async with running_gateway() as gateway:
        answer = await gateway.http.post(
            GET_CONSOLE, content=frame(console_request().SerializeToString()), headers=WEB
        )
    assert answer.headers["content-type"] == "application/grpc-web+proto"
    message, _ = frames(answer.content)
    console = experience_pb2.GetDecisionConsoleResponse.FromString(message[1])
    assert console.display_name == "Acme Plumbing"
    assert trailers(answer.content)["grpc-status"] == "0"


async def test_grpc_web_says_an_error_with_its_details() -> None:
    async with running_gateway() as gateway:
        await gateway.calculator_backend.stop()
        answer = await gateway.http.post(
            GET_CONSOLE, content=frame(console_request().SerializeToString()), headers=WEB
        )
    told = trailers(answer.content)
    assert told["grpc-status"] == str(grpc.StatusCode.UNAVAILABLE.value[0])
    status = status_pb2.Status.FromString(base64.b64decode(told["grpc-status-details-bin"] + "=="))
    assert unpacked(status, error_details_pb2.ErrorInfo).reason == "CALCULATOR_UNAVAILABLE"
    assert unpacked(status, error_details_pb2.RetryInfo).retry_delay.seconds == 1


async def test_an_error_has_the_same_code_reason_and_details_as_over_grpc() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.error = ApiError(
            grpc.StatusCode.ABORTED,
            "ETAG_MISMATCH",
            "The queue has changed.",
            violations=[FieldViolation("etag", "is stale")],
            retry_after_seconds=1,
        )
        answer = await post(gateway, ASKING)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/json"
    assert (answer.json()["code"], answer.json()["message"]) == (
        "aborted",
        "The queue has changed.",
    )
    assert reason(answer) == "ETAG_MISMATCH"
    assert detail(answer, error_details_pb2.BadRequest).field_violations[0].field == "etag"
    assert detail(answer, error_details_pb2.RetryInfo).retry_delay.seconds == 1


@pytest.mark.parametrize("service", ["orchestrator", "calculator"])
async def test_a_service_that_is_down_is_named_over_http(service: str) -> None:
    async with running_gateway() as gateway:
        await getattr(gateway, f"{service}_backend").stop()
        answer = await post(gateway, ASKING)
    assert answer.status_code == 503
    assert reason(answer) == f"{service.upper()}_UNAVAILABLE"
    assert detail(answer, error_details_pb2.RetryInfo).retry_delay.seconds == 1


async def test_an_answer_for_another_business_is_refused_over_http() -> None:
    async with running_gateway() as gateway:
        gateway.calculator.answers_for = "other-business"
        answer = await post(gateway, ASKING)
    assert answer.status_code == 500
    assert reason(answer) == "FOREIGN_ANSWER"
    assert b"other-business" not in answer.content
    assert b"Acme" not in answer.content


async def test_connects_timeout_is_the_deadline_of_the_inner_calls() -> None:
    async with running_gateway() as gateway:
        await post(gateway, ASKING, **{"connect-timeout-ms": "4000"})
        left = gateway.orchestrator.received[0].seconds_left
        gateway.orchestrator.seconds_to_answer = 5
        late = await post(gateway, ASKING, **{"connect-timeout-ms": "200"})
    assert left is not None
    assert 3 < left < 4.1
    assert late.status_code == 504
    assert (late.json()["code"], reason(late)) == ("deadline_exceeded", "DEADLINE_EXCEEDED")


@pytest.mark.parametrize("business_id", ["", "Acme", "a" * 64])
async def test_a_request_without_a_proper_business_id_names_the_field(business_id: str) -> None:
    async with running_gateway() as gateway:
        answer = await post(gateway, {"businessId": business_id})
        assert gateway.orchestrator.received == []
    assert answer.status_code == 400
    assert reason(answer) == "INVALID_FIELDS"
    assert detail(answer, error_details_pb2.BadRequest).field_violations[0].field == "business_id"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"businessId": BUSINESS, "tenant": "x"}, "tenant"),
        ({"businessId": BUSINESS, "asOf": {"yaer": 2026}}, "asOf.yaer"),
    ],
)
async def test_an_unknown_field_in_json_is_refused_by_name(body: Any, field: str) -> None:
    async with running_gateway() as gateway:
        answer = await post(gateway, body)
    assert answer.status_code == 400
    assert reason(answer) == "UNKNOWN_FIELD"
    assert detail(answer, error_details_pb2.BadRequest).field_violations[0].field == field


MALFORMED_JSON = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe\x00",
    b'{"businessId": "\\ud800"}',
    b'{"businessId": 7}',
    b'{"businessId": "a", "businessId": "b"}',
    b'{"asOf": {"year": 1e400}}',
    b'{"asOf": {"year": 99999999999999999999}}',
    b'{"asOf": {"year": ' + b"9" * 10_000 + b"}}",
    b'{"asOf": "yesterday"}',
    b'{"[a.b]": 1}',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"asOf":' * 10_000 + b"1" + b"}" * 10_000,
]


@pytest.mark.parametrize("body", MALFORMED_JSON, ids=lambda body: repr(body[:24]))
async def test_json_that_is_no_request_is_refused_without_the_parsers_words(body: bytes) -> None:
    async with running_gateway() as gateway:
        answer = await post(gateway, body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_argument"
    assert reason(answer)
    told = answer.json()["message"]
    for word in ("Traceback", "Error", "Failed to", "json_format", "codec", "line 1"):
        assert word not in told


async def test_random_bytes_are_refused_in_every_encoding() -> None:
    chance = random.Random(20260505)
    kinds = [JSON, PROTO, WEB, JSON | {"content-encoding": "gzip"}]
    async with running_gateway() as gateway:
        for headers in kinds * 25:
            junk = chance.randbytes(chance.randrange(1, 64))
            answer = await gateway.http.post(GET_CONSOLE, content=junk, headers=headers)
            if headers is WEB:
                assert answer.status_code == 200
                status = int(
                    answer.headers.get("grpc-status") or trailers(answer.content)["grpc-status"]
                )
                assert status in {3, 8, 12}  # invalid, too large by its length, not one message
            else:
                assert answer.status_code == 400
                assert b"rror -" not in answer.content
        assert gateway.orchestrator.received == []


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/xml", "application/grpc", "application/grpc+proto", "json"],
)
async def test_a_wrong_content_type_is_refused(content_type: str) -> None:
    async with running_gateway() as gateway:
        answer = await gateway.http.post(
            GET_CONSOLE, content=json.dumps(ASKING), headers={"content-type": content_type}
        )
    assert answer.status_code in ({200} if content_type == "json" else {415})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"connect-timeout-ms": "soon"}, 400),
        ({"connect-timeout-ms": "99999999999"}, 400),
        ({"connect-protocol-version": "2"}, 400),
        ({"content-encoding": "br"}, 501),
        ({"x-anything": b"\xff\xfe"}, 400),
        ({"x-runway-correlation-id": "ü".encode() * 500}, 200),
        ({"connect-timeout-ms": "0"}, 504),
    ],
)
async def test_a_bad_header_never_breaks_the_gateway(headers: Any, status: int) -> None:
    async with running_gateway() as gateway:
        answer = await gateway.http.post(
            GET_CONSOLE, content=json.dumps(ASKING), headers=JSON | headers
        )
    assert answer.status_code == status


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 5_000_000, 20_000_000])
async def test_a_request_that_is_too_large_is_refused(size: int) -> None:
    async with running_gateway() as gateway:
        answer = await post(gateway, b" " * size)
        assert gateway.orchestrator.received == []
    assert answer.status_code == 429
    assert answer.json()["code"] == "resource_exhausted"
    assert reason(answer) == "REQUEST_TOO_LARGE"


async def test_a_request_that_unpacks_to_too_much_is_refused() -> None:
    async with running_gateway() as gateway:
        answer = await post(
            gateway, gzip.compress(b" " * 50_000_000), **{"content-encoding": "gzip"}
        )
    assert answer.status_code == 429
    assert reason(answer) == "REQUEST_TOO_LARGE"


@pytest.mark.parametrize("content_type", ["application/json", "application/grpc-web+proto"])
async def test_a_stranger_is_refused_before_anything_of_their_body_is_read(
    content_type: str,
) -> None:
    async with running_gateway() as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.http.base_url.port)
        # Of the body that it announces, nothing ever comes.
        writer.write(
            f"POST {GET_CONSOLE} HTTP/1.1\r\nHost: runway\r\nContent-Type: {content_type}\r\n"
            "Content-Length: 6000\r\nContent-Encoding: gzip\r\n\r\n".encode()
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)
        body = await asyncio.wait_for(reader.read(4096), 2)
        writer.close()
    web = content_type.startswith("application/grpc-web")
    assert head.split(b" ", 2)[1] == (b"200" if web else b"401")
    assert (b"grpc-status: 16" if web else b"unauthenticated") in head + body


async def test_a_token_is_verified_once_for_a_call() -> None:
    class Counting(Verifier):
        async def identity(self, token: str) -> Identity:
            verified.append(token)
            return await identity.users().identity(token)

    verified: list[str] = []
    users = Counting(
        identity.FixedKeys(identity.KEYS.public_file("users").read_text()), Expectation("", "")
    )
    async with running_gateway(verifier=users) as gateway:
        answer = await post(gateway, ASKING)
    assert answer.status_code == 200
    assert len(verified) == 1


async def test_others_are_answered_while_a_long_request_is_read() -> None:
    path = "/runway.experience.v1.ForecastService/GetRunwayHistory"
    long = b'{"businessId": "acme-plumbing", "dates": [' + b",".join([b"{}"] * 300_000) + b"]}"
    slowest = 0.0
    async with running_gateway() as gateway:
        reading = [asyncio.create_task(post(gateway, long, path)) for _ in range(3)]
        while not all(task.done() for task in reading):
            began = time.monotonic()
            await asyncio.sleep(0.01)
            assert (await gateway.http.get("/healthz")).status_code == 200
            slowest = max(slowest, time.monotonic() - began)
    assert {reason(await task) for task in reading} == {"REQUEST_TOO_LARGE"}
    assert slowest < 0.5


async def test_a_large_answer_is_compressed_for_who_accepts_it() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(bills=[bill(f"b{n}") for n in range(50)])
        packed = await post(gateway, ASKING, **{"accept-encoding": "gzip"})
        plain = await post(gateway, ASKING, **{"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()


@pytest.mark.parametrize("query", ["", "?encoding=json", "?encoding=xml&message=1", "?message=%ff"])
async def test_a_get_that_lacks_its_parts_is_refused(query: str) -> None:
    async with running_gateway() as gateway:
        answer = await gateway.http.get(GET_CONSOLE + query)
    assert answer.status_code in {400, 415}


async def test_healthz_says_that_the_process_lives_whatever_is_behind_it() -> None:
    async with running_gateway() as gateway:
        await gateway.orchestrator_backend.stop()
        answer = await gateway.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_readyz_asks_both_inner_services() -> None:
    async with running_gateway() as gateway:
        ready = await gateway.http.get("/readyz")
        await gateway.calculator_backend.stop()
        await asyncio.sleep(READY_SECONDS)
        not_ready = await gateway.http.get("/readyz")
    serving = {"orchestrator": "serving", "calculator": "serving"}
    assert (ready.status_code, ready.json()["services"]) == (200, serving)
    assert not_ready.status_code == 503
    assert not_ready.json()["services"] == serving | {"calculator": "not serving"}


async def test_readyz_asks_once_a_second_however_often_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    async def is_serving(service: Any) -> bool:
        asked.append(service.name)
        await asyncio.sleep(0.05)
        return True

    monkeypatch.setattr(InnerService, "is_serving", is_serving)
    async with running_gateway() as gateway:
        answers = await asyncio.gather(*(gateway.http.get("/readyz") for _ in range(20)))
        answers.append(await gateway.http.get("/readyz"))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(asked) == ["calculator", "orchestrator"]


@pytest.mark.parametrize("path", ["/", "/nothing", f"/{SERVICE}/Nothing", f"/{SERVICE}", "/../etc"])
async def test_an_unknown_path_is_a_404_in_json(path: str) -> None:
    async with running_gateway() as gateway:
        answer = await post(gateway, {}, path)
    assert answer.status_code == 404
    assert answer.json()["message"] == "There is nothing at this path."


@pytest.mark.parametrize("path", ["/healthz", "/nothing", GET_CONSOLE])
async def test_every_answer_has_security_headers_and_a_correlation_id(path: str) -> None:
    async with running_gateway() as gateway:
        answers = [await gateway.http.get(path), await post(gateway, ASKING, path)]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-runway-correlation-id"]
        assert "server" not in answer.headers


async def test_calls_at_the_same_time_keep_their_correlation_ids_apart() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.seconds_to_answer = 0.05
        ids = [f"id-{n}" for n in range(20)]
        answers = await asyncio.gather(
            *(post(gateway, ASKING, **{"x-runway-correlation-id": i}) for i in ids)
        )
        seen = {call.headers["x-runway-correlation-id"] for call in gateway.calculator.received}
    assert [answer.headers["x-runway-correlation-id"] for answer in answers] == ids
    assert seen == set(ids)
