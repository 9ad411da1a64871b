"""A short run of the random suite, and proof that it notices what it is there for."""

import pytest

from isolation.suite.run import OPERATIONS_A_KILL, run

pytestmark = pytest.mark.database


def test_random_operations_show_no_business_anything_of_another() -> None:
    report = run(seed=20261123, operations=OPERATIONS_A_KILL + 1000, businesses=60)
    assert report.foreign == {}
    assert report.never == {}
    assert report.canaries_seen > 10_000
    assert sum(report.operations.values()) == OPERATIONS_A_KILL + 1000
    assert any(name.startswith("kill -9") for name in report.faults)


@pytest.mark.parametrize(
    "fault",
    [
        "ALTER POLICY one_business ON audit_event WITH CHECK (true)",
        "CREATE POLICY door ON customer USING (true)",
    ],
)
def test_a_hole_in_one_policy_does_not_go_unnoticed(fault: str) -> None:
    report = run(seed=7, operations=2500, businesses=12, fault=fault)
    assert not report.clean
    table = fault.split(" ON ")[-1].split()[0]
    assert any(table in found for found in report.foreign), report.foreign
