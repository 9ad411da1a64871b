"""Holes in what every call passes through, one for each RPC, in servers that are running."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from runway.access.v1 import access_pb2

from experience_gw import clients
from isolation.mutants.report import Mutant
from service_kit import calls as current
from service_kit import pipeline
from service_kit.client_tokens import businesses_of
from service_kit.errors import ApiError
from service_kit.identity import Identity, Role
from service_kit.tokens import Verifier
from support import identity
from support.calls import Calls, first_of
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import request_of
from support.two_businesses import Two

TOKEN = "the token's business"
ROLE = "the token's role"
AUDIENCE = "the token's audience"
MINTED = "the next wall: what the gateway mints within allows no more than the token did"
ANSWER = "the gateway's look at the answer"

EVERY_RPC = rpcs(runway_files())
OF_MANY = ("GetPortfolio", "GetExperimentResults")


def without_comparing_the_token(calls: Calls, two: Two) -> Iterator[Mutant]:
    """Let each RPC in turn take a token that is for another business, or of too low a role."""
    for rpc in EVERY_RPC:
        request = request_of(rpc.full_name, two.small)
        foreign = identity.token(rpc.full_name, [two.large.business_id])
        caught = _caught(calls, rpc, request, foreign, TOKEN)
        yield Mutant("token not compared with business_id", rpc.full_name, caught)
        if rpc.method.options.Extensions[access_pb2.permission] > access_pb2.PERMISSION_READ:
            request = request_of(rpc.full_name, two.small)
            names = businesses_of(first_of(request))
            viewer = identity.token(rpc.full_name, names, role=Role.VIEWER)
            caught = _caught(calls, rpc, request, viewer, ROLE)
            yield Mutant("role not looked at", rpc.full_name, caught)


def _caught(calls: Calls, rpc: Rpc, request: Any, token: str, wall: str) -> list[str]:
    """Return who notices that one RPC looks at no token.

    Either the call goes through, where it must be refused: then the test of that wall fails. Or it
    is refused all the same, and then it must have been the next wall, seen to refuse: the check of
    an inner service, or the gateway where it mints a token for it.
    """
    _expect(calls, rpc, request, token, "PERMISSION_DENIED")
    original, role_in = pipeline.check_permission, Identity.role_in
    name = rpc.full_name.replace("/", ".")
    refusals: list[str] = []

    def mutated(who: Identity, method: Any, business_id: str) -> None:
        if method.full_name == name:
            return
        try:
            original(who, method, business_id)
        except ApiError:
            refusals.append(method.full_name)
            raise

    def minted(self: Identity, business_id: str) -> Role:
        try:
            return role_in(self, business_id)
        except ApiError:
            refusals.append(business_id)
            raise

    with (
        _patched(pipeline, "check_permission", mutated),
        _patched(Identity, "role_in", minted),
    ):
        if _let_through(calls, rpc, request, token):
            return [wall]
    return [MINTED] if refusals else []


def without_comparing_the_audience(calls: Calls, two: Two) -> Iterator[Mutant]:
    """Let every service take a token that is for another one."""
    original = Verifier._read

    def mutated(self: Verifier, claims: Any) -> Identity:
        return original(self, {**claims, "aud": self._expected.audience})

    for rpc in EVERY_RPC:
        request = request_of(rpc.full_name, two.small)
        foreign = _for_another_service(rpc, request)
        _expect(calls, rpc, request, foreign, "UNAUTHENTICATED")
        with _patched(Verifier, "_read", mutated):
            caught = [AUDIENCE] if _let_through(calls, rpc, request, foreign) else []
        yield Mutant("audience check skipped", rpc.full_name, caught)


def _for_another_service(rpc: Rpc, request: Any) -> str:
    """Return a token that would do but for whom it is for."""
    names = businesses_of(first_of(request))
    if rpc.service.startswith("runway.experience."):
        roles = dict.fromkeys(names, Role.OWNER)
        return identity.USERS.token(identity.SUBJECT, "another-product", roles, 60)
    return identity.token(
        "runway.calculator" if "orchestrator" in rpc.service else "runway.orchestrator", names
    )


def _expect(calls: Calls, rpc: Rpc, request: Any, token: str, code: str) -> None:
    """Check that a call is refused as it is, before any hole is made."""
    answer = calls(rpc.full_name, request, token=token)
    assert answer.code == code, (rpc.full_name, answer)


def without_comparing_the_answer(lied_to: Calls, two: Two) -> Iterator[Mutant]:
    """Let the gateway show, for each RPC in turn, an answer that is for another business."""
    original = clients.is_for_the_business
    for rpc in EVERY_RPC:
        if not rpc.service.startswith("runway.experience."):
            continue

        def mutated(answer: Any, request: Any, name: str = rpc.full_name) -> bool:
            return current.current().method.strip("/") == name or original(answer, request)

        request = request_of(rpc.full_name, two.small)
        with _patched(clients, "is_for_the_business", mutated):
            answer = lied_to(rpc.full_name, request)
        shown = answer.code == "OK" and getattr(answer.response, "failed_count", 0) == 0
        told = shown or "FOREIGN_ANSWER" not in answer.everything
        yield Mutant("response not compared", rpc.full_name, [ANSWER] if told else [])


def _let_through(calls: Calls, rpc: Rpc, request: Any, token: str) -> bool:
    """Return whether a call that must be refused for its token was not."""
    refused = ("PERMISSION_DENIED", "UNAUTHENTICATED")
    return calls(rpc.full_name, request, token=token).code not in refused


@contextmanager
def _patched(owner: Any, name: str, value: Any) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)
