"""The one call of many businesses never mixes them up: what is told of each is its own."""

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.calls import GRPC, HTTP, Answer, Calls, request_class
from support.every_request import PORTFOLIOS
from support.two_businesses import A_MILLION, Business, Two, assert_tells_nothing_of

GET_PORTFOLIO = f"{PORTFOLIOS}/GetPortfolio"


def ask(calls: Calls, face: str, on_behalf_of: str, *businesses: Business) -> Answer:
    request = request_class(GET_PORTFOLIO)(
        business_id=on_behalf_of, business_ids=[each.business_id for each in businesses]
    )
    return calls(GET_PORTFOLIO, request, face)


def amounts(message: Any) -> list[int]:
    """Return the whole units of every amount in a message that is not zero."""
    found = []
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in value if field.is_repeated else [value]:
            if part.DESCRIPTOR.full_name == "google.type.Money":
                found.append(part.units)
            else:
                found += amounts(part)
    return [abs(units) for units in found if units]


def assert_each_is_told_of_itself(answer: Answer, two: Two) -> None:
    assert answer.code == "OK", answer
    told = {item.business_id: item for item in answer.response.businesses}
    assert told.keys() == {two.small.business_id, two.large.business_id}
    for mine, other in (two, reversed(two)):
        item = told[mine.business_id]
        seen = item.SerializeToString().decode("latin-1")
        assert mine.mark in seen
        assert_tells_nothing_of(other, seen)
    assert max(amounts(told[two.small.business_id])) < A_MILLION
    assert min(amounts(told[two.large.business_id])) >= A_MILLION


@pytest.mark.parametrize("face", [GRPC, HTTP])
@pytest.mark.parametrize("turned", [False, True])
def test_of_two_businesses_each_is_told_its_own(
    face: str, turned: bool, two: Two, calls: Calls
) -> None:
    order = (two.large, two.small) if turned else (two.small, two.large)
    assert_each_is_told_of_itself(ask(calls, face, "the-firm", *order), two)


@pytest.mark.parametrize("face", [GRPC, HTTP])
def test_the_business_on_whose_behalf_it_is_asked_is_not_read(
    face: str, two: Two, calls: Calls
) -> None:
    answer = ask(calls, face, two.large.business_id, two.small)
    assert answer.response.business_id == two.large.business_id
    answer.response.business_id = ""
    assert_tells_nothing_of(two.large, answer.everything)


def test_portfolios_at_the_same_time_are_not_mixed_up(two: Two, calls: Calls) -> None:
    turns = [*itertools.permutations(two)] * 10
    random.Random(7).shuffle(turns)
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda turn: ask(calls, GRPC, "the-firm", *turn), turns)
        for answer in answers:
            assert_each_is_told_of_itself(answer, two)
