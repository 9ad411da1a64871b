"""The same inputs, and some that only HTTP has, sent to the gateway's HTTP port."""

import base64
import gzip
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
from google.protobuf import json_format

from fuzz.senders import SECONDS, Send, Template
from support.calls import request_class

JSON, PROTO = "application/json", "application/proto"
_CONTENT_TYPES = [
    *(JSON, PROTO, "application/json; charset=utf-8", "application/json; charset=utf-16"),
    *("application/grpc-web", "application/grpc-web+proto", "application/connect+json"),
    *("application/x-www-form-urlencoded", "text/plain", "", "a", "application/"),
]
_TOKENS = [
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"1e999", b"-0", b"NaN"),
    *(b'"\\u0000"', b'"\\ud800"', b"\xff", b"\xef\xbb\xbf", b"[" * 2_000, b'{"a":' * 500),
    *(b'"businessId":"other"', b"9" * 400, b"0x10", b"//", b"'"),
]


def odd_json(template: Template, chance: random.Random) -> list[bytes]:
    """Return JSON of a valid request that was cut, spliced or had values replaced."""
    text = json_format.MessageToJson(template.messages[0]).encode()
    what = chance.random()
    if what < 0.2:
        return [text[: chance.randrange(len(text))]]
    if what < 0.6:
        cut = chance.randrange(len(text))
        return [text[:cut] + chance.choice(_TOKENS) + text[cut + chance.randint(0, 5) :]]
    fields = json.loads(text)
    key = chance.choice(list(fields))
    odd = [None, True, -1, 1.5, 10**30, "", "\0", "x" * 5_000, [], {}, [[[]]], {key: key}]
    if chance.random() < 0.2:
        key = chance.choice(["", "@type", "__proto__", key.upper(), f"{key}\0", "unknown"])
    fields[key] = chance.choice(odd)
    return [json.dumps(fields).encode()]


@asynccontextmanager
async def http_sender(address: str) -> AsyncIterator[Send]:
    """Yield a way to send to an HTTP port: JSON or protobuf, now and then oddly wrapped."""
    async with httpx.AsyncClient(
        base_url=f"http://{address}", timeout=SECONDS, trust_env=False
    ) as client:

        async def send(
            template: Template,
            data: list[bytes],
            metadata: tuple[tuple[str, Any], ...],
            chance: random.Random,
        ) -> tuple[str, str]:
            request = _request(client, template, data[0], metadata, chance)
            try:
                answer = await client.send(request)
            except httpx.TimeoutException:
                return "DEADLINE_EXCEEDED", ""
            except httpx.LocalProtocolError:
                return "refused by the client itself", ""
            except httpx.TransportError as error:
                return "UNAVAILABLE", type(error).__name__
            status = _status(answer)
            if status == "DEADLINE_EXCEEDED" and "connect-timeout-ms" in request.headers:
                status = "out of the time that was given"
            return status, answer.text[:2_000]

        yield send


def _request(
    client: httpx.AsyncClient,
    template: Template,
    data: bytes,
    metadata: tuple[tuple[str, Any], ...],
    chance: random.Random,
) -> httpx.Request:
    headers = {key: _printable(value) for key, value in metadata}
    body, kind = _body(template, data, chance)
    if chance.random() < 0.05:
        kind = chance.choice(_CONTENT_TYPES)
    path = f"/{template.rpc.full_name}"
    if template.rpc.only_reads and chance.random() < 0.1:
        encoding = chance.choice(["json", "proto", "xml", ""])
        message = quote(base64.urlsafe_b64encode(body[:4_000]).rstrip(b"="))
        query = f"connect=v1&encoding={encoding}&base64={chance.choice('01x')}&message={message}"
        return client.build_request("GET", f"{path}?{query}", headers=headers)
    if chance.random() < 0.05:
        headers["content-encoding"] = chance.choice(["gzip", "br", "identity", "zstd", "x"])
        body = chance.choice([body, gzip.compress(body), gzip.compress(body)[:-3]])
    if chance.random() < 0.02:
        path = chance.choice([f"{path}/", path.lower(), f"/{path}", "/", "/..%2f", f"{path}%00"])
    if chance.random() < 0.05:
        headers["connect-timeout-ms"] = chance.choice(["0", "-1", "1", "9" * 11, "x", "1.5"])
    method = "POST" if chance.random() < 0.98 else chance.choice(["PUT", "DELETE", "HEAD", "X"])
    return client.build_request(
        method, path, content=body, headers={**headers, "content-type": kind}
    )


def _body(template: Template, data: bytes, chance: random.Random) -> tuple[bytes, str]:
    """Return bytes as they are, or, where they are a message that JSON can hold, as its JSON."""
    if data[:1] in (b"{", b"["):
        return data, JSON
    if chance.random() < 0.7:
        try:
            message = request_class(template.rpc.full_name).FromString(data)
            return json_format.MessageToJson(message).encode(), JSON
        except Exception:  # not every message is one that JSON can hold
            return data, PROTO
    return data, PROTO


def _printable(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _status(answer: httpx.Response) -> str:
    """Return the status as over gRPC where the answer says it, and the number of HTTP else."""
    if answer.is_success:
        return "OK"
    try:
        code = str(answer.json()["code"]).upper()
    except (ValueError, KeyError, TypeError):
        return "INTERNAL" if answer.status_code >= 500 else f"HTTP {answer.status_code}"
    # A path or an encoding that there is not; over gRPC neither is bent, and it would be a fault.
    return f"HTTP {answer.status_code}" if code == "UNIMPLEMENTED" else code
