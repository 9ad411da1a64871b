"""The three services as processes of their own, as `runway up` starts them; they can be killed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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


class Process:
    """`python -m module` on a port of its own, which can be killed and started again.

    Given a folder for its logs, it begins a new one there at each start: a line that a kill cuts
    off is then the last one of its file.
    """

    def __init__(
        self, module: str, port: int, environment: Mapping[str, str], logs: Path | None = None
    ) -> None:
        self.module = module
        self.address = f"{HOST}:{port}"
        self.environment = dict(environment)
        self._logs = logs
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the id of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Return whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, credentials: grpc.ChannelCredentials | None = None) -> None:
        """Start, and return once it serves; with credentials, over TLS."""
        # What is measured is the code that measures it, also where another checkout is installed.
        path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
        level = {} if self._logs else {"RUNWAY_LOG_LEVEL": "WARNING"}
        with self._next_log() as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                env={**os.environ, "PYTHONPATH": path, **level, **self.environment},
                stdout=log,
                stderr=log,
            )
        _wait_until_serving(self.address, self._process, credentials)

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(15)

    def wait(self) -> int:
        """Wait for the process to end by itself, and return its exit code."""
        assert self._process is not None
        return self._process.wait(15)

    def stop(self) -> None:
        """Tell the process to stop, and wait until it has."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(15)

    def _next_log(self) -> AbstractContextManager[IO[bytes] | None]:
        if self._logs is None:
            return nullcontext()
        self._starts += 1
        return (self._logs / f"{self.module}.{self._starts}.log").open("xb")


@contextmanager
def running(module: str, port: int, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run `python -m module` until the caller is done with it."""
    process, started = Process(module, port, environment), time.monotonic()
    try:
        process.start()
        yield Running(process.address, time.monotonic() - started, process.pid)
    finally:
        process.stop()


def _wait_until_serving(
    address: str,
    process: "subprocess.Popen[bytes]",
    credentials: grpc.ChannelCredentials | None,
) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with (
            grpc.secure_channel(address, credentials)
            if credentials
            else grpc.insecure_channel(address)
        ) as channel:
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


def environment_of_three(database_url: str) -> dict[str, str]:
    """Return the settings of a calculator, an orchestrator and a gateway that find each other."""
    calculator, orchestrator, gateway, http = map(str, free_ports(4))
    return {
        "RUNWAY_CALCULATOR_PORT": calculator,
        "RUNWAY_ORCHESTRATOR_PORT": orchestrator,
        "RUNWAY_GATEWAY_PORT": gateway,
        "RUNWAY_HTTP_PORT": http,
        "RUNWAY_CALCULATOR_ADDRESS": f"{HOST}:{calculator}",
        "RUNWAY_ORCHESTRATOR_ADDRESS": f"{HOST}:{orchestrator}",
        "RUNWAY_DATABASE_URL": database_url,
        **identity.KEYS.environment(),
    }


@contextmanager
def three_services(modules: Mapping[str, str], database_url: str) -> Iterator[Services]:
    """Run a calculator, an orchestrator and a gateway, by the modules named."""
    environment = environment_of_three(database_url)
    ports = {name: int(environment[f"RUNWAY_{name.upper()}_PORT"]) for name in modules}
    with (
        running(modules["calculator"], ports["calculator"], environment) as first,
        running(modules["orchestrator"], ports["orchestrator"], environment) as second,
        running(modules["gateway"], ports["gateway"], environment) as third,
    ):
        yield Services(first, second, third)
