"""A short run against real servers, and the generator itself; `make fuzz` sends many more."""

import random
import threading
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.messages import bend, fill
from fuzz.run import OVER_GRPC, OVER_HTTP, SERVICES, run
from support.calls import request_class
from support.descriptors import rpcs, runway_files

EVERY_RPC = rpcs(runway_files())


@given(st.randoms(use_true_random=False), st.sampled_from(EVERY_RPC))
def test_whatever_is_made_up_is_a_message_that_can_be_sent(
    chance: random.Random, rpc: object
) -> None:
    kind = request_class(rpc.full_name)  # type: ignore[attr-defined]
    made = kind()
    fill(made, chance)
    bend(made, chance)
    sent = made.SerializeToString(deterministic=True)
    assert kind.FromString(sent).SerializeToString(deterministic=True) == sent


@pytest.mark.database
def test_no_rpc_ends_a_server_or_tells_how_it_works_inside_whatever_is_sent() -> None:
    findings = run(seed=20261123, inputs=300)
    assert len(findings) == len(SERVICES) * len(OVER_GRPC)
    findings += run(seed=20261123, inputs=300, services=["gateway"], kinds=OVER_HTTP)
    for finding in findings:
        assert finding.answers.faults == {}
        assert finding.crashes == 0
        # It got beyond the first look at a request.
        assert len(finding.answers.statuses) > 2


@pytest.mark.database
def test_a_server_that_ends_in_the_midst_of_a_run_is_told_of() -> None:
    killing = threading.Thread(target=_kill_once_fuzzed, args=["calculator_svc"])
    killing.start()
    findings = run(seed=1, inputs=800, services=["calculator"])
    killing.join()
    assert sum(finding.crashes for finding in findings) == 1
    assert any("UNAVAILABLE" in fault for finding in findings for fault in finding.answers.faults)


def _kill_once_fuzzed(module: str) -> None:
    """Kill a server of the run: once it has worked more than it does to begin."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process().children():
            if module in child.cmdline() and child.cpu_times().user > 2.5:
                child.kill()
                return
        time.sleep(0.02)
