"""The three services as processes of their own, as `runway up` starts them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import psutil
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import identity

HOST = "127.0.0.1"
REAL = {
    "calculator": "calculator_svc",
    "orchestrator": "orchestrator_svc",
    "gateway": "experience_gw",
}
TESTS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves: where, since how many seconds after its start, and its pid."""

    address: str
    seconds_to_serving: float
    pid: int

    @property
    def resident_mib(self) -> float:
        """Return the process's resident memory in MiB."""
        return float(psutil.Process(self.pid).memory_info().rss) / 2**20


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((HOST, 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running(module: str, port: int, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run `python -m module` until the caller is done with it."""
    started = time.monotonic()
    # What is measured is the code that measures it, also where another checkout is installed.
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        env={**os.environ, "PYTHONPATH": path, "RUNWAY_LOG_LEVEL": "WARNING", **environment},
    )
    try:
        address = f"{HOST}:{port}"
        _wait_until_serving(address, process)
        yield Running(address, time.monotonic() - started, process.pid)
    finally:
        process.terminate()
        process.wait(15)


def _wait_until_serving(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with grpc.insecure_channel(address) as channel:
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(
                    health_pb2.HealthCheckRequest(), timeout=1
                )
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
            except grpc.RpcError:
                time.sleep(0.02)
    raise RuntimeError(f"{address} does not serve")


@dataclass(frozen=True, slots=True)
class Services:
    """The three services."""

    calculator: Running
    orchestrator: Running
    gateway: Running


@contextmanager
def three_services(modules: Mapping[str, str], database_url: str) -> Iterator[Services]:
    """Run a calculator, an orchestrator and a gateway, by the modules named."""
    calculator, orchestrator, gateway, http = free_ports(4)
    environment = {
        "RUNWAY_CALCULATOR_PORT": str(calculator),
        "RUNWAY_ORCHESTRATOR_PORT": str(orchestrator),
        "RUNWAY_GATEWAY_PORT": str(gateway),
        "RUNWAY_HTTP_PORT": str(http),
        "RUNWAY_CALCULATOR_ADDRESS": f"{HOST}:{calculator}",
        "RUNWAY_ORCHESTRATOR_ADDRESS": f"{HOST}:{orchestrator}",
        **identity.KEYS.environment(),
    }
    with (
        running(modules["calculator"], calculator, environment) as first,
        running(
            modules["orchestrator"],
            orchestrator,
            {**environment, "RUNWAY_DATABASE_URL": database_url},
        ) as second,
        running(modules["gateway"], gateway, environment) as third,
    ):
        yield Services(first, second, third)
