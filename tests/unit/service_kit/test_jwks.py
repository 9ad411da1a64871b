"""Which keys are believed, and how often they are fetched; over real HTTP."""

import asyncio
import contextlib
import http.server
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from service_kit import jwks
from service_kit.jwks import KeySetError, KeySource, read_key_set
from service_kit.process import StartError
from service_kit.tokens import key_id, key_set, new_private_key, read_private_key

FIRST, SECOND = (read_private_key(new_private_key()) for _ in range(2))
FIRST_ID, SECOND_ID = key_id(FIRST.public_key()), key_id(SECOND.public_key())
WEB_KEY: dict[str, Any] = json.loads(key_set(FIRST.public_key()))["keys"][0]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Provider:
    """An identity provider's key set, over HTTP."""

    def __init__(self) -> None:
        self.body = key_set(FIRST.public_key()).encode()
        self.status = 200
        self.seconds = 0.0
        self.asked = 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                time.sleep(provider.seconds)
                self.send_response(provider.status)
                if provider.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                # A client that has had enough goes.
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(provider.body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys"


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever, args=(0.01,))
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


async def test_a_key_is_fetched_once_and_then_known(provider: Provider) -> None:
    source = KeySource(provider.url, Clock())
    for _ in range(3):
        key = await source.key(FIRST_ID)
        assert key is not None and key.key_id == FIRST_ID
    assert provider.asked == 1


async def test_many_at_once_share_one_fetch(provider: Provider) -> None:
    provider.seconds = 0.1
    source = KeySource(provider.url, Clock())
    keys = await asyncio.gather(*(source.key(FIRST_ID) for _ in range(50)))
    assert all(keys) and provider.asked == 1


async def test_a_key_that_is_not_known_yet_is_fetched_so_that_keys_can_rotate(
    provider: Provider,
) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    await source.key(FIRST_ID)
    provider.body = key_set(FIRST.public_key(), SECOND.public_key()).encode()
    clock.now += 30
    assert await source.key(SECOND_ID) is not None
    assert await source.key(FIRST_ID) is not None
    assert provider.asked == 2


async def test_keys_that_are_made_up_cost_one_fetch_in_thirty_seconds(provider: Provider) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    for number in range(600):
        assert await source.key(f"made-up-{number}") is None
        clock.now += 0.1
    assert provider.asked == 2


async def test_a_caller_who_goes_does_not_take_the_fetch_along_that_others_wait_for(
    provider: Provider,
) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    await source.key(FIRST_ID)
    provider.body = key_set(SECOND.public_key()).encode()
    provider.seconds = 0.2
    clock.now += jwks.LEAST_SECONDS_BETWEEN_FETCHES
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await source.key(SECOND_ID)
    assert await source.key(SECOND_ID) is not None
    assert provider.asked == 2


async def test_a_set_that_has_grown_old_is_fetched_again_and_a_key_taken_back_is_gone(
    provider: Provider,
) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    await source.key(FIRST_ID)
    provider.body = key_set(SECOND.public_key()).encode()
    clock.now += jwks.FRESH_SECONDS - 1
    assert await source.key(FIRST_ID) is not None
    clock.now += 1
    assert await source.key(FIRST_ID) is None


def no_answer(provider: Provider) -> None:
    provider.status = 503


def too_large(provider: Provider) -> None:
    provider.body = b" " * (jwks.LARGEST_SET_BYTES + 1)


def no_json(provider: Provider) -> None:
    provider.body = b"<html>"


def too_slow(provider: Provider) -> None:
    provider.seconds = 0.6


def elsewhere(provider: Provider) -> None:
    provider.status = 302


@pytest.mark.parametrize("fault", [no_answer, too_large, no_json, too_slow, elsewhere])
async def test_when_it_cannot_be_fetched_the_keys_before_stay(
    provider: Provider, fault: Callable[[Provider], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "FETCH_SECONDS", 0.3)
    clock = Clock()
    source = KeySource(provider.url, clock)
    await source.key(FIRST_ID)
    fault(provider)
    clock.now += jwks.FRESH_SECONDS
    assert await source.key(FIRST_ID) is not None
    assert await source.key(SECOND_ID) is None
    assert provider.asked == 2


async def test_keys_that_cannot_be_fetched_again_are_believed_for_a_day_and_no_longer(
    provider: Provider,
) -> None:
    clock = Clock()
    source = KeySource(provider.url, clock)
    await source.key(FIRST_ID)
    no_answer(provider)
    clock.now += jwks.LONGEST_SECONDS - 1
    assert await source.key(FIRST_ID) is not None
    clock.now += 1
    assert await source.key(FIRST_ID) is None
    provider.status = 200
    clock.now += jwks.LEAST_SECONDS_BETWEEN_FETCHES
    assert await source.key(FIRST_ID) is not None


async def test_a_file_that_cannot_be_read_again_is_believed_for_as_long_as_is_set(
    tmp_path: Path,
) -> None:
    clock, file = Clock(), tmp_path / "keys.json"
    file.write_text(key_set(FIRST.public_key()))
    source = KeySource(str(file), clock, longest_seconds=60)
    for _ in range(3):
        clock.now += 59
        assert await source.key(FIRST_ID) is not None
    file.unlink()
    clock.now += 59
    assert await source.key(FIRST_ID) is not None
    clock.now += 1
    assert await source.key(FIRST_ID) is None


def test_keys_are_not_fetched_unencrypted_from_another_machine() -> None:
    with pytest.raises(StartError, match="https"):
        KeySource.at("http://login.example/keys", "RUNWAY_USER_KEYS")


async def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "keys.json"
    file.write_text(key_set(FIRST.public_key()))
    source = KeySource(str(file), clock)
    assert await source.key(FIRST_ID) is not None
    draft = tmp_path / "draft"
    draft.write_text(key_set(SECOND.public_key()))
    os.replace(draft, file)
    clock.now += 1
    assert await source.key(SECOND_ID) is not None
    assert await source.key(FIRST_ID) is None


async def test_a_file_that_is_gone_or_broken_leaves_the_keys_before(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "keys.json"
    file.write_text(key_set(FIRST.public_key()))
    source = KeySource(str(file), clock)
    assert await source.key(FIRST_ID) is not None
    for break_it in (lambda: file.write_text("{"), file.unlink):
        break_it()
        clock.now += 1
        assert await source.key(FIRST_ID) is not None


@pytest.mark.parametrize("text", [None, "{", "[]", '{"keys": 3}', '{"keys": [3]}'])
def test_a_server_does_not_start_on_a_file_that_is_no_key_set(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "keys.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(StartError, match="RUNWAY_INNER_KEYS"):
        KeySource.at(str(file), "RUNWAY_INNER_KEYS")


async def test_a_token_without_an_id_is_verified_with_the_only_key_if_there_is_but_one(
    tmp_path: Path,
) -> None:
    file = tmp_path / "keys.json"
    file.write_text(key_set(FIRST.public_key()))
    assert await KeySource(str(file)).key(None) is not None
    file.write_text(key_set(FIRST.public_key(), SECOND.public_key()))
    assert await KeySource(str(file)).key(None) is None


def rsa_key(bits: int) -> dict[str, Any]:
    public = rsa.generate_private_key(65537, bits).public_key()
    return {**RSAAlgorithm.to_jwk(public, as_dict=True), "kid": "rsa"}


def p256_key(curve: Any = None) -> dict[str, Any]:
    public = ec.generate_private_key(curve or ec.SECP256R1()).public_key()
    return {**ECAlgorithm.to_jwk(public, as_dict=True), "kid": "ec"}


def test_the_three_kinds_of_keys_are_taken() -> None:
    taken = read_key_set(json.dumps({"keys": [WEB_KEY, rsa_key(2048), p256_key()]}).encode())
    assert {kid: key.algorithm_name for kid, key in taken.items()} == {
        FIRST_ID: "EdDSA",
        "rsa": "RS256",
        "ec": "ES256",
    }


@pytest.mark.parametrize(
    "entry",
    [
        {**WEB_KEY, "use": "enc"},
        {**WEB_KEY, "alg": "ES256"},
        {**WEB_KEY, "kid": None},
        {name: value for name, value in WEB_KEY.items() if name != "kid"},
        {**WEB_KEY, "x": "short"},
        {**OKPAlgorithm.to_jwk(FIRST, as_dict=True), "kid": "private"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        rsa_key(1024),
        p256_key(ec.SECP384R1()),
        {"kid": "nothing"},
    ],
    ids=lambda entry: str(sorted(entry)),
)
def test_other_keys_are_left_out_and_the_rest_of_the_set_is_used(entry: dict[str, Any]) -> None:
    other = json.loads(key_set(SECOND.public_key()))["keys"][0]
    assert set(read_key_set(json.dumps({"keys": [entry, other]}).encode())) == {SECOND_ID}


def test_of_two_keys_with_one_id_neither_is_used() -> None:
    twice = {"keys": [WEB_KEY, {**WEB_KEY}]}
    assert read_key_set(json.dumps(twice).encode()) == {}


def test_a_set_that_is_too_large_is_none() -> None:
    with pytest.raises(KeySetError):
        read_key_set(b" " * (jwks.LARGEST_SET_BYTES + 1))
