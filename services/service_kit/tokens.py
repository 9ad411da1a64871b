"""Tokens that say who calls: JSON Web Tokens (RFC 7519), signed by a key pair, and nothing else.

A user's token is made by an identity provider and names the businesses that it is for. An inner
token is made by the gateway for one business, one service and a minute at most. Both have the same
claims, so that one verifier reads both:

    iss, aud, sub     who made it, for whom, about whom
    exp, nbf          until when, and from when; seconds since 1970
    businesses        {"<business_id>": "owner" | "adviser" | "viewer"}
"""

import base64
import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.types import Options

from service_kit.errors import ApiError
from service_kit.identity import Identity, Role

ALGORITHMS = ("EdDSA", "ES256", "RS256")
"""Public keys alone: with a shared secret, whoever verifies could sign."""

LONGEST_TOKEN = 8 * 1024
LONGEST_SUBJECT = 255
"""OpenID Connect says so of `sub`; it goes into every line of the audit."""
LONGEST_INNER_SECONDS = 60
LEEWAY_SECONDS = 5
"""By how much the clocks of two machines may differ."""

# A header that brings its own key, says where to fetch one, or wants what is not known here.
_REFUSED_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit"})
_NO_CHECKS = Options(
    verify_exp=False,
    verify_nbf=False,
    verify_iat=False,
    verify_aud=False,
    verify_iss=False,
    verify_sub=False,
    verify_jti=False,
)

WallClock = Callable[[], float]


class Keys(Protocol):
    """The public keys of those who may sign."""

    async def key(self, kid: str | None) -> jwt.PyJWK | None:
        """Return the key of that id, or None."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a token must say: who made it and for whom; for how long and how much at most."""

    issuer: str
    audience: str
    longest_seconds: float | None = None
    one_business: bool = False


INNER_ISSUER = "runway-gateway"


def inner_audience(service: str) -> str:
    """Return the audience of tokens for an inner service, the orchestrator or the calculator."""
    return f"runway-{service}"


def inner(service: str) -> Expectation:
    """Return what a token of the gateway for an inner service says."""
    return Expectation(
        INNER_ISSUER, inner_audience(service), LONGEST_INNER_SECONDS, one_business=True
    )


class Verifier:
    """Reads who calls from a token."""

    def __init__(self, keys: Keys, expected: Expectation, clock: WallClock = time.time) -> None:
        self._keys = keys
        self._expected = expected
        self._clock = clock

    async def identity(self, token: str) -> Identity:
        """Return whom a token is about.

        Raises ApiError UNAUTHENTICATED, with the reason TOKEN_MISSING, TOKEN_EXPIRED or
        TOKEN_REFUSED; the message says which check failed and nothing of the token.
        """
        if not token:
            raise _unauthenticated("TOKEN_MISSING", "A bearer token is needed.")
        if len(token) > LONGEST_TOKEN:
            raise _refused("it is too long")
        return self._read(await self._verified(token))

    async def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise _refused("it is no JSON Web Token") from None
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise _refused(f"its algorithm is none of {', '.join(ALGORITHMS)}")
        if _REFUSED_HEADERS & header.keys():
            raise _refused("its header wants what is not allowed here")
        key = await self._keys.key(kid)
        if key is None:
            raise _refused("its key is not known")
        if key.algorithm_name != algorithm:
            raise _refused("its algorithm is not the key's")
        try:
            # What it says is checked below, against a clock that tests can set.
            claims: Mapping[str, Any] = jwt.decode(
                token, key, algorithms=[algorithm], options=_NO_CHECKS
            )
        except (jwt.PyJWTError, ValueError):
            raise _refused("its signature is wrong") from None
        return claims

    def _read(self, claims: Mapping[str, Any]) -> Identity:
        expected, now = self._expected, self._clock()
        if claims.get("iss") != expected.issuer:
            raise _refused("it is of another issuer")
        audience = claims.get("aud")
        if expected.audience not in (audience if isinstance(audience, list) else [audience]):
            raise _refused("it is for another audience")
        until, since = _instant(claims, "exp"), _instant(claims, "nbf")
        if until is None:
            raise _refused("it never expires")
        if now >= until + LEEWAY_SECONDS:
            raise _unauthenticated("TOKEN_EXPIRED", "The token has expired.")
        if since is not None and now < since - LEEWAY_SECONDS:
            raise _refused("it is not valid yet")
        longest = expected.longest_seconds
        if longest is not None and (since is None or until - since > longest):
            raise _refused("it is valid for too long")
        roles = _roles(claims.get("businesses"))
        if expected.one_business and len(roles) != 1:
            raise _refused("it is not for one business")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise _refused("it does not say whom it is about")
        if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            raise _refused("whom it is about is no name")
        return Identity(subject, roles)


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(f"{name} is no number")
    try:
        instant = float(value)
    except OverflowError:
        instant = math.inf
    if not math.isfinite(instant):
        raise _refused(f"{name} is no instant")
    return instant


def _roles(claim: object) -> dict[str, Role]:
    if not isinstance(claim, dict):
        raise _refused("it names no businesses")
    try:
        return {str(business_id): Role(role) for business_id, role in claim.items()}
    except ValueError:
        raise _refused("it names a role that there is not") from None


def _refused(why: str) -> ApiError:
    return _unauthenticated("TOKEN_REFUSED", f"The token is refused: {why}.")


def _unauthenticated(reason: str, message: str) -> ApiError:
    return ApiError(grpc.StatusCode.UNAUTHENTICATED, reason, message)


class Signer:
    """Makes tokens with a private Ed25519 key."""

    def __init__(
        self, private_key: Ed25519PrivateKey, issuer: str, clock: WallClock = time.time
    ) -> None:
        self._private_key = private_key
        self._headers = {"kid": key_id(private_key.public_key())}
        self._issuer = issuer
        self._clock = clock

    def token(
        self, subject: str, audience: str, roles: Mapping[str, Role], lifetime_seconds: float
    ) -> str:
        """Return a token about somebody, for an audience, with a role in each of some businesses,
        that holds from now on for so many seconds.
        """
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "aud": audience,
            "sub": subject,
            "nbf": now,
            "exp": now + int(lifetime_seconds),
            "businesses": {business_id: str(role) for business_id, role in roles.items()},
        }
        return jwt.encode(claims, self._private_key, algorithm="EdDSA", headers=self._headers)


def new_private_key() -> bytes:
    """Return a new private key as PEM (PKCS #8)."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read_private_key(pem: bytes) -> Ed25519PrivateKey:
    """Read a private key from PEM. Raises ValueError when it is none of Ed25519."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it is no Ed25519 key")
    return key


def key_set(*public_keys: Ed25519PublicKey) -> str:
    """Return public keys as a JSON Web Key Set (RFC 7517)."""
    return json.dumps({"keys": [_web_key(key) for key in public_keys]}, indent=2) + "\n"


def _web_key(key: Ed25519PublicKey) -> dict[str, str]:
    return {**_thumbprint_members(key), "kid": key_id(key), "use": "sig", "alg": "EdDSA"}


def key_id(key: Ed25519PublicKey) -> str:
    """Return a key's id: its thumbprint (RFC 7638)."""
    members = json.dumps(_thumbprint_members(key), separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(members.encode()).digest())


def _thumbprint_members(key: Ed25519PublicKey) -> dict[str, str]:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
