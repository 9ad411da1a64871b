"""`runway up`: the database and the three services on this machine, until Ctrl-C."""

import contextlib
import hashlib
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr
from rich.console import Console

from runway_cli.embedded_postgres import EmbeddedPostgres
from runway_cli.errors import CommandError
from runway_cli.keys import LocalKeys
from runway_cli.settings import APP_ROLE, Settings, port_variable, with_role
from runway_cli.state_folder import StateFolder, write_private
from runway_cli.supervisor import (
    Child,
    Connect,
    StopRequested,
    StopSignals,
    Supervisor,
    check_ports,
)

if TYPE_CHECKING:
    import grpc

# In the order of their start; the gateway calls the two before it, and so is stopped first.
_SERVICES = {
    "calculator": "calculator_svc",
    "orchestrator": "orchestrator_svc",
    "gateway": "experience_gw",
}

# Who shows a certificate, how the gateway checks it, and how `up` does.
_TLS = ("RUNWAY_TLS_CERTIFICATE_FILE", "RUNWAY_INNER_TLS_CA_FILE", "RUNWAY_CLIENT_TLS_CA_FILE")


@dataclass(frozen=True, slots=True)
class _Database:
    """How the database is reached: the owner for migrations, the app role for the services."""

    owner_url: str
    app_url: str
    app_password: str
    # Where it is noted which code last migrated it; only for a database that nobody else migrates.
    migrated_by: Path | None = None


def up(settings: Settings, after_ready: Sequence[Callable[[Settings], None]] = ()) -> int:
    """Start everything, call `after_ready`, and stay until asked to stop; return the exit code.

    Whatever happens, nothing that was started is left running.
    Raises CommandError when something cannot be started or dies.
    """
    settings = settings.model_copy(update={"gateway_address": ""})
    progress = Progress()
    with StopSignals() as signals:
        try:
            with ExitStack() as stack:
                supervisor = _start(settings, signals, progress, stack)
                with signals.raising():
                    for callback in after_ready:
                        callback(settings)
                return supervisor.wait()
        except StopRequested:
            return 0


def _start(
    settings: Settings, signals: StopSignals, progress: "Progress", stack: ExitStack
) -> Supervisor:
    """Start database and services; `stack` gets what stops them again."""
    state = stack.enter_context(StateFolder(settings.state_dir))
    check_ports(settings.ports, settings.bind_host)
    base = _environment()
    _check_tls(base)
    keys = LocalKeys(state.path)
    keys.make()
    supervisor = Supervisor(state.logs, signals, _connect(settings))
    if settings.database_url is None:
        with progress.step("Starting PostgreSQL"):
            database = _embedded(state.path, supervisor, progress, stack)
        # What the terminal says of some other PostgreSQL does not hold for this one.
        base = {name: value for name, value in base.items() if not name.startswith("PG")}
    else:
        database = _external(settings.database_url, settings.app_password, state)
    signals.check()
    with progress.step("Bringing the database up to date"):
        _migrate(database, supervisor, base)
    with progress.step("Starting calculator, orchestrator and gateway"):
        supervisor.start(_children(settings, database, {**keys.environment(), **base}))
    stack.callback(progress.stopping, "the services", supervisor.stop)
    return supervisor


def _check_tls(environment: Mapping[str, str]) -> None:
    """Raise CommandError when some speak TLS where others do not."""
    missing = [name for name in _TLS if not environment.get(name)]
    if missing and len(missing) < len(_TLS):
        given = [name for name in _TLS if name not in missing]
        raise CommandError(
            f"With {' and '.join(given)} and without {' and '.join(missing)}, one would speak TLS"
            " and another not",
            "set all of them or none",
        )


def _connect(settings: Settings) -> Connect:
    def connect(address: str, options: Sequence[tuple[str, int]]) -> "grpc.Channel":
        from runway_cli.channels import channel

        return channel(settings, address, options)

    return connect


def _embedded(
    state_dir: Path, supervisor: Supervisor, progress: "Progress", stack: ExitStack
) -> _Database:
    postgres = EmbeddedPostgres(state_dir)
    postgres.start()
    stack.callback(progress.stopping, "PostgreSQL", postgres.stop)
    supervisor.watch("PostgreSQL server", postgres.process, postgres.log)
    return _Database(
        postgres.owner_url,
        postgres.app_url,
        postgres.app_password,
        migrated_by=postgres.folder / "migrated-by",
    )


def _external(
    owner_url: SecretStr, app_password: SecretStr | None, state: StateFolder
) -> _Database:
    url = owner_url.get_secret_value()
    if app_password is None:
        password = state.secret("app-role-password")
    else:
        password = app_password.get_secret_value()
    return _Database(url, with_role(url, APP_ROLE, password), password)


def _migrate(database: _Database, supervisor: Supervisor, base: dict[str, str]) -> None:
    """Create or update tables, the app role and what it may do."""
    note, code = database.migrated_by, _digest_of("orchestrator_svc")
    if note is not None and note.exists() and note.read_text() == code:
        return  # Saves two seconds of every start but the first.
    command = [sys.executable, "-m", "orchestrator_svc.migrations"]
    environment = {
        **base,
        "RUNWAY_DATABASE_URL": database.owner_url,
        "RUNWAY_APP_PASSWORD": database.app_password,
    }
    supervisor.run("migration", command, environment)
    if note is not None:
        write_private(note, code)


def _digest_of(package: str) -> str:
    """Return a digest of a package's source, without importing it."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or []) if spec else []
    digest = hashlib.sha256()
    for file in sorted(file for folder in folders for file in Path(folder).rglob("*.py")):
        content = file.read_bytes()
        digest.update(f"{file} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _children(settings: Settings, database: _Database, base: dict[str, str]) -> list[Child]:
    common = {
        **base,
        "RUNWAY_BIND_HOST": settings.bind_host,
        "RUNWAY_CALCULATOR_ADDRESS": settings.address("calculator"),
        "RUNWAY_ORCHESTRATOR_ADDRESS": settings.address("orchestrator"),
        **{port_variable(name): str(port) for name, port in settings.ports.items()},
    }
    # Only the orchestrator knows a database, and never as its owner.
    own = {"orchestrator": {"RUNWAY_DATABASE_URL": database.app_url}}
    return [
        Child(
            name,
            [sys.executable, "-m", module],
            {**common, **own.get(name, {})},
            settings.address(name),
        )
        for name, module in _SERVICES.items()
    ]


def _environment() -> dict[str, str]:
    """Return this process's environment without what only some of the children may know."""
    secret = ("RUNWAY_DATABASE_URL", "RUNWAY_APP_PASSWORD", "RUNWAY_TOKEN")
    return {name: value for name, value in os.environ.items() if name not in secret}


class Progress:
    """Says on stderr what goes on, and how long it took.

    Plain lines rather than a spinner: that would be a thread, and children are started meanwhile.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Print what is done, and once it is done, the seconds."""
        started = time.monotonic()
        self._print(f"{what} … ", end="")
        try:
            yield
        except BaseException:
            self._print("")
            raise
        self._print(f"{time.monotonic() - started:.1f} s")

    def stopping(self, what: str, stop: Callable[[], None]) -> None:
        """Stop something, and print the seconds."""
        with self.step(f"Stopping {what}"):
            stop()

    def _print(self, text: str, end: str = "\n") -> None:
        # The terminal may be gone; that must not keep anything from being stopped.
        with contextlib.suppress(OSError):
            self._console.print(text, end=end, markup=False, soft_wrap=True)
