"""What an orchestrator is told by its environment."""

import pytest

from orchestrator_svc.config import OrchestratorSettings


@pytest.mark.parametrize(("calls", "connections", "at_once"), [(16, 8, 8), (4, 8, 4), (16, 1, 1)])
def test_no_more_calls_run_at_once_than_there_are_connections(
    calls: int, connections: int, at_once: int
) -> None:
    settings = OrchestratorSettings(
        database_url="postgresql://runway_app:secret@localhost:5432/runway",
        database_pool_size=connections,
        calls_at_once=calls,
        inner_keys="keys.json",
    )
    assert settings.limits.at_once == at_once
