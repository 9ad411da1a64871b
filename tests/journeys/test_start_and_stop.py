"""`runway up` from the command to the last process: the real services, the real demo company.

The supervisor's own rules have tests with stand-ins in tests/integration/test_supervisor.py; here
nothing is a stand-in.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from runway.experience.v1 import decision_console_service_pb2 as console_pb
from runway.experience.v1 import decision_console_service_pb2_grpc as console_grpc
from runway.ledger.v1 import decision_pb2

from runway_cli.embedded_postgres import EmbeddedPostgres
from runway_cli.keys import LocalKeys
from service_kit.client_tokens import authorized
from service_kit.identity import Role
from support import identity
from support.certificates import Authority

REPOSITORY = Path(__file__).resolve().parents[2]
RUNWAY = Path(sys.executable).with_name("runway")
METHOD = "runway.experience.v1.DecisionConsoleService/GetDecisionConsole"
# The last line of what `runway up` prints once it is ready.
LAST_LINE = "Your own books:"
SERVICES = {
    "gateway": "runway.experience.v1.DecisionConsoleService",
    "orchestrator": "runway.orchestrator.v1.LedgerService",
    "calculator": "runway.calculator.v1.DecisionConsoleCalculationService",
}

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's parent-death signal")


class Up:
    """One `runway up`, on ports and a state folder of its own."""

    def __init__(self, state: Path, command: list[str] | None = None, **settings: str) -> None:
        names = ("gateway", "http", "orchestrator", "calculator")
        self.state = state
        self.ports = dict(zip(names, free_ports(4), strict=True))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNWAY_")}
        environment |= {f"RUNWAY_{name.upper()}_PORT": str(p) for name, p in self.ports.items()}
        environment |= {"RUNWAY_STATE_DIR": str(state), **settings}
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command or [str(RUNWAY), "up"],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A group of its own, as a terminal's foreground job has.
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def printed(self) -> str:
        """Everything printed so far."""
        return "".join(self.lines)

    def ready(self) -> "Up":
        """Wait for the last line of a start; the test fails when the process ends before it."""
        assert soon(lambda: LAST_LINE in self.printed or not self.runs(), 60), self.printed
        assert LAST_LINE in self.printed, self.printed
        self.seconds = time.monotonic() - self.started
        return self

    def runs(self) -> bool:
        return self.process.poll() is None

    def address(self, name: str) -> str:
        return f"127.0.0.1:{self.ports[name]}"

    def processes(self) -> list[psutil.Process]:
        """Return the process itself and everything that it started."""
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def service(self, module: str) -> psutil.Process:
        """Return the process of one service."""
        return next(p for p in self.processes() if p.cmdline()[-2:] == ["-m", module])

    def ended(self, code: int) -> str:
        """Wait for the end, check the exit code and that nothing is left; return the last line."""
        assert self.process.wait(40) == code, self.printed
        self._reader.join(10)
        assert "Traceback" not in self.printed
        assert soon(lambda: left_running(self.state) == [])
        assert [name for name, port in self.ports.items() if not is_free(port)] == []
        return self.lines[-1].strip()

    def stop(self) -> str:
        self.process.terminate()
        return self.ended(0)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def left_running(state: Path) -> list[psutil.Process]:
    """Return every process that names the state folder in its command or its environment."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            told = [*process.cmdline(), *process.environ().values()]
            if process.pid != os.getpid() and any(str(state) in word for word in told):
                found.append(process)
    return found


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run; one that only waits to be reaped does not."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def soon(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextlib.contextmanager
def gateway(up: Up) -> Iterator[Any]:
    keys = LocalKeys(up.state)
    with authorized(
        grpc.insecure_channel(up.address("gateway"), [("grpc.enable_http_proxy", 0)]),
        lambda _, businesses: keys.user_token(businesses, Role.OWNER, 60),
    ) as channel:
        yield console_grpc.DecisionConsoleServiceStub(channel)  # type: ignore[no-untyped-call]


def console(up: Up) -> Any:
    with gateway(up) as stub:
        return stub.GetDecisionConsole(
            console_pb.GetDecisionConsoleRequest(business_id="demo"), timeout=20
        )


def decide_to_pay(up: Up) -> str:
    """Queue the payment of the most pressing bill; return the decision's id."""
    bill_id = console(up).bills[0].bill.bill_id
    with gateway(up) as stub:
        answer = stub.AddDecision(
            console_pb.AddDecisionRequest(
                business_id="demo",
                request_id=str(uuid.uuid4()),
                decision=decision_pb2.Decision(pay_now=decision_pb2.PayNow(bill_id=bill_id)),
            ),
            timeout=20,
        )
    return str(answer.decision.decision_id)


def queued(up: Up) -> list[str]:
    return [item.decision.decision_id for item in console(up).decision_queue]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A first start, which stays up for the tests that only look."""
    up = Up(tmp_path_factory.mktemp("first") / "state").ready()
    try:
        yield up
    finally:
        up.stop()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The state that a first run leaves behind, and the decision that was made in it."""
    up = Up(tmp_path_factory.mktemp("kept") / "state").ready()
    decision_id = decide_to_pay(up)
    # Ctrl-C reaches the whole foreground group.
    os.killpg(up.process.pid, signal.SIGINT)
    up.ended(0)
    return up.state, decision_id


@pytest.fixture
def state(kept: tuple[Path, str], tmp_path: Path) -> Iterator[Path]:
    """A copy of that state; nothing may be left running on it."""
    copy = tmp_path / "state"
    shutil.copytree(kept[0], copy, ignore=shutil.ignore_patterns("sockets"))
    yield copy
    assert soon(lambda: left_running(copy) == [])


# The first start


def test_the_first_start_shows_the_demo_company_and_where_everything_is(first: Up) -> None:
    assert "Loading the demo company" in first.printed
    assert "Harbour & Finch Studio" in first.printed
    for shown in (
        f"gateway       gRPC {first.address('gateway')}, HTTP http://{first.address('http')}",
        f"orchestrator  gRPC {first.address('orchestrator')}",
        f"calculator    gRPC {first.address('calculator')}",
    ):
        assert shown in first.printed


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A start in which everybody shows a certificate to everybody else."""
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder, "ours")
    settings = {}
    for prefix, ca in (
        ("TLS", "CLIENT_CA_FILE"),
        ("INNER_TLS", "CA_FILE"),
        ("CLIENT_TLS", "CA_FILE"),
    ):
        certificate, key = authority.issue(prefix)
        settings[f"RUNWAY_{prefix}_{ca}"] = str(authority.file)
        settings[f"RUNWAY_{prefix}_CERTIFICATE_FILE"] = str(certificate)
        settings[f"RUNWAY_{prefix}_KEY_FILE"] = str(key)
    up = Up(folder / "state", **settings).ready()
    try:
        yield up
    finally:
        up.stop()


@pytest.mark.parametrize(("program", "port"), [("curl", "http"), (".venv/bin/buf", "gateway")])
@pytest.mark.parametrize(("start", "scheme"), [("first", "http"), ("over_tls", "https")])
def test_the_calls_that_are_printed_work_as_they_stand(
    start: str, scheme: str, program: str, port: str, request: pytest.FixtureRequest
) -> None:
    first: Up = request.getfixturevalue(start)
    beginning = first.printed.index(f"  {program} ")
    command = re.match(r"(.*\\\n)*.*\n", first.printed[beginning:])
    assert command is not None
    assert f"{scheme}://{first.address(port)}/{METHOD}" in command[0]
    assert "runway token --business demo" in command[0]
    if not shutil.which(program, path=f"{os.environ['PATH']}:{REPOSITORY}"):
        pytest.skip(f"{program} is not here")
    result = subprocess.run(
        ["/bin/sh", "-c", command[0]],
        cwd=REPOSITORY,
        env={**os.environ, "RUNWAY_STATE_DIR": str(first.state)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode == 0, result.stderr
    answer = re.sub(r"\s", "", result.stdout)
    assert '"businessId":"demo"' in answer
    assert '"displayName":"Harbour&FinchStudio"' in answer


@pytest.mark.parametrize("name", SERVICES)
def test_every_grpc_port_says_that_it_serves_and_describes_itself(first: Up, name: str) -> None:
    with grpc.insecure_channel(first.address(name), [("grpc.enable_http_proxy", 0)]) as channel:
        for service in ("", SERVICES[name]):
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service=service), timeout=10
            )
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        for version in ("v1", "v1alpha"):
            describe = channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
                response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
            )
            asked = reflection_pb2.ServerReflectionRequest(list_services="")
            told = next(describe(iter([asked]), timeout=10))
            listed = {service.name for service in told.list_services_response.service}
            assert SERVICES[name] in listed


# The end


def test_ctrl_c_stops_every_process_and_frees_every_port(state: Path) -> None:
    up = Up(state).ready()
    processes = up.processes()
    # runway, PostgreSQL with processes of its own, and the three services.
    assert len(processes) > 5
    os.killpg(up.process.pid, signal.SIGINT)
    up.ended(0)
    assert living(processes) == []


def test_ctrl_c_at_make_run_leaves_nothing_behind(state: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not here")
    # The environment that the tests run in stands already.
    environment = [f"VENV={sys.prefix}", f"--old-file={sys.prefix}/ready"]
    up = Up(state, [make, "--no-print-directory", *environment, "run"]).ready()
    processes = up.processes()
    os.killpg(up.process.pid, signal.SIGINT)
    up.process.wait(40)
    assert soon(lambda: left_running(state) == [])
    assert living(processes) == []
    assert "Stopping PostgreSQL" in up.printed


# The second start


def test_the_second_start_takes_under_ten_seconds_keeps_what_was_decided_and_ends_on_sigterm(
    state: Path, kept: tuple[Path, str], record_property: Callable[[str, object], None]
) -> None:
    up = Up(state).ready()
    record_property("seconds_until_ready", round(up.seconds, 2))
    print(f"The second start was ready after {up.seconds:.1f} seconds.")
    assert up.seconds < 10
    assert "Loading the demo company" not in up.printed
    assert "Harbour & Finch Studio" in up.printed
    assert queued(up) == [kept[1]]
    # SIGTERM to the main process alone stops everything, as Ctrl-C does.
    processes = up.processes()
    assert up.stop().startswith("Stopping PostgreSQL")
    assert living(processes) == []


@on_linux
def test_after_kill_9_of_the_main_process_the_next_start_has_all_that_was_decided(
    state: Path, kept: tuple[Path, str]
) -> None:
    killed = Up(state).ready()
    processes = killed.processes()
    killed.process.kill()
    killed.process.wait()
    assert soon(lambda: left_running(state) == [])
    # One that is just ending names the state no more, and is there for a moment still.
    assert soon(lambda: living(processes) == [])
    # The number in the lock file is a living process's: only the kernel's lock may count.
    (state / "lock").write_text("1\n")
    up = Up(state).ready()
    assert queued(up) == [kept[1]]
    up.stop()


def test_when_a_service_is_killed_all_of_it_stops_and_names_the_service(state: Path) -> None:
    up = Up(state).ready()
    up.service("orchestrator_svc").kill()
    sentence = up.ended(1)
    assert sentence.startswith("The orchestrator stopped unexpectedly (signal 9): ")
    assert sentence.endswith(f"its log is {state / 'logs' / 'orchestrator.log'}.")


# What keeps it from starting


@pytest.mark.parametrize("name", ["gateway", "http", "orchestrator", "calculator"])
def test_a_port_that_is_taken_is_named_and_nothing_is_started(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        variable = f"RUNWAY_{name.upper()}_PORT"
        up = Up(tmp_path / "state", **{variable: str(port)})
        assert up.process.wait(20) == 1
        up.ended(1)
    assert up.lines == [f"Port {port} ({name}) is taken; stop what uses it or set {variable}.\n"]
    assert not (tmp_path / "state" / "postgres").exists()


def test_a_folder_in_which_nobody_can_write_is_named() -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("there is no folder here that not even root can write in")
    up = Up(Path("/proc/runway-state"))
    sentence = up.ended(1)
    assert sentence.startswith("The state folder /proc/runway-state cannot be written (")
    assert sentence.endswith("; set RUNWAY_STATE_DIR to a folder that can.")


def test_a_state_folder_that_a_running_one_holds_is_refused_and_the_running_one_goes_on(
    first: Up,
) -> None:
    second = Up(first.state)
    assert second.process.wait(20) == 1
    assert second.lines == [
        f"Process {first.process.pid} already runs Runway in the state folder {first.state};"
        " stop it, or set RUNWAY_STATE_DIR to another folder.\n"
    ]
    assert console(first).business_id == "demo"


def test_a_web_proxy_in_the_environment_is_not_asked_for_local_addresses(state: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_ports(1)[0]}"
    up = Up(state, http_proxy=nowhere, https_proxy=nowhere, no_proxy="", NO_PROXY="").ready()
    up.stop()


# A PostgreSQL of one's own


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that `runway up` did not start; its owner may make no roles."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("own") / "server", durable=False) as postgres:
        yield postgres


def test_a_database_of_one_s_own_is_used_instead_with_the_app_password_that_is_given(
    own: EmbeddedPostgres, tmp_path: Path
) -> None:
    settings = {
        "RUNWAY_DATABASE_URL": own.owner_url.replace("+asyncpg", ""),
        "RUNWAY_APP_PASSWORD": own.app_password,
    }
    up = Up(tmp_path / "state", **settings).ready()
    decision_id = decide_to_pay(up)
    up.stop()
    assert not (tmp_path / "state" / "postgres").exists()
    assert own.process.poll() is None
    # All that counts is in the database: another folder, as on another machine, finds it.
    elsewhere = Up(tmp_path / "elsewhere", **settings).ready()
    assert "Loading the demo company" not in elsewhere.printed
    assert queued(elsewhere) == [decision_id]
    elsewhere.stop()


def test_a_database_that_refuses_the_app_role_is_named_in_one_sentence(
    own: EmbeddedPostgres, tmp_path: Path
) -> None:
    up = Up(tmp_path / "state", RUNWAY_DATABASE_URL=own.owner_url)
    sentence = up.ended(1)
    assert sentence.startswith("The orchestrator stopped while starting (exit code 1): ")
    assert 'password authentication failed for user "runway_app"' in sentence


def test_a_database_that_does_not_answer_is_named_in_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://runway_owner:secret@127.0.0.1:{free_ports(1)[0]}/runway"
    up = Up(tmp_path / "state", RUNWAY_DATABASE_URL=url)
    sentence = up.ended(1)
    assert sentence.startswith("The migration failed (exit code 1): The database could not be")
    assert "secret" not in up.printed


# Each server alone

NO_SERVER = "postgresql://runway_app:secret@127.0.0.1:9/runway"


@pytest.mark.parametrize(
    ("module", "settings", "sentence"),
    [
        (
            "orchestrator_svc",
            {},
            "The settings are wrong: RUNWAY_DATABASE_URL: Field required.",
        ),
        (
            "orchestrator_svc",
            {"RUNWAY_DATABASE_URL": "rubbish:secret"},
            "The settings are wrong: RUNWAY_DATABASE_URL: it must be"
            " postgresql://role:password@host:port/database.",
        ),
        (
            "orchestrator_svc",
            # A slash in a password ends the address early; what follows looks like a port.
            {"RUNWAY_DATABASE_URL": "postgresql://runway_app:secret/more@db/runway"},
            "The settings are wrong: RUNWAY_DATABASE_URL: it must be"
            " postgresql://role:password@host:port/database.",
        ),
        (
            "orchestrator_svc",
            {"RUNWAY_DATABASE_URL": NO_SERVER.replace(":9/", ":port/")},
            "The settings are wrong: RUNWAY_DATABASE_URL: it must be"
            " postgresql://role:password@host:port/database.",
        ),
        (
            "orchestrator_svc",
            {"RUNWAY_DATABASE_URL": NO_SERVER},
            "The database does not answer; check RUNWAY_DATABASE_URL.",
        ),
        (
            "orchestrator_svc",
            {"RUNWAY_DATABASE_URL": f"{NO_SERVER}?sslmode=disable"},
            "The database does not answer; check RUNWAY_DATABASE_URL.",
        ),
        (
            "calculator_svc",
            {"RUNWAY_CALCULATOR_PORT": "many"},
            "The settings are wrong: RUNWAY_CALCULATOR_PORT: Input should be a valid integer,"
            " unable to parse string as an integer.",
        ),
        (
            "calculator_svc",
            {"RUNWAY_LOG_LEVEL": "loud"},
            "The settings are wrong: RUNWAY_LOG_LEVEL: String should match pattern"
            " '^(DEBUG|INFO|WARNING|ERROR)$'.",
        ),
        (
            "experience_gw",
            {"RUNWAY_GATEWAY_PORT": "-1", "RUNWAY_DEFAULT_DEADLINE_SECONDS": "0"},
            "The settings are wrong: RUNWAY_GATEWAY_PORT: Input should be greater than or equal to"
            " 0; RUNWAY_DEFAULT_DEADLINE_SECONDS: Input should be greater than 0.",
        ),
        (
            "orchestrator_svc.migrations",
            {},
            "Set RUNWAY_DATABASE_URL to the database's owner and RUNWAY_APP_PASSWORD to the"
            " password that the services will use.",
        ),
        (
            "orchestrator_svc.migrations",
            {"RUNWAY_DATABASE_URL": "rubbish:secret", "RUNWAY_APP_PASSWORD": "secret"},
            "The database could not be migrated: Could not parse SQLAlchemy URL from given URL"
            " string",
        ),
    ],
)
def test_a_server_alone_refuses_wrong_settings_in_one_sentence(
    module: str, settings: dict[str, str], sentence: str
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNWAY_")}
    result = subprocess.run(
        [sys.executable, "-m", module],
        env={**environment, **identity.KEYS.environment(), **settings},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"{sentence}\n"
