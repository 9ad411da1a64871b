"""The gateway as a process: how it starts, refuses to start, and stops."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import identity


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def gateway_process(**settings: int) -> Iterator[subprocess.Popen[str]]:
    environment = (
        os.environ
        | identity.KEYS.environment()
        | {name: str(value) for name, value in settings.items()}
    )
    # Where the tests find the code, the process finds it too, installed or not.
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-m", "experience_gw"],
        env=environment | {"RUNWAY_BIND_HOST": "127.0.0.1"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until_serving(port: int, seconds: float = 20) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=seconds
        )
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_it_serves_both_ports_and_stops_at_once_when_told() -> None:
    grpc_port, http_port = free_port(), free_port()
    with gateway_process(RUNWAY_GATEWAY_PORT=grpc_port, RUNWAY_HTTP_PORT=http_port) as process:
        wait_until_serving(grpc_port)
        live = httpx.get(f"http://127.0.0.1:{http_port}/healthz", trust_env=False)
        assert live.json() == {"status": "live"}
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("variable", ["RUNWAY_GATEWAY_PORT", "RUNWAY_HTTP_PORT"])
def test_a_port_that_is_taken_is_one_sentence_and_exit_code_1(variable: str) -> None:
    ports = {"RUNWAY_GATEWAY_PORT": free_port(), "RUNWAY_HTTP_PORT": free_port()}
    with (
        socket.create_server(("127.0.0.1", ports[variable])),
        gateway_process(**ports) as process,
    ):
        _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Traceback" not in told
    sentence = told.strip().splitlines()[-1]
    assert sentence.startswith(f"Port {ports[variable]} on 127.0.0.1 cannot be had")
    assert variable in sentence
