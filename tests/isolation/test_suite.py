"""A short run of the random suite, and proof that it notices what it is there for."""

from collections import Counter
from pathlib import Path

import pytest
from runway.ledger.v1 import ledger_pb2

from isolation.suite.canaries import Search, Tenant
from isolation.suite.run import OPERATIONS_A_KILL, name_of, planned, run
from service_kit.wire import from_money, to_money

ANN, BOB = Tenant(1), Tenant(2)


def found(search: Search) -> int:
    return search.foreign.total()


def test_a_sum_into_which_another_businesss_money_went_is_noticed() -> None:
    own = from_money(ANN.usd(3)) + from_money(ANN.usd(40))
    search = Search()
    balances = ledger_pb2.Balances(cash=to_money(own, "USD"))
    search.look_at_amounts(ledger_pb2.Ledger(balances=balances), ANN, "a ledger")
    assert search.amounts == 1 and not found(search)
    balances.cash.CopyFrom(to_money(own + from_money(BOB.usd(7)), "USD"))
    search.look_at_amounts(ledger_pb2.Ledger(balances=balances), ANN, "a ledger")
    assert found(search) == 1


def test_a_line_of_a_log_is_held_to_the_business_of_its_call(tmp_path: Path) -> None:
    def lines(middle: Tenant) -> Path:
        log = tmp_path / middle.canary
        log.write_text(
            f'{{"event": "odd", "text": "{middle.canary}", "correlation_id": "c"}}\n'
            f'{{"event": "call", "business_id": "{ANN.business_id}", "correlation_id": "c"}}\n'
        )
        return log

    search = Search()
    search.look_at_logs([lines(ANN)])
    assert search.seen == 2 and not found(search)
    search.look_at_logs([lines(BOB)])
    assert found(search) == 1


@pytest.mark.parametrize("cut", [60, 75, 100])
def test_a_line_that_a_kill_cut_off_is_held_to_the_business_that_it_still_names(
    cut: int, tmp_path: Path
) -> None:
    def torn(said: Tenant) -> str:
        line = (
            f'{{"service": "a", "business_id": "{ANN.business_id}", "event": "{said.canary}",'
            ' "correlation_id": "c", "level": "error"}'
        )
        return line[:cut]

    search, log = Search(), tmp_path / "log"
    log.write_text(torn(ANN))
    search.look_at_logs([log])
    assert search.seen and not found(search)
    log.write_text(torn(BOB))
    search.look_at_logs([log])
    assert found(search) == (BOB.canary in torn(BOB))


def test_random_operations_show_no_business_anything_of_another(tmp_path: Path) -> None:
    report = run(20261123, OPERATIONS_A_KILL + 1000, businesses=60, logs=tmp_path)
    assert report.foreign == {}
    assert report.never == {}
    assert report.canaries_seen > 10_000
    assert report.amounts_seen > 1_000 and report.metrics_seen > 0
    plan = (planned(20261123, number, 60) for number in range(OPERATIONS_A_KILL + 1000))
    assert report.operations == Counter(name_of(operation) for _, operation, _ in plan)
    assert any(name.startswith("kill -9") for name in report.faults)


@pytest.mark.parametrize(
    "fault",
    [
        "ALTER POLICY one_business ON audit_event WITH CHECK (true)",
        "CREATE POLICY door ON customer USING (true)",
    ],
)
def test_a_hole_in_one_policy_does_not_go_unnoticed(fault: str, tmp_path: Path) -> None:
    report = run(seed=7, operations=1500, businesses=8, logs=tmp_path, fault=fault)
    assert not report.clean
    table = fault.split(" ON ")[-1].split()[0]
    assert any(table in found for found in report.foreign), report.foreign
