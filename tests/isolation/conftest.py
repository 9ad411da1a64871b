"""The two businesses that all proofs of isolation stand on."""

from collections.abc import Iterator

import pytest

from support import two_businesses
from support.calls import Calls, calling
from support.servers import Stack
from support.two_businesses import Two


@pytest.fixture(scope="module")
def calls(stack: Stack) -> Iterator[Calls]:
    """A way to call all services."""
    with calling(stack) as calls:
        yield calls


@pytest.fixture(scope="module")
def two(calls: Calls) -> Two:
    """Two businesses with the same ids in everything."""
    return Two(two_businesses.begin_small(calls), two_businesses.begin_large(calls))
