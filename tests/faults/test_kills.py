"""A few kills in every run of the tests; `make faults` does five hundred, and each step."""

from faults import steps
from faults.kills import CLIENTS, run


def test_nothing_acknowledged_is_lost_or_done_twice_when_processes_are_killed() -> None:
    outcome = run(seed=11, kills=8)
    assert outcome.lost == []
    assert outcome.doubled == []
    assert outcome.broken == []
    assert outcome.acknowledged > CLIENTS
    assert outcome.kills.total() == 8


def test_a_change_that_is_killed_before_or_after_its_commit_is_done_once_when_it_is_repeated() -> (
    None
):
    some = [rpc for rpc in steps.CHANGES if rpc.name in ("FinalizeDecisions", "ImportLedger")]
    outcome = steps.run(some, lambda step: step % 5 == 3)
    assert outcome.wrong == []
    assert all(kills >= 2 for kills in outcome.kills.values()), outcome.kills
