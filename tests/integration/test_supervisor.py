"""Supervisor and `runway up`: nothing starts by halves, every refusal is one sentence, and whatever
happens, nothing is left running. Only real processes; the services are tiny stand-ins."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import grpc
import psutil
import pytest

from runway_cli.embedded_postgres import EmbeddedPostgres
from runway_cli.errors import CommandError
from runway_cli.settings import Settings, asyncpg_url, read_settings, with_role
from runway_cli.state_folder import StateFolder
from runway_cli.supervisor import Child, StopSignals, Supervisor, check_ports

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's parent-death signal")

# A gRPC server whose health is SERVING: `<name> <port>`; it notes in $NOTES that it was stopped.
HEALTHY = """
import os, signal, sys, threading
from concurrent import futures
import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
name, port = sys.argv[1:]
stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopped.set())
server = grpc.server(futures.ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
servicer = health.HealthServicer()
health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
server.add_insecure_port(f"127.0.0.1:{port}")
server.start()
servicer.set("", health_pb2.HealthCheckResponse.SERVING)
print("serving", flush=True)
stopped.wait()
with open(os.environ["NOTES"], "a") as notes:
    notes.write(f"{name} stopped\\n")
server.stop(0).wait()
"""
DYING = "import sys; print('the table is missing'); sys.exit(3)"
SILENT = "import time; print('thinking', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HEALTHY.replace(
    "signal.signal(signal.SIGTERM, lambda *_: stopped.set())", ""
)
DIES_LATER = HEALTHY.replace("stopped.wait()", "stopped.wait(0.5); sys.exit('out of memory')")

# Stands in for a service: `python -m <package>` reads its port as the real one does.
SERVICE = """
import os, sys
sys.argv = ["", "{name}", os.environ["RUNWAY_{variable}_PORT"]]
with open(os.environ["NOTES"], "a") as notes:
    notes.write("{name} has " + os.environ.get("RUNWAY_DATABASE_URL", "no database") + "\\n")
"""
MIGRATIONS = """
import asyncio, os, asyncpg
async def migrate():
    connection = await asyncpg.connect(os.environ["RUNWAY_DATABASE_URL"].replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE IF NOT EXISTS migrated ()")
    await connection.close()
asyncio.run(migrate())
with open(os.environ["NOTES"], "a") as notes:
    notes.write("migration has " + os.environ["RUNWAY_APP_PASSWORD"] + "\\n")
"""
UP = """
import sys
from runway_cli.errors import CommandError
from runway_cli.settings import read_settings
from runway_cli.up import up
try:
    sys.exit(up(read_settings(), [lambda settings: print("ready", flush=True)]))
except CommandError as error:
    print(error, file=sys.stderr)
    sys.exit(1)
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def left_running(tmp_path: Path) -> list[psutil.Process]:
    """Return every process that belongs to the test, by its command line or its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), *process.environ().values()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if process.pid != os.getpid() and any(str(tmp_path) in word for word in told):
            found.append(process)
    return found


def soon(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


# Supervisor


@pytest.fixture
def signals() -> Iterator[StopSignals]:
    with StopSignals() as noted:
        yield noted


def insecure(address: str, options: Sequence[tuple[str, int]]) -> grpc.Channel:
    return grpc.insecure_channel(address, [*options, ("grpc.enable_http_proxy", 0)])


@pytest.fixture
def supervisor(tmp_path: Path, signals: StopSignals) -> Iterator[Supervisor]:
    watching = Supervisor(
        tmp_path / "logs", signals, insecure, ready_seconds=5.0, grace_seconds=1.0
    )
    yield watching
    watching.stop()
    assert left_running(tmp_path) == []


def child(tmp_path: Path, name: str, code: str = HEALTHY) -> Child:
    port = free_ports(1)[0]
    return Child(
        name,
        [sys.executable, "-c", code, name, str(port)],
        {**os.environ, "NOTES": str(tmp_path / "notes")},
        f"127.0.0.1:{port}",
    )


def test_starting_returns_when_every_child_serves(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start([child(tmp_path, "first"), child(tmp_path, "second")])
    for name in ("first", "second"):
        log = tmp_path / "logs" / f"{name}.log"
        assert log.read_text() == "serving\n"
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_children_stop_in_the_reverse_order_of_their_start(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    supervisor.start([child(tmp_path, "first"), child(tmp_path, "second")])
    supervisor.start([child(tmp_path, "third")])
    supervisor.stop()
    stopped = (tmp_path / "notes").read_text().splitlines()
    assert stopped == ["third stopped", "second stopped", "first stopped"]


def test_a_child_that_dies_while_starting_is_named_with_its_last_line_and_the_others_are_stopped(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    with pytest.raises(CommandError) as shown:
        supervisor.start([child(tmp_path, "first"), child(tmp_path, "second", DYING)])
    assert "The second stopped while starting (exit code 3): the table is missing" in str(
        shown.value
    )
    assert left_running(tmp_path) == []


def test_a_child_that_is_not_ready_in_time_is_named_and_stopped(
    tmp_path: Path, signals: StopSignals
) -> None:
    hasty = Supervisor(tmp_path / "logs", signals, insecure, ready_seconds=1.0)
    with pytest.raises(CommandError, match="The slow was not ready after 1 seconds: thinking"):
        hasty.start([child(tmp_path, "slow", SILENT)])
    assert left_running(tmp_path) == []


def test_a_child_that_cannot_be_executed_is_named(tmp_path: Path, supervisor: Supervisor) -> None:
    with pytest.raises(CommandError, match=r"The ghost cannot be started \(No such file"):
        supervisor.start([Child("ghost", ["/nonexistent"], {}, "127.0.0.1:1")])


def test_the_last_line_of_an_earlier_run_is_not_taken_for_this_run_s(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    with pytest.raises(CommandError, match="the table is missing"):
        supervisor.start([child(tmp_path, "first", DYING)])
    with pytest.raises(CommandError, match="it logged nothing"):
        supervisor.start([child(tmp_path, "first", "raise SystemExit(4)")])


def test_waiting_ends_with_the_name_of_a_child_that_dies_of_itself(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    supervisor.start([child(tmp_path, "first"), child(tmp_path, "second", DIES_LATER)])
    with pytest.raises(CommandError, match=r"The second stopped unexpectedly .* out of memory"):
        supervisor.wait()


def test_waiting_ends_with_exit_code_0_on_a_stop_signal(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    supervisor.start([child(tmp_path, "first")])
    os.kill(os.getpid(), signal.SIGTERM)
    assert supervisor.wait() == 0


def test_a_child_that_ignores_the_request_to_stop_is_killed_after_the_grace_time(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    supervisor.start([child(tmp_path, "stubborn", STUBBORN)])
    started = time.monotonic()
    supervisor.stop()
    assert 1.0 <= time.monotonic() - started < 3.0
    assert left_running(tmp_path) == []


def test_what_a_child_started_itself_goes_with_it(tmp_path: Path, supervisor: Supervisor) -> None:
    sleeper = "import subprocess; subprocess.Popen(['sleep', '60'])\n"
    supervisor.start([child(tmp_path, "parent", sleeper + HEALTHY)])
    supervisor.stop()
    assert soon(lambda: left_running(tmp_path) == [], seconds=2)


def test_a_command_that_fails_is_named_with_its_last_line(supervisor: Supervisor) -> None:
    with pytest.raises(CommandError, match=r"The migration failed \(exit code 3\): the table is"):
        supervisor.run("migration", [sys.executable, "-c", DYING], os.environ)


# Ports, folder, settings


def test_a_taken_port_is_named_with_the_variable_that_sets_it() -> None:
    with socket.socket() as taken:
        # As a gRPC server would by default, which shares its port in silence.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError) as shown:
            check_ports({"gateway": free_ports(1)[0], "orchestrator": port})
    assert str(shown.value) == (
        f"Port {port} (orchestrator) is taken; stop what uses it or set RUNWAY_ORCHESTRATOR_PORT."
    )
    check_ports({"orchestrator": port})


def test_an_address_that_this_machine_does_not_have_is_named() -> None:
    with pytest.raises(CommandError, match=r"192\.0\.2\.1 is no address .* RUNWAY_BIND_HOST"):
        check_ports({"gateway": free_ports(1)[0]}, "192.0.2.1")


def test_only_its_owner_enters_the_state_folder(tmp_path: Path) -> None:
    with StateFolder(tmp_path / "state") as state:
        assert stat.S_IMODE(state.path.stat().st_mode) == 0o700
        assert stat.S_IMODE(state.logs.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CommandError, match=r"file/state cannot be written \(Not a directory\); set"),
        StateFolder(tmp_path / "file" / "state"),
    ):
        pass


def test_a_state_folder_is_free_again_once_it_is_left(tmp_path: Path) -> None:
    with StateFolder(tmp_path) as state:
        secret = state.secret("password")
        with pytest.raises(CommandError, match=f"Process {os.getpid()} already runs Runway"):
            StateFolder(tmp_path).__enter__()
    with StateFolder(tmp_path) as state:
        assert state.secret("password") == secret


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RUNWAY_HTTP_PORT", "many"),
        ("RUNWAY_GATEWAY_PORT", "65536"),
        ("RUNWAY_CALCULATOR_PORT", "0"),
        ("RUNWAY_DATABASE_URL", "mysql://root:secret@localhost/runway"),
        ("RUNWAY_DATABASE_URL", "postgresql://owner:secret@localhost"),
        ("RUNWAY_DATABASE_URL", "postgresql://runway_app:secret@localhost/runway"),
    ],
)
def test_a_wrong_setting_is_named_without_giving_away_a_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CommandError) as shown:
        read_settings()
    assert str(shown.value).startswith(f"{variable} is wrong: ")
    assert "secret" not in str(shown.value)


def test_two_services_on_one_port_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWAY_HTTP_PORT", "50050")
    with pytest.raises(CommandError) as shown:
        read_settings()
    assert str(shown.value) == (
        "RUNWAY_GATEWAY_PORT and RUNWAY_HTTP_PORT are both 50050; give each its own port."
    )


@pytest.mark.parametrize(
    ("plain", "taken"),
    [
        ("postgres://o:p@db/runway", "postgresql+asyncpg://o:p@db/runway"),
        ("postgresql+asyncpg://o:p@/r?host=/run/pg", "postgresql+asyncpg://o:p@/r?host=/run/pg"),
        ("postgresql://o@db:6/r?sslmode=require", "postgresql+asyncpg://o@db:6/r?ssl=require"),
    ],
)
def test_any_usual_database_url_becomes_the_driver_s(plain: str, taken: str) -> None:
    assert asyncpg_url(plain) == taken


def test_the_app_role_s_url_differs_from_the_owner_s_in_role_and_password_alone() -> None:
    app = with_role("postgresql+asyncpg://owner:p%40ss@db:6/r?ssl=require", "runway_app", "a/b")
    assert app == "postgresql+asyncpg://runway_app:a%2Fb@db:6/r?ssl=require"


def test_no_password_shows_when_the_settings_are_printed() -> None:
    settings = Settings.model_validate({"database_url": "postgresql://owner:secret@db/runway"})
    assert "secret" not in repr(settings)


# `runway up`


class Site:
    """A folder with stand-ins for the services, in which `runway up` can be run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.notes = folder / "notes"
        services = ["calculator", "orchestrator", "gateway", "http"]
        self.ports = dict(zip(services, free_ports(4), strict=True))
        for name, package in (
            ("calculator", "calculator_svc"),
            ("orchestrator", "orchestrator_svc"),
            ("gateway", "experience_gw"),
        ):
            self.write(package, SERVICE.format(name=name, variable=name.upper()) + HEALTHY)
        self.write("orchestrator_svc/migrations", MIGRATIONS)

    def write(self, package: str, code: str) -> None:
        place = self.folder / "stand_ins" / package
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").touch()
        (place / "__main__.py").write_text(code)

    def up(self, **env: str) -> subprocess.Popen[str]:
        path = [str(self.folder / "stand_ins"), *filter(None, sys.path)]
        return subprocess.Popen(
            [sys.executable, "-c", UP],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path),
                "NOTES": str(self.notes),
                "RUNWAY_STATE_DIR": str(self.state),
                **{f"RUNWAY_{name.upper()}_PORT": str(p) for name, p in self.ports.items()},
                **env,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A group of its own, as a terminal's foreground job has.
            start_new_session=True,
        )

    def up_and_ready(self, **env: str) -> subprocess.Popen[str]:
        running = self.up(**env)
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        return running

    def noted(self, what: str) -> list[str]:
        return [line for line in self.notes.read_text().splitlines() if what in line]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield Site(tmp_path)
    assert soon(lambda: left_running(tmp_path) == [])


def ended(running: subprocess.Popen[str], code: int) -> str:
    """Wait for the end of `runway up`, check its exit code, and return what it wrote to stderr."""
    _, written = running.communicate(timeout=40)
    assert running.returncode == code, written
    assert "Traceback" not in written
    return written


def refused(running: subprocess.Popen[str]) -> str:
    """Check that `runway up` failed, and return its last line."""
    return ended(running, 1).splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_its_like_stop_the_gateway_first_and_the_database_last(
    site: Site, number: signal.Signals
) -> None:
    running = site.up_and_ready()
    # Ctrl-C reaches the whole foreground group, and an impatient user repeats it.
    os.killpg(running.pid, number)
    os.killpg(running.pid, number)
    written = ended(running, 0)
    assert site.noted("stopped") == [
        "gateway stopped",
        "orchestrator stopped",
        "calculator stopped",
    ]
    assert written.index("Stopping the services") < written.index("Stopping PostgreSQL")
    assert "database system is shut down" in (site.state / "logs" / "postgres.log").read_text()


def test_each_long_step_says_how_long_it_took(site: Site) -> None:
    running = site.up_and_ready()
    running.terminate()
    lines = ended(running, 0).splitlines()
    assert [line.partition(" … ")[0] for line in lines] == [
        "Starting PostgreSQL",
        "Bringing the database up to date",
        "Starting calculator, orchestrator and gateway",
        "Stopping the services",
        "Stopping PostgreSQL",
    ]
    assert all(line.endswith(" s") for line in lines)


def test_only_the_orchestrator_knows_a_database_and_never_as_its_owner(site: Site) -> None:
    running = site.up_and_ready(RUNWAY_APP_PASSWORD="of the caller's own")
    running.terminate()
    ended(running, 0)
    notes = sorted(site.noted(" has "))
    password = notes[2].removeprefix("migration has ")
    assert notes[:2] == ["calculator has no database", "gateway has no database"]
    assert notes[3].startswith(
        f"orchestrator has postgresql+asyncpg://runway_app:{password}@/runway?host=/"
    )


def test_the_second_start_is_ready_in_under_five_seconds(site: Site) -> None:
    for _ in range(2):
        started = time.monotonic()
        running = site.up_and_ready()
        seconds = time.monotonic() - started
        running.terminate()
        ended(running, 0)
    assert seconds < 5


def test_the_database_is_migrated_again_only_after_the_orchestrator_has_changed(
    site: Site,
) -> None:
    for times, change in ((1, ""), (1, ""), (2, "# A new table.\n")):
        site.write("orchestrator_svc/migrations", MIGRATIONS + change)
        running = site.up_and_ready()
        running.terminate()
        ended(running, 0)
        assert len(site.noted("migration has")) == times


def test_a_migration_that_failed_is_run_again(site: Site) -> None:
    site.write(
        "orchestrator_svc/migrations",
        "import pathlib\nif not pathlib.Path('ok').exists():\n    raise SystemExit('no room')\n"
        + MIGRATIONS,
    )
    assert "The migration failed (exit code 1): no room" in refused(site.up())
    (site.folder / "ok").touch()
    running = site.up_and_ready()
    running.terminate()
    ended(running, 0)
    assert len(site.noted("migration has")) == 1


def test_a_database_of_one_s_own_is_used_with_the_same_app_password_every_time(
    site: Site, tmp_path: Path
) -> None:
    with EmbeddedPostgres(tmp_path / "own", durable=False) as own:
        for _ in range(2):
            running = site.up_and_ready(RUNWAY_DATABASE_URL=own.owner_url)
            running.terminate()
            assert "PostgreSQL" not in ended(running, 0)
    assert not (site.state / "postgres").exists()
    assert len(set(site.noted("migration has"))) == 1
    assert "runway_owner" not in site.notes.read_text()


def test_a_second_up_on_the_same_state_is_refused_and_the_first_stays_up(site: Site) -> None:
    first = site.up_and_ready()
    try:
        sentence = refused(site.up())
        assert sentence.startswith(
            f"Process {first.pid} already runs Runway in the state folder {site.state}"
        )
        assert first.poll() is None
    finally:
        first.terminate()
        ended(first, 0)


def test_a_second_up_with_another_state_is_refused_for_the_port(site: Site) -> None:
    first = site.up_and_ready()
    try:
        sentence = refused(site.up(RUNWAY_STATE_DIR=str(site.folder / "other")))
        assert sentence == (
            f"Port {site.ports['gateway']} (gateway) is taken;"
            " stop what uses it or set RUNWAY_GATEWAY_PORT."
        )
    finally:
        first.terminate()
        ended(first, 0)


@on_linux
def test_kill_9_leaves_nothing_running_and_the_next_up_works_at_once(site: Site) -> None:
    first = site.up_and_ready()
    first.kill()
    first.communicate()
    assert soon(lambda: left_running(site.folder) == [])
    second = site.up_and_ready()
    second.terminate()
    ended(second, 0)


def test_a_state_folder_that_cannot_be_written_is_named(site: Site) -> None:
    (site.folder / "file").write_text("")
    sentence = refused(site.up(RUNWAY_STATE_DIR=str(site.folder / "file" / "state")))
    assert "cannot be written (Not a directory); set RUNWAY_STATE_DIR" in sentence


def test_a_failing_migration_stops_the_start_with_its_last_line(site: Site) -> None:
    site.write("orchestrator_svc/migrations", DYING)
    assert "The migration failed (exit code 3): the table is missing" in refused(site.up())
    assert not site.notes.exists()


def test_a_service_that_dies_while_starting_stops_the_start_with_its_last_line(site: Site) -> None:
    site.write("experience_gw", DYING)
    sentence = refused(site.up())
    assert "The gateway stopped while starting (exit code 3): the table is missing" in sentence


@pytest.mark.parametrize(
    ("process", "name"), [("calculator_svc", "calculator"), ("postgres", "PostgreSQL server")]
)
def test_when_a_process_dies_everything_stops_with_its_name(
    site: Site, process: str, name: str
) -> None:
    running = site.up_and_ready()
    children = psutil.Process(running.pid).children()
    next(c for c in children if any(process in word for word in c.cmdline())).kill()
    assert refused(running).startswith(f"The {name} stopped unexpectedly (signal 9): ")


def test_ctrl_c_during_a_start_that_hangs_ends_it_at_once(site: Site) -> None:
    site.write("orchestrator_svc/migrations", f"open({str(site.notes)!r}, 'w')\n" + SILENT)
    running = site.up()
    assert soon(site.notes.exists)
    started = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)
    ended(running, 0)
    assert time.monotonic() - started < 3
