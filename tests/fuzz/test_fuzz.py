"""A short run against real servers, and the generator itself; `make fuzz` sends many more."""

import contextlib
import random
import threading
import time

import psutil
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


def test_no_rpc_ends_a_server_or_tells_how_it_works_inside_whatever_is_sent() -> None:
    findings = run(seed=20261123, inputs=150)
    assert len(findings) == len(SERVICES) * len(OVER_GRPC)
    findings += run(seed=20261123, inputs=150, services=["gateway"], kinds=OVER_HTTP)
    for finding in findings:
        assert finding.answers.faults == {}
        assert finding.crashes == 0
        # It got beyond the first look at a request.
        assert len(finding.answers.statuses) > 2


def test_a_server_that_ends_in_the_midst_of_a_run_is_told_of() -> None:
    killing = threading.Thread(target=_kill_the_calculator)
    killing.start()
    findings = run(seed=1, inputs=800, services=["calculator"])
    killing.join()
    assert sum(finding.crashes for finding in findings) == 1
    assert any("UNAVAILABLE" in fault for finding in findings for fault in finding.answers.faults)


def _kill_the_calculator() -> None:
    """Kill it once it has worked for more than what the run itself begins with."""
    deadline, begun = time.monotonic() + 120, None
    while time.monotonic() < deadline:
        time.sleep(0.02)
        calculator = _child("calculator_svc")
        # The gateway is started last: from then on the calculator serves.
        if calculator is None or _child("experience_gw") is None:
            continue
        worked = calculator.cpu_times().user
        begun = worked if begun is None else begun
        if worked > begun + 1:
            calculator.kill()
            return


def _child(module: str) -> psutil.Process | None:
    for child in psutil.Process().children():
        # One that ends this very moment is none.
        with contextlib.suppress(psutil.Error):
            if module in child.cmdline():
                return child
    return None
