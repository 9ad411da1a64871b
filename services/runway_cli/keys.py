"""The key pairs of a Runway on this machine, in its state folder, and the tokens made with them.

`users` stands in for an identity provider: it signs what people show to the gateway. `gateway`
signs what the gateway shows to the orchestrator and the calculator; whoever may read it, as the
owner of the state folder may, can call these as the gateway does.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from runway_cli.errors import CommandError
from runway_cli.state_folder import write_private, writing
from service_kit.identity import Role
from service_kit.tokens import (
    INNER_ISSUER,
    LONGEST_INNER_SECONDS,
    Signer,
    inner_audience,
    key_set,
    new_private_key,
    read_private_key,
)

USER_ISSUER = "runway-local"
USER_AUDIENCE = "runway"
LOCAL_USER = "local"


class LocalKeys:
    """The keys in a state folder."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir.resolve() / "keys"

    def make(self) -> None:
        """Make each pair that is not there yet. Raises CommandError when they cannot be written."""
        with writing(self._folder.parent):
            for name in ("users", "gateway"):
                _make_pair(self._folder, name)

    def private_file(self, name: str) -> Path:
        """Return the file of a private key."""
        return _private_file(self._folder, name)

    def public_file(self, name: str) -> Path:
        """Return the file of the key set that goes with it."""
        return _public_file(self._folder, name)

    def environment(self) -> dict[str, str]:
        """Return the settings that have the three services use these keys."""
        return {
            "RUNWAY_USER_KEYS": str(self.public_file("users")),
            "RUNWAY_TOKEN_ISSUER": USER_ISSUER,
            "RUNWAY_TOKEN_AUDIENCE": USER_AUDIENCE,
            "RUNWAY_INNER_KEYS": str(self.public_file("gateway")),
            "RUNWAY_INNER_KEY_FILE": str(self.private_file("gateway")),
        }

    def user_token(self, businesses: Iterable[str], role: Role, lifetime_seconds: float) -> str:
        """Return a token for the gateway. Raises CommandError when there is no key yet."""
        roles = dict.fromkeys(businesses, role)
        signer = self._signer("users", USER_ISSUER)
        return signer.token(LOCAL_USER, USER_AUDIENCE, roles, lifetime_seconds)

    def inner_token(self, service: str, businesses: Sequence[str]) -> str:
        """Return a token for the orchestrator or the calculator, as the gateway would make one.

        Raises CommandError when there is no key yet.
        """
        roles = dict.fromkeys(businesses, Role.OWNER)
        signer = self._signer("gateway", INNER_ISSUER)
        return signer.token(LOCAL_USER, inner_audience(service), roles, LONGEST_INNER_SECONDS)

    def _signer(self, name: str, issuer: str) -> Signer:
        file = self.private_file(name)
        try:
            return Signer(read_private_key(file.read_bytes()), issuer)
        except (OSError, ValueError):
            raise CommandError(
                f"There is no key to make a token with at {file}",
                "start Runway with `make run`, or set RUNWAY_STATE_DIR to its state folder",
            ) from None


def make_pair(folder: Path, name: str) -> None:
    """Make a key pair in a folder, unless it is there. Raises CommandError."""
    try:
        _make_pair(folder, name)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CommandError(
            f"No keys can be made in {folder} ({why})", "choose another folder"
        ) from None


def _make_pair(folder: Path, name: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_file = _private_file(folder, name)
    if not private_file.exists():
        write_private(private_file, new_private_key().decode())
    public_key = read_private_key(private_file.read_bytes()).public_key()
    write_private(_public_file(folder, name), key_set(public_key))


def _private_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.pem"


def _public_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.jwks.json"
