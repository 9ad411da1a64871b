"""What the servers count, asked for as Prometheus asks, on a port of its own."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from support import identity
from support.calls import Calls, request_class
from support.processes import HOST, REAL, Process, environment_of_three, free_ports
from support.servers import Stack

RUNWAYS = "runway.calculator.v1.RunwayCalculationService/CalculateRunway"
BUSINESS = "told-of-nowhere"


@pytest.fixture
def calculator(tmp_path: Path) -> Iterator[Process]:
    environment = environment_of_three("postgresql://none@127.0.0.1/none")
    (environment["RUNWAY_CALCULATOR_METRICS_PORT"],) = map(str, free_ports(1))
    port = int(environment["RUNWAY_CALCULATOR_PORT"])
    process = Process(REAL["calculator"], port, environment, tmp_path)
    yield process
    process.stop()


def metrics_of(process: Process) -> str:
    port = process.environment["RUNWAY_CALCULATOR_METRICS_PORT"]
    answer = httpx.get(f"http://{HOST}:{port}/metrics", trust_env=False)
    assert answer.status_code == 200
    return answer.text


def samples_of(text: str) -> dict[tuple[str, frozenset[str]], float]:
    """Return each sample's value by its name and the values of its labels."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_calls_are_counted_by_method_and_status_and_by_nothing_that_a_caller_sends(
    calculator: Process,
) -> None:
    calculator.start()
    calls = Calls(Stack(calculator.address, calculator.address, calculator.address, "none:1"))
    request = request_class(RUNWAYS)(business_id=BUSINESS)
    for _ in range(3):
        assert calls(RUNWAYS, request).code == "INVALID_ARGUMENT"
    assert calls(RUNWAYS, request, token="nonsense").code == "UNAUTHENTICATED"
    calls.close()

    told = metrics_of(calculator)
    samples = samples_of(told)
    service, _, method = RUNWAYS.partition("/")

    def of(name: str, *labels: str) -> float:
        return samples[name, frozenset(labels)]

    assert of("runway_calls_total", service, method, "INVALID_ARGUMENT") == 3
    assert of("runway_calls_total", service, method, "UNAUTHENTICATED") == 1
    assert of("runway_call_seconds_count", service, method) == 4
    assert of("runway_calls_running") == of("runway_calls_waiting") == 0
    assert of("process_resident_memory_bytes") > 0
    for word in (BUSINESS, "nonsense", identity.SUBJECT):
        assert word not in told


def test_without_a_port_for_metrics_none_is_listened_on(calculator: Process) -> None:
    port = calculator.environment.pop("RUNWAY_CALCULATOR_METRICS_PORT")
    calculator.start()
    with pytest.raises(OSError):
        socket.create_connection((HOST, int(port)), timeout=1)


def test_a_port_that_is_taken_ends_the_start_with_one_sentence(
    calculator: Process, tmp_path: Path
) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        calculator.environment["RUNWAY_CALCULATOR_METRICS_PORT"] = port
        with pytest.raises(RuntimeError, match="does not serve"):
            calculator.start()
    assert calculator.wait() == 1
    sentence = (tmp_path / f"{calculator.module}.1.log").read_text().splitlines()[-1]
    assert port in sentence and "RUNWAY_CALCULATOR_METRICS_PORT" in sentence
    assert sentence.endswith(".")


def test_no_metric_server_outlives_its_process(calculator: Process) -> None:
    calculator.start()
    assert metrics_of(calculator)
    subprocess.run(["kill", str(calculator.pid)], check=True)
    assert calculator.wait() == 0
    with pytest.raises(httpx.ConnectError):
        metrics_of(calculator)
