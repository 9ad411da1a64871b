"""Child processes from start to end: start, wait until ready, watch, stop; none is ever left over.

A child runs in a session of its own, so that Ctrl-C in the terminal reaches this process alone,
which then stops the children in order. On Linux a child also ends when this process is killed
outright; elsewhere `kill -9` of this process leaves its children running.
"""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from runway_cli.errors import CommandError
from runway_cli.settings import port_variable
from runway_cli.state_folder import last_line, open_log

if TYPE_CHECKING:
    import grpc

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.05

_RECONNECT_SOON = [
    # The default waits a second and more between two attempts to connect.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 100),
]

Connect = Callable[[str, Sequence[tuple[str, int]]], "grpc.Channel"]
"""Opens a channel to an address, with options; imports gRPC no sooner than it is called."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to start: how, with which environment, and where its health service answers."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready_address: str


@dataclass(frozen=True, slots=True)
class _Running:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ready_address: str = ""


class StopRequested(BaseException):
    """Somebody asked this process to stop (Ctrl-C, SIGTERM, or the terminal was closed)."""


class StopSignals:
    """While entered, a stop signal is noted instead of tearing the process out of what it does.

    Only so can no child slip through between its start and the moment it is on record.
    """

    _NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.requested = False
        self._raising = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {n: signal.signal(n, self._receive) for n in self._NUMBERS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise StopRequested when a stop signal has arrived."""
        if self.requested:
            raise StopRequested

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Let a stop signal raise StopRequested at once, inside code that starts no process."""
        self._raising = True
        try:
            self.check()
            yield
        finally:
            self._raising = False

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
        if self._raising:
            self._raising = False
            raise StopRequested


class Supervisor:
    """Starts children, watches them, and stops them in the reverse order of their start.

    Start it from the main thread: on Linux a child ends with the thread that started it.
    """

    def __init__(
        self,
        logs: Path,
        signals: StopSignals,
        connect: Connect,
        *,
        ready_seconds: float = 20.0,
        grace_seconds: float = 10.0,
    ) -> None:
        self._logs = logs
        self._signals = signals
        self._connect = connect
        self._ready_seconds = ready_seconds
        self._grace_seconds = grace_seconds
        self._children: list[_Running] = []
        self._watched: list[_Running] = []

    def start(self, children: Sequence[Child]) -> None:
        """Start the children together and return when each one's health is SERVING.

        Raises CommandError when one dies or is not ready in time, and StopRequested; in both cases
        every child has been stopped.
        """
        try:
            for child in children:
                self._children.append(self._launch(child))
            self._wait_until_serving(self._children[-len(children) :])
        except BaseException:
            self.stop()
            raise

    def run(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Run a command to its end.

        Raises CommandError when it fails, and StopRequested after having ended it.
        """
        step = self._launch(Child(name, argv, env, ready_address=""))
        try:
            while step.process.poll() is None:
                self._signals.check()
                time.sleep(_POLL_SECONDS / 5)
        finally:
            self._end(step)
        if step.process.returncode != 0:
            raise _failure(step, "failed")

    def watch(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        """Have `wait` also notice the death of a process that somebody else starts and stops."""
        self._watched.append(_Running(name, process, log))

    def wait(self) -> int:
        """Wait for a stop signal, and return exit code 0 for it.

        Raises CommandError when a child dies of itself.
        """
        while not self._signals.requested:
            for running in [*self._watched, *self._children]:
                if running.process.poll() is not None:
                    raise _failure(running, "stopped unexpectedly")
            time.sleep(_POLL_SECONDS)
        return 0

    def stop(self) -> None:
        """Stop every child, the last started first; each has the grace time before it is killed.

        One after the other, because what was started later still calls what was started earlier.
        """
        while self._children:
            self._end(self._children[-1])
            self._children.pop()

    def _launch(self, child: Child) -> _Running:
        self._signals.check()
        log = self._logs / f"{child.name}.log"
        with open_log(log) as stream:
            try:
                process = subprocess.Popen(
                    child.argv,
                    env={**child.env, "GRPC_ENABLE_FORK_SUPPORT": "0", "PYTHONUNBUFFERED": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=ending_with_parent(signal.SIGTERM),
                )
            except OSError as error:
                raise CommandError(
                    f"The {child.name} cannot be started ({error.strerror})",
                    f"check that {child.argv[0]} can be run",
                ) from error
        return _Running(child.name, process, log, child.ready_address)

    def _wait_until_serving(self, starting: Sequence[_Running]) -> None:
        # Nothing of gRPC may exist before the last fork: `connect` imports it.
        os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
        deadline = time.monotonic() + self._ready_seconds
        with contextlib.ExitStack() as stack:
            waiting = [
                (child, stack.enter_context(self._connect(child.ready_address, _RECONNECT_SOON)))
                for child in starting
            ]
            while waiting:
                self._signals.check()
                for child in starting:
                    if child.process.poll() is not None:
                        raise _failure(child, "stopped while starting")
                if time.monotonic() > deadline:
                    late = waiting[0][0]
                    raise _failure(late, f"was not ready after {self._ready_seconds:.0f} seconds")
                waiting = [(child, channel) for child, channel in waiting if not _serving(channel)]
                time.sleep(_POLL_SECONDS)

    def _end(self, running: _Running) -> None:
        process = running.process
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self._grace_seconds)
        # Also sweeps up what the child may have started itself.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ending_with_parent(number: int) -> Callable[[], None] | None:
    """Return a `preexec_fn` that has the kernel send the child a signal when this process dies.

    None where that cannot be had: not on Linux, and not outside the main thread, because the kernel
    takes the end of the thread for the end of the process.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl

    def set_parent_death_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, number)

    return set_parent_death_signal


def check_ports(ports: Mapping[str, int], host: str = "127.0.0.1") -> None:
    """Check that every port is free, before anything is started.

    Raises CommandError naming the first that is not, and the variable that sets it.
    """
    with contextlib.ExitStack() as stack:
        for name, port in ports.items():
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            probe = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            # Lets closed connections of the run before linger; SO_REUSEPORT would let two servers
            # share the port in silence.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen()
            except OSError as error:
                raise _port_refused(name, port, host, error) from error


def _port_refused(name: str, port: int, host: str, error: OSError) -> CommandError:
    variable = port_variable(name)
    if error.errno == errno.EADDRINUSE:
        return CommandError(
            f"Port {port} ({name}) is taken", f"stop what uses it or set {variable}"
        )
    if error.errno == errno.EACCES:
        return CommandError(f"Port {port} ({name}) is reserved", f"set {variable} to 1024 or above")
    return CommandError(
        f"{host} is no address of this machine ({error.strerror})", "correct RUNWAY_BIND_HOST"
    )


def _serving(channel: "grpc.Channel") -> bool:
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    # The stub gets its methods at run time, out of a type checker's sight.
    stub: Any = health_pb2_grpc.HealthStub(channel)
    try:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=""), timeout=1.0)
    except grpc.RpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _failure(running: _Running, what: str) -> CommandError:
    code = running.process.returncode
    how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
    return CommandError(
        f"The {running.name} {what}{how}: {last_line(running.log)}", f"its log is {running.log}"
    )
