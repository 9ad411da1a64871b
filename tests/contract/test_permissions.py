"""Every RPC says what it lets its caller do, and nobody gets further than a token allows."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from runway.access.v1 import access_pb2

from service_kit.client_tokens import businesses_of
from service_kit.identity import Role
from service_kit.tokens import INNER_ISSUER, Signer, inner_audience
from support import identity, two_businesses
from support.calls import GRPC, HTTP, Answer, Calls, calling, first_of
from support.databases import DatabaseUrls
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import request_of
from support.servers import Stack
from support.two_businesses import Business, rows_of

EVERY_RPC = rpcs(runway_files())
every_rpc = pytest.mark.parametrize("rpc", EVERY_RPC, ids=[rpc.full_name for rpc in EVERY_RPC])
OWNERS_ALONE = {
    "CreateBusiness",
    "CreateSandbox",
    "UpdateBusiness",
    "ExportBusiness",
    "RestoreBusiness",
    "EraseBusiness",
}
"""What an adviser may not do. Whoever adds an RPC to it decides so, and says it here too."""

OTHER = "not-of-this-token"


@pytest.fixture(scope="module")
def calls(stack: Stack) -> Iterator[Calls]:
    with calling(stack) as calls:
        yield calls


@pytest.fixture(scope="module")
def mine(calls: Calls) -> Business:
    """A business with rows in every table."""
    return two_businesses.begin_small(calls)


def permission_of(rpc: Rpc) -> int:
    return int(rpc.method.options.Extensions[access_pb2.permission])


@every_rpc
def test_every_rpc_declares_its_permission(rpc: Rpc) -> None:
    if rpc.only_reads and rpc.name not in OWNERS_ALONE:
        assert permission_of(rpc) == access_pb2.PERMISSION_READ
    elif rpc.name in OWNERS_ALONE:
        assert permission_of(rpc) == access_pb2.PERMISSION_ADMINISTER
    else:
        assert permission_of(rpc) == access_pb2.PERMISSION_WORK


def request_once(rpc: Rpc, mine: Business) -> Any:
    """Return a request that would succeed, made once for each RPC, since it is to be refused."""
    if rpc.full_name not in _made:
        _made[rpc.full_name] = request_of(rpc.full_name, mine)
    return copy.deepcopy(_made[rpc.full_name])


_made: dict[str, Any] = {}


def called_as(calls: Calls, rpc: Rpc, request: Any, role: Role) -> Answer:
    businesses = businesses_of(first_of(request))
    return calls(rpc.full_name, request, token=identity.token(rpc.full_name, businesses, role=role))


@every_rpc
@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_as_far_as_its_permissions(
    rpc: Rpc, role: Role, mine: Business, calls: Calls, database: DatabaseUrls
) -> None:
    request = request_of(rpc.full_name, mine)
    before = rows_of(database, mine)
    answer = called_as(calls, rpc, request, role)
    allowed = list(Role).index(role) + 1 >= permission_of(rpc)
    if allowed:
        assert answer.code == "OK", answer
    else:
        assert (answer.code, "NOT_GRANTED" in answer.everything) == ("PERMISSION_DENIED", True)
        assert rows_of(database, mine) == before


def wrong_tokens(rpc: Rpc, business_id: str) -> dict[str, str]:
    """Return tokens that are not for this RPC of this business, by what is wrong with them."""
    name = rpc.full_name
    forger = Signer(identity.FORGERS_KEY, INNER_ISSUER)
    user = identity.token("runway.experience", [business_id])
    to_orchestrator = identity.token("runway.orchestrator", [business_id])
    to_calculator = identity.token("runway.calculator", [business_id])
    service = name.split(".")[1]
    of_others = {"orchestrator": user, "calculator": user, "experience": to_orchestrator}
    of_the_other_inner = {"orchestrator": to_calculator, "calculator": to_orchestrator}
    return {
        "none": "",
        "nonsense": "nonsense",
        "another kind's": of_others[service],
        "another service's": of_the_other_inner.get(service, to_calculator),
        "a forger's": forger.token("eve", inner_audience(service), {business_id: Role.OWNER}, 60),
    }


@every_rpc
def test_without_its_own_kind_of_token_nothing_is_answered_or_done(
    rpc: Rpc, mine: Business, calls: Calls, database: DatabaseUrls
) -> None:
    request = request_once(rpc, mine)
    before = rows_of(database, mine)
    for what, token in wrong_tokens(rpc, mine.business_id).items():
        for face in [GRPC, HTTP] if rpc.service.startswith("runway.experience.") else [GRPC]:
            answer = calls(rpc.full_name, request, face, token)
            assert answer.code == "UNAUTHENTICATED", (what, face)
            assert mine.mark not in answer.everything
    assert rows_of(database, mine) == before


@every_rpc
def test_a_token_for_another_business_is_refused_whether_this_one_exists_or_not(
    rpc: Rpc, mine: Business, calls: Calls, database: DatabaseUrls
) -> None:
    token = identity.token(rpc.full_name, [OTHER])
    request = request_once(rpc, mine)
    before = rows_of(database, mine)
    there = calls(rpc.full_name, request, token=token)
    for message in request if isinstance(request, list) else [request]:
        message.business_id = "nobody-has-this-id"
    nowhere = calls(rpc.full_name, request, token=token)
    assert there.code == nowhere.code == "PERMISSION_DENIED"
    assert there.message == nowhere.message
    assert mine.mark not in there.everything
    assert rows_of(database, mine) == before


def test_of_many_businesses_those_that_the_token_does_not_name_are_marked_and_not_told(
    mine: Business, calls: Calls
) -> None:
    other = two_businesses.begin_large(calls)
    name = "runway.experience.v1.PortfolioService/GetPortfolio"
    request = request_of(name, mine)
    request.business_ids[:] = [mine.business_id, other.business_id]
    answer = calls(name, request, token=identity.token(name, [mine.business_id]))
    assert answer.code == "OK" and answer.response.failed_count == 1
    assert mine.mark in answer.everything and other.mark not in answer.everything


def test_the_audit_says_who_it_was_by_the_token_and_not_by_a_header(
    mine: Business, calls: Calls
) -> None:
    name = "runway.orchestrator.v1.DecisionConsoleService/AddDecision"
    token = identity.token(name, [mine.business_id], subject="ada@example.com")
    assert calls(name, request_of(name, mine), token=token).code == "OK"
    finalise = "runway.experience.v1.DecisionConsoleService/FinalizeDecisions"
    request = request_of(finalise, mine)
    token = identity.token(finalise, [mine.business_id], subject="bob@example.com")
    assert calls(finalise, request, token=token).response.batch.actor == "bob@example.com"
