"""Who calls in tests: an owner of the business that the request names, if a test says no other.

The keys are made for the run; verification is the production one.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import jwt
from google.protobuf.message import Message

from runway_cli.keys import USER_AUDIENCE, USER_ISSUER, LocalKeys
from service_kit.calls import AUTHORIZATION_HEADER
from service_kit.client_tokens import authorized, businesses_of
from service_kit.identity import Role
from service_kit.tokens import (
    INNER_ISSUER,
    Expectation,
    Signer,
    Verifier,
    inner,
    inner_audience,
    new_private_key,
    read_private_key,
)

SUBJECT = "ann@example.com"
# Of this run of the tests alone, and gone with it.
_FOLDER = tempfile.TemporaryDirectory(prefix="runway-test-keys-")
STATE_DIR = Path(_FOLDER.name)
KEYS = LocalKeys(STATE_DIR)
KEYS.make()
FORGERS_KEY = read_private_key(new_private_key())


def signer(name: str, issuer: str) -> Signer:
    """Return a signer with a private key of `KEYS`."""
    return Signer(read_private_key(KEYS.private_file(name).read_bytes()), issuer)


USERS = signer("users", USER_ISSUER)
GATEWAY = signer("gateway", INNER_ISSUER)


class FixedKeys:
    """A key set that never changes."""

    def __init__(self, web_keys: str) -> None:
        self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_json(web_keys).keys}

    async def key(self, kid: str | None) -> jwt.PyJWK | None:
        return self._keys.get(kid)


def users() -> Verifier:
    """Return what the gateway verifies users' tokens with."""
    keys = FixedKeys(KEYS.public_file("users").read_text())
    return Verifier(keys, Expectation(USER_ISSUER, USER_AUDIENCE))


def gateways(service: str) -> Verifier:
    """Return what the orchestrator or the calculator verifies the gateway's tokens with."""
    return Verifier(FixedKeys(KEYS.public_file("gateway").read_text()), inner(service))


def token(
    method: str, businesses: Iterable[str], subject: str = SUBJECT, role: Role = Role.OWNER
) -> str:
    """Return the token that a method's service wants, for some businesses."""
    roles: Mapping[str, Role] = dict.fromkeys(businesses, role)
    if "runway.experience" in method:
        return USERS.token(subject, USER_AUDIENCE, roles, 60)
    service = "orchestrator" if "runway.orchestrator" in method else "calculator"
    return GATEWAY.token(subject, inner_audience(service), roles, 60)


def bearer(method: str, *businesses: str, **who: Any) -> tuple[tuple[str, str], ...]:
    """Return the metadata of a call of a method that is allowed for some businesses."""
    return ((AUTHORIZATION_HEADER, f"Bearer {token(method, businesses, **who)}"),)


def metadata(method: str, request: Message, **who: Any) -> tuple[tuple[str, str], ...]:
    """Return the metadata of a call that is allowed."""
    return bearer(method, *businesses_of(request), **who)


def subject_of(headers: Mapping[str, str]) -> str:
    """Return whom the token of a call that was received is about."""
    received = headers[AUTHORIZATION_HEADER].removeprefix("Bearer ")
    return str(jwt.decode(received, options={"verify_signature": False})["sub"])


def channel(address: str, options: Sequence[tuple[str, Any]] | None = None) -> Any:
    """Return a channel whose every call is allowed."""
    return authorized(grpc.insecure_channel(address, options), token)


def headers(*businesses: str, **who: Any) -> dict[str, str]:
    """Return the headers of a request to the gateway that is allowed."""
    return {AUTHORIZATION_HEADER: f"Bearer {token('runway.experience', businesses, **who)}"}


def headers_for(body: bytes) -> dict[str, str]:
    """Return the headers for whatever business a JSON body names."""
    try:
        read = json.loads(body)
    except ValueError:
        return headers()
    if not isinstance(read, dict):
        return headers()
    named = [read.get("businessId", ""), *read.get("businessIds", ())]
    return headers(*(str(business) for business in named))


def aio_channel(address: str, options: Sequence[tuple[str, Any]] | None = None) -> grpc.aio.Channel:
    """Return an asynchronous channel whose every call is allowed."""
    return grpc.aio.insecure_channel(address, options, interceptors=[_Tokens()])


class _Tokens(grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        given = list(details.metadata or ())
        if hasattr(request, "business_id") and AUTHORIZATION_HEADER not in dict(given):
            method = details.method
            path = method.decode() if isinstance(method, bytes) else method
            given += metadata(path, request)
        return await continuation(
            grpc.aio.ClientCallDetails(
                details.method,
                details.timeout,
                grpc.aio.Metadata(*given),
                details.credentials,
                details.wait_for_ready,
            ),
            request,
        )
