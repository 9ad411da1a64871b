"""The second wall alone: with row-level security off, the statements keep businesses apart.

Every statement of the store names the business itself. A database of its own, without policies,
shows that this would be enough.
"""

from collections.abc import Iterator

import pytest
from google.protobuf import field_mask_pb2
from sqlalchemy import text

from support import builders, catalogue, two_businesses
from support.calls import Calls, calling
from support.databases import DatabaseUrls
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import CALCULATORS, everything_told, request_of
from support.servers import Stack
from support.two_businesses import BUSINESSES, Business, Two, assert_tells_nothing_of, rows_of

STORED = [rpc for rpc in rpcs(runway_files()) if not rpc.service.startswith(CALCULATORS)]


@pytest.fixture(scope="module")
def calls(open_stack: Stack) -> Iterator[Calls]:
    """A way to call all services, on the open database."""
    with calling(open_stack) as calls:
        yield calls


async def test_here_the_apps_role_sees_every_business(
    open_database: DatabaseUrls, two: Two
) -> None:
    async with catalogue.passing_transaction(open_database.app) as app:
        seen = await app.execute(text("SELECT business_id FROM business"))
        assert {row[0] for row in seen} >= {business.business_id for business in two}


def test_what_a_business_is_told_is_the_same_with_and_without_the_other(calls: Calls) -> None:
    alone = two_businesses.begin_small(calls)
    told_alone = everything_told(calls, STORED, alone)
    other = two_businesses.begin_large(calls)
    assert everything_told(calls, STORED, alone) == told_alone
    for rpc in STORED:
        assert calls(rpc.full_name, request_of(rpc.full_name, other)).code == "OK"
    assert everything_told(calls, STORED, alone) == told_alone


def test_a_business_without_books_changes_its_currency_whatever_books_others_have(
    two: Two, calls: Calls
) -> None:
    new = Business(calls, builders.business_id("new"), "mark-n", 1)
    settings = new.change(f"{BUSINESSES}/CreateBusiness", business=new.settings()).business
    settings.currency_code = "EUR"
    settings.cash_floor.currency_code = "EUR"
    mask = field_mask_pb2.FieldMask(paths=["currency_code"])
    new.change(f"{BUSINESSES}/UpdateBusiness", business=settings, update_mask=mask)


@pytest.mark.parametrize("rpc", STORED, ids=[rpc.full_name for rpc in STORED])
def test_a_call_tells_and_touches_its_own_business_alone_by_its_statements(
    rpc: Rpc, two: Two, calls: Calls, open_database: DatabaseUrls
) -> None:
    for mine, other in (two, tuple(reversed(two))):
        request = request_of(rpc.full_name, mine)
        before = rows_of(open_database, other)
        answer = calls(rpc.full_name, request)
        assert answer.code == "OK", answer
        assert_tells_nothing_of(other, answer.everything)
        assert rows_of(open_database, other) == before
