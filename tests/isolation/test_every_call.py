"""No call of any service tells or touches anything of another business.

Two businesses live side by side with the same ids. Every RPC that the protos declare is called for
each of them, over every face that serves it, on the three real servers.
"""

import copy
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import structlog

from support import two_businesses
from support.builders import request_id
from support.calls import GRPC, HTTP, Answer, Calls
from support.databases import DatabaseUrls
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import (
    BEGINNING,
    CALCULATORS,
    GATEWAY,
    REQUESTS,
    everything_told,
    request_of,
)
from support.two_businesses import (
    A_MILLION,
    CONSOLES,
    LEDGERS,
    Business,
    Two,
    assert_tells_nothing_of,
    rows_of,
)

EVERY_RPC = rpcs(runway_files())
EVERY_CALL = [
    (rpc, face)
    for rpc in EVERY_RPC
    for face in ([GRPC, HTTP] if rpc.service.startswith("runway.experience.") else [GRPC])
]
every_call = pytest.mark.parametrize(
    ("rpc", "face"), EVERY_CALL, ids=[f"{face} {rpc.full_name}" for rpc, face in EVERY_CALL]
)
OF_MANY = {"GetPortfolio", "GetExperimentResults"}
READS = [rpc for rpc in EVERY_RPC if rpc.only_reads]


def money_in(message: Any) -> Iterator[int]:
    """Yield the whole units of every amount in a message."""
    if message.DESCRIPTOR.full_name == "google.type.Money":
        yield message.units
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if field.is_repeated else [value]:
                yield from money_in(part)


def test_every_rpc_is_called_here() -> None:
    """Whoever adds an RPC says in `every_request` how it is called; nothing else is needed."""
    assert {rpc.full_name for rpc in EVERY_RPC} == REQUESTS.keys()


def test_both_businesses_have_rows_in_every_table(two: Two, database: DatabaseUrls) -> None:
    for rows in rows_of(database, *two):
        assert len(rows) > 10
        assert [table for table, held in rows.items() if not held] == []


def test_the_two_differ_in_no_id_that_a_caller_chooses(two: Two) -> None:
    for method, key in [("ListBills", "bill_id"), ("ListAccounts", "account_id")]:
        ids = []
        for business in two:
            listed = business.ask(f"{LEDGERS}/{method}").ListFields()[1][1]
            ids.append({getattr(item, key) for item in listed})
        assert len(ids[0] & ids[1]) > 0
        assert {i.replace("-s", "") for i in ids[0]} == {i.replace("-l", "") for i in ids[1]}


@pytest.mark.parametrize("who", ["small", "large"])
@every_call
def test_a_call_tells_and_touches_its_own_business_alone(
    rpc: Rpc, face: str, who: str, two: Two, calls: Calls, database: DatabaseUrls
) -> None:
    mine, other = two if who == "small" else reversed(two)
    request = request_of(rpc.full_name, mine)
    own_rows, other_rows = rows_of(database, mine, other)
    with structlog.testing.capture_logs() as logs:
        answer = calls(rpc.full_name, request, face)
    assert answer.code == "OK", answer
    asked_for = request[0] if isinstance(request, list) else request
    assert answer.response.business_id == asked_for.business_id
    assert_tells_nothing_of(other, answer.everything)
    assert logs and mine.business_id in str(logs)
    assert_tells_nothing_of(other, str(logs))
    if mine is two.small:
        assert all(abs(units) < A_MILLION for units in money_in(answer.response))
    if rpc.name == "GetExperimentResults":
        # Counts alone, of the one business that was named.
        assert sum(one.exposed_count for one in answer.response.variants) <= 1
    elif rpc.name == "VerifyAudit":
        # A number and a hash, and no text that could be looked for.
        assert answer.response.fault == 0 and answer.response.head.sequence_number > 0
    elif rpc.only_reads and not rpc.service.startswith(CALCULATORS):
        assert mine.mark in answer.everything
    own_rows_now, other_rows_now = rows_of(database, mine, other)
    assert other_rows_now == other_rows
    assert (own_rows_now == own_rows) == rpc.only_reads


@every_call
@pytest.mark.parametrize("business_id", ["", "Not-Canonical", "-a", "a" * 64, "%"])
def test_a_call_for_no_proper_business_is_refused(
    rpc: Rpc, face: str, business_id: str, two: Two, calls: Calls
) -> None:
    request = request_once(rpc, two.small)
    for message in request if isinstance(request, list) else [request]:
        message.business_id = business_id
    answer = calls(rpc.full_name, request, face)
    assert answer.code == "INVALID_ARGUMENT"
    assert "business_id" in answer.everything


@every_call
def test_a_call_for_a_business_that_is_not_there_finds_nothing(
    rpc: Rpc, face: str, two: Two, calls: Calls
) -> None:
    if rpc.service.startswith(CALCULATORS) or rpc.name in BEGINNING:
        return  # These need no business that is there.
    request = request_once(rpc, two.large)
    for message in request if isinstance(request, list) else [request]:
        message.business_id = two.large.business_id[:-1]
        if rpc.name in OF_MANY:
            message.business_ids[:] = [message.business_id]
    answer = calls(rpc.full_name, request, face)
    if rpc.name in OF_MANY:
        # A business that cannot be shown is marked, or counted.
        assert answer.code == "OK" and answer.response.failed_count == 1
    else:
        assert answer.code == "NOT_FOUND"
        assert "BUSINESS_NOT_FOUND" in answer.everything
    assert two.large.mark not in answer.everything


def request_once(rpc: Rpc, mine: Business) -> Any:
    """Return a request as it would succeed, made once for each RPC."""
    key = (rpc.full_name, mine.business_id)
    if key not in _made:
        _made[key] = request_of(rpc.full_name, mine)
    return copy.deepcopy(_made[key])


_made: dict[tuple[str, str], Any] = {}


def test_what_a_business_is_told_is_the_same_with_and_without_the_other(calls: Calls) -> None:
    """Also in what no text and no size gives away: counts, dates, ranks, scores, versions."""
    alone = two_businesses.begin_small(calls)
    told_alone = everything_told(calls, EVERY_RPC, alone)
    other = two_businesses.begin_large(calls)
    assert everything_told(calls, EVERY_RPC, alone) == told_alone
    for rpc in EVERY_RPC:
        assert calls(rpc.full_name, request_of(rpc.full_name, other)).code == "OK"
    assert everything_told(calls, EVERY_RPC, alone) == told_alone


def test_the_calculator_keeps_nothing_from_one_call_to_the_next(two: Two, calls: Calls) -> None:
    for rpc in READS:
        if rpc.service.startswith(CALCULATORS):
            requests = [request_of(rpc.full_name, business) for business in two]
            first, other, again = (calls(rpc.full_name, requests[i]).response for i in (0, 1, 0))
            assert first == again != other


def test_calls_at_the_same_time_are_not_mixed_up(two: Two, calls: Calls) -> None:
    turns = [business for business in two for _ in range(20)]
    random.Random(7).shuffle(turns)

    def ask(mine: Business) -> Answer:
        name = f"{GATEWAY}/GetDecisionConsole"
        return calls(name, request_of(name, mine), random.choice([GRPC, HTTP]))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, turns))
    for mine, answer in zip(turns, answers, strict=True):
        other = two.large if mine is two.small else two.small
        assert answer.code == "OK" and mine.mark in answer.everything
        assert_tells_nothing_of(other, answer.everything)


def test_an_import_that_changes_to_another_business_midway_is_refused(
    two: Two, calls: Calls, database: DatabaseUrls
) -> None:
    messages = request_of(f"{LEDGERS}/ImportLedger", two.small)
    messages[1].business_id = two.large.business_id
    before = rows_of(database, *two)
    answer = calls(f"{LEDGERS}/ImportLedger", messages)
    assert answer.code == "PERMISSION_DENIED"
    assert rows_of(database, *two) == before


def test_a_request_id_is_used_by_each_business_for_itself(two: Two, calls: Calls) -> None:
    """The answer kept for one business's request is never given to another's."""
    given = [request_of(f"{CONSOLES}/AddDecision", business) for business in two]
    given[1].request_id = given[0].request_id = request_id()
    for _ in range(2):
        for request, mine in zip(given, two, strict=True):
            answer = calls(f"{CONSOLES}/AddDecision", request)
            assert answer.code == "OK"
            assert answer.response.decision.note == mine.text("Because")
