"""A few kills in every run of the tests; `make faults` does five hundred."""

import pytest

from faults.kills import CLIENTS, run

pytestmark = pytest.mark.database


def test_nothing_acknowledged_is_lost_or_done_twice_when_processes_are_killed() -> None:
    outcome = run(seed=11, kills=8)
    assert outcome.lost == []
    assert outcome.doubled == []
    assert outcome.broken == []
    assert outcome.acknowledged > CLIENTS
    assert outcome.kills.total() == 8
