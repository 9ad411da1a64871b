"""Where the public keys come from that tokens are verified with: a JSON Web Key Set (RFC 7517)."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from service_kit.process import StartError

LARGEST_SET_BYTES = 256 * 1024
SHORTEST_RSA_BITS = 2048
FETCH_SECONDS = 3.0
FRESH_SECONDS = 300.0
"""How long a fetched set is taken as it is."""
LEAST_SECONDS_BETWEEN_FETCHES = 30.0
"""However many tokens name a key that is not known: who made them up must not make us a flood."""
LOOK_AT_FILE_SECONDS = 1.0
LONGEST_SECONDS = 86_400.0
"""How long keys are believed that cannot be read again: one taken back must not live for ever."""

_KINDS = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256", ("RSA", None): "RS256"}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})

KeySet = Mapping[str, jwt.PyJWK]
Monotonic = Callable[[], float]

log = structlog.get_logger()


class KeySetError(Exception):
    """A key set cannot be had, or is none; the text says why."""


class Source(Protocol):
    """Where a key set is read from."""

    async def keys(self, unknown: bool) -> KeySet:
        """Return the keys by their ids; `unknown` says that one was asked for that is not there."""


class KeySource:
    """The keys of a set that is a file, or is fetched over HTTPS (over HTTP from loopback alone).

    Both may change while the process runs: a file is read again when it has changed, a URL when
    what was fetched has grown old or a token names a key that is not known. When that fails, the
    keys before stay for `longest_seconds` since they were last read, and then there are none.
    """

    def __init__(
        self,
        location: str,
        clock: Monotonic = time.monotonic,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._source: Source
        if urlsplit(location).scheme in ("http", "https"):
            self._source = _Url(location, clock, longest_seconds)
        else:
            self._source = _File(Path(location), clock, longest_seconds)

    @classmethod
    def at(
        cls, location: str, variable: str, longest_seconds: float = LONGEST_SECONDS
    ) -> "KeySource":
        """Return the source at a location that a variable names; a file must be one at the start.

        Raises StartError naming the variable.
        """
        try:
            source = cls(location, longest_seconds=longest_seconds)
            if isinstance(source._source, _File):
                source._source.read_if_changed()
        except (OSError, KeySetError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise StartError(
                f"The keys that {variable} names cannot be used ({why});"
                " name a file with a JSON Web Key Set, or its https address."
            ) from None
        return source

    async def key(self, kid: str | None) -> jwt.PyJWK | None:
        """Return the key of an id, or None; without an id, the only key, if there is but one."""
        for unknown in (False, True):
            keys = await self._source.keys(unknown)
            if kid is not None and kid in keys:
                return keys[kid]
            if kid is None and len(keys) == 1:
                return next(iter(keys.values()))
        return None


class _File:
    def __init__(self, path: Path, clock: Monotonic, longest_seconds: float) -> None:
        self._path = path
        self._clock = clock
        self._longest_seconds = longest_seconds
        self._read_at = float("-inf")
        self._looked_at = -LOOK_AT_FILE_SECONDS
        self._stamp: tuple[int, ...] = ()
        self._keys: KeySet = {}

    async def keys(self, unknown: bool) -> KeySet:
        # A look costs some microseconds; reading goes on with what is known when it cannot be had.
        if self._clock() - self._looked_at >= LOOK_AT_FILE_SECONDS:
            self._looked_at = self._clock()
            try:
                self.read_if_changed()
            except (OSError, KeySetError) as error:
                log.error("key set cannot be read", file=str(self._path), why=str(error))
        return self._keys if self._clock() - self._read_at < self._longest_seconds else {}

    def read_if_changed(self) -> None:
        """Read the file unless it is as it was. Raises OSError and KeySetError."""
        found = self._path.stat()
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            self._keys = read_key_set(self._path.read_bytes())
            self._stamp = stamp
        self._read_at = self._clock()


class _Url:
    def __init__(self, url: str, clock: Monotonic, longest_seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("keys are fetched over https, or from this machine")
        self._url = url
        self._clock = clock
        self._longest_seconds = longest_seconds
        self._fetching: asyncio.Task[None] | None = None
        self._tried_at = float("-inf")
        self._fetched_at = float("-inf")
        self._keys: KeySet = {}

    async def keys(self, unknown: bool) -> KeySet:
        # Whoever asks for an unknown key waits for a fetch under way; the others go on meanwhile.
        if self._is_due(unknown):
            self._tried_at = self._clock()
            self._fetching = asyncio.create_task(self._fetch())
        elif not unknown:
            return self._believed()
        if self._fetching is not None:
            # Nobody's: a caller who goes must not take along what all others wait for.
            await asyncio.shield(self._fetching)
        return self._believed()

    def _believed(self) -> KeySet:
        return self._keys if self._clock() - self._fetched_at < self._longest_seconds else {}

    def _is_due(self, unknown: bool) -> bool:
        now = self._clock()
        if now - self._tried_at < LEAST_SECONDS_BETWEEN_FETCHES:
            return False
        return unknown or now - self._fetched_at >= FRESH_SECONDS

    async def _fetch(self) -> None:
        """Fetch the set; keep the one before when that fails."""
        # Only here: a service with a file of keys need not hold all of it in memory.
        import httpx

        began = self._clock()
        try:
            self._keys = read_key_set(await self._body(httpx))
            self._fetched_at = began
        except (httpx.HTTPError, KeySetError, TimeoutError) as error:
            log.error("key set cannot be fetched", why=f"{type(error).__name__}: {error}")

    async def _body(self, httpx: Any) -> bytes:
        body = b""
        async with (
            asyncio.timeout(FETCH_SECONDS),
            # No redirects, and no proxy from the environment: keys come from where it says.
            httpx.AsyncClient(trust_env=False, follow_redirects=False) as client,
            client.stream("GET", self._url) as answer,
        ):
            if answer.status_code != 200:
                raise KeySetError(f"the answer is {answer.status_code}")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_SET_BYTES:
                    raise KeySetError("it is too large")
        return body


def read_key_set(data: bytes) -> KeySet:
    """Read the usable keys of a set, by their ids.

    Usable are public keys for signatures (Ed25519, P-256, RSA of 2,048 bits or more), each with an
    id that no other key of the set has. The rest is left out and logged. Raises KeySetError when
    the data are no key set.
    """
    if len(data) > LARGEST_SET_BYTES:
        raise KeySetError("it is too large")
    try:
        entries = json.loads(data)["keys"]
        ids = Counter(entry.get("kid") for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeySetError("it is no JSON Web Key Set") from None
    keys: dict[str, jwt.PyJWK] = {}
    for entry in entries:
        kid = entry.get("kid")
        try:
            if ids[kid] > 1 or not isinstance(kid, str):
                raise KeySetError("its id is missing or another's as well")
            keys[kid] = _usable(entry)
        except (KeySetError, jwt.PyJWTError, ValueError, TypeError) as error:
            log.warning("a key of the key set is not used", kid=str(kid), why=str(error))
    return keys


def _usable(entry: Mapping[str, Any]) -> jwt.PyJWK:
    algorithm = _KINDS.get((entry.get("kty", ""), entry.get("crv")))
    if algorithm is None:
        raise KeySetError("it is of a kind that is not used here")
    if _PRIVATE & entry.keys():
        raise KeySetError("it is a private key")
    if entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm:
        raise KeySetError("it is for something else")
    key = jwt.PyJWK(dict(entry), algorithm)
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < SHORTEST_RSA_BITS:
        raise KeySetError("it is too short")
    return key
