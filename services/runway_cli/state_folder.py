"""The folder in which one `runway up` keeps everything: database, logs, secrets, and a lock."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from runway_cli.errors import CommandError


class StateFolder:
    """A state folder held by this process alone for as long as it is entered."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Create the folder where it is missing, and lock it.

        Raises CommandError when it cannot be written or another process holds it.
        """
        with writing(self.path):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        self._lock = hold_lock(self.path / "lock")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.path / "logs"

    def secret(self, name: str) -> str:
        """Return the random secret of that name, made the first time it is asked for."""
        file = self.path / name
        if not file.exists():
            with writing(self.path):
                write_private(file, secrets.token_urlsafe(24))
        return file.read_text()


def hold_lock(path: Path) -> int:
    """Lock a file for as long as the returned descriptor is open.

    The kernel drops the lock with its holder, so that a killed process never leaves one behind.
    Raises CommandError when another process holds it, naming that process.
    """
    with writing(path.parent):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        if not isinstance(error, BlockingIOError):
            raise _not_writable(path.parent, error) from error
        raise CommandError(
            f"Process {holder} already runs Runway in the state folder {path.parent}",
            "stop it, or set RUNWAY_STATE_DIR to another folder",
        ) from None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def open_log(file: Path) -> BinaryIO:
    """Open an empty log file; the one of the run before stays beside it as `<name>.log.1`.

    Raises CommandError when it cannot be written.
    """
    with writing(file.parent):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if file.exists():
            file.replace(file.with_name(f"{file.name}.1"))
        return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def last_line(file: Path, *markers: str) -> str:
    """Return a log's last line that holds one of the markers, else its last line that is not empty.

    Returns a phrase that says so when there is none.
    """
    try:
        lines = [line.strip() for line in file.read_text(errors="replace").splitlines()]
    except OSError:
        lines = []
    lines = [line for line in lines if line]
    marked = [line for line in lines if any(marker in line for marker in markers)]
    return next(iter([*marked[-1:], *lines[-1:]]), "it logged nothing").rstrip(".")


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn an OSError into the CommandError that says which state folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise _not_writable(folder, error) from error


def _not_writable(folder: Path, error: OSError) -> CommandError:
    return CommandError(
        f"The state folder {folder} cannot be written ({error.strerror})",
        "set RUNWAY_STATE_DIR to a folder that can",
    )
