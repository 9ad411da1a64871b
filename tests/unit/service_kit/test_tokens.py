"""A token is believed only when its signature, its header and everything it says are right."""

import base64
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from service_kit.errors import ApiError
from service_kit.identity import Role
from service_kit.tokens import (
    LEEWAY_SECONDS,
    LONGEST_SUBJECT,
    Expectation,
    Signer,
    Verifier,
    inner,
    key_id,
    key_set,
    new_private_key,
    read_private_key,
)
from support.identity import FixedKeys

NOW = 1_795_000_000
KEY = read_private_key(new_private_key())
STRANGER = read_private_key(new_private_key())
KID = key_id(KEY.public_key())
PUBLIC_PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
EXPECTED = Expectation("https://login.example", "runway")
CLAIMS: dict[str, Any] = {
    "iss": "https://login.example",
    "aud": "runway",
    "sub": "ann",
    "nbf": NOW - 10,
    "exp": NOW + 3600,
    "businesses": {"acme": "owner", "zenith": "viewer"},
}


def signed(
    claims: Mapping[str, Any] = CLAIMS, key: Any = KEY, alg: str = "EdDSA", **headers: Any
) -> str:
    return jwt.encode(dict(claims), key, algorithm=alg, headers={"kid": KID, **headers})


def but(**changes: Any) -> dict[str, Any]:
    """Return the claims with some changed; None takes one away."""
    return {name: value for name, value in (CLAIMS | changes).items() if value is not None}


def verifier(expected: Expectation = EXPECTED, now: float = NOW) -> Verifier:
    return Verifier(FixedKeys(key_set(KEY.public_key())), expected, lambda: now)


async def refusal(token: str, **options: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        await verifier(**options).identity(token)
    assert refused.value.code.name == "UNAUTHENTICATED"
    return refused.value


async def test_a_right_token_says_who_calls_and_with_which_role_in_which_business() -> None:
    identity = await verifier().identity(signed())
    assert identity.subject == "ann"
    assert identity.roles == {"acme": Role.OWNER, "zenith": Role.VIEWER}


async def test_no_token_is_missing_and_not_wrong() -> None:
    assert (await refusal("")).reason == "TOKEN_MISSING"


def tampered(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["businesses"] = {"other": "owner"}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def unsigned() -> str:
    return jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": KID})


def signed_with_the_public_key_as_secret() -> str:
    # By hand: the library refuses to make what an attacker would.
    import hashlib
    import hmac

    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": KID}).encode())
    text = head + b"." + part(json.dumps(CLAIMS).encode())
    return (text + b"." + part(hmac.new(PUBLIC_PEM, text, hashlib.sha256).digest())).decode()


WRONG: dict[str, Callable[[], str]] = {
    "no JSON Web Token": lambda: "hello",
    "three parts of nothing": lambda: "a.b.c",
    "longer than any token": lambda: "a" * 9000,
    "changed after it was signed": lambda: tampered(signed()),
    "signed by a stranger under a known id": lambda: signed(key=STRANGER),
    "signed with a key that is not known": lambda: signed(key=STRANGER, kid="other"),
    "not signed": unsigned,
    "signed with the public key as a shared secret": signed_with_the_public_key_as_secret,
    "bringing its own key": lambda: signed(jwk={"kty": "OKP"}),
    "saying where to fetch its key": lambda: signed(jku="https://evil.example/keys"),
    "saying where to fetch its certificate": lambda: signed(x5u="https://evil.example/cert"),
    "bringing its own certificate": lambda: signed(x5c=["MIIB"]),
    "with an extension that must be understood": lambda: signed(crit=["exp"]),
    "of another issuer": lambda: signed(but(iss="https://evil.example")),
    "of no issuer": lambda: signed(but(iss=None)),
    "for another audience": lambda: signed(but(aud="runway-orchestrator")),
    "for no audience": lambda: signed(but(aud=None)),
    "that never expires": lambda: signed(but(exp=None)),
    "with an expiry that is no number": lambda: signed(but(exp="tomorrow")),
    "with an expiry that is true": lambda: signed(but(exp=True)),
    "with an expiry that is no number at all": lambda: signed(but(exp=math.nan)),
    "that expires after all time": lambda: signed(but(exp=math.inf)),
    "with an expiry too large to compute with": lambda: signed(but(exp=10**400)),
    "valid from an instant that is none": lambda: signed(but(nbf=math.nan)),
    "about a name that no column can hold": lambda: signed(but(sub="ann\0")),
    "about half a character": lambda: signed(but(sub="ann\ud800")),
    "about a name with a line end": lambda: signed(but(sub="ann\nroot")),
    "about too long a name": lambda: signed(but(sub="a" * (LONGEST_SUBJECT + 1))),
    "not valid yet": lambda: signed(but(nbf=NOW + LEEWAY_SECONDS + 1)),
    "about nobody": lambda: signed(but(sub=None)),
    "about an empty name": lambda: signed(but(sub="")),
    "for no businesses": lambda: signed(but(businesses=None)),
    "for a list of businesses": lambda: signed(but(businesses=["acme"])),
    "with a role that there is not": lambda: signed(but(businesses={"acme": "root"})),
}


@pytest.mark.parametrize("token", WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_token_is_refused(token: Callable[[], str]) -> None:
    assert (await refusal(token())).reason == "TOKEN_REFUSED"


async def test_a_refusal_repeats_nothing_of_the_token() -> None:
    for make in WRONG.values():
        assert "evil" not in (await refusal(make())).message


@pytest.mark.parametrize(("seconds", "valid"), [(-1, True), (0, True), (4, True), (5, False)])
async def test_a_token_expires_when_it_says_give_or_take_the_clocks(
    seconds: int, valid: bool
) -> None:
    late = CLAIMS["exp"] + seconds
    if valid:
        assert (await verifier(now=late).identity(signed())).subject == "ann"
    else:
        assert (await refusal(signed(), now=late)).reason == "TOKEN_EXPIRED"


async def test_one_audience_of_several_is_enough() -> None:
    token = signed(but(aud=["other", "runway"]))
    assert (await verifier().identity(token)).subject == "ann"


@pytest.mark.parametrize("kind", ["ES256", "RS256"])
async def test_the_other_public_key_algorithms_are_taken_with_their_own_keys(kind: str) -> None:
    if kind == "ES256":
        key: Any = ec.generate_private_key(ec.SECP256R1())
        web_key = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        key = rsa.generate_private_key(65537, 2048)
        web_key = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    keys = FixedKeys(json.dumps({"keys": [{**web_key, "kid": KID, "alg": kind}]}))
    ours = Verifier(keys, EXPECTED, lambda: NOW)
    assert (await ours.identity(signed(key=key, alg=kind))).subject == "ann"
    with pytest.raises(ApiError):
        await ours.identity(signed())


INNER = inner("orchestrator")
GATEWAY = Signer(KEY, INNER.issuer, lambda: NOW)


async def test_an_inner_token_is_for_one_business_one_service_and_a_minute() -> None:
    token = GATEWAY.token("ann", "runway-orchestrator", {"acme": Role.ADVISER}, 60)
    identity = await verifier(INNER).identity(token)
    assert (identity.subject, identity.roles) == ("ann", {"acme": Role.ADVISER})


@pytest.mark.parametrize(
    ("audience", "businesses", "seconds"),
    [
        ("runway-calculator", ["acme"], 60),
        ("runway", ["acme"], 60),
        ("runway-orchestrator", ["acme", "zenith"], 60),
        ("runway-orchestrator", [], 60),
        ("runway-orchestrator", ["acme"], 61),
    ],
)
async def test_an_inner_token_for_more_than_that_is_refused(
    audience: str, businesses: list[str], seconds: int
) -> None:
    token = GATEWAY.token("ann", audience, dict.fromkeys(businesses, Role.OWNER), seconds)
    assert (await refusal(token, expected=INNER)).reason == "TOKEN_REFUSED"


async def test_a_user_s_token_is_worth_nothing_to_an_inner_service() -> None:
    assert (await refusal(signed(), expected=INNER)).reason == "TOKEN_REFUSED"
