"""What `runway up` reads from the environment: one typed, frozen object, read once."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runway_cli.errors import CommandError

APP_ROLE = "runway_app"

Port = Annotated[int, Field(ge=1, le=65535)]


# A name, an IPv4 address, or an IPv6 address in brackets; gRPC would take more, and guess a port.
_ADDRESS = r"^$|^([^\s:/\[\]]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$"


class Settings(BaseSettings):
    """Read from RUNWAY_* variables; each port is the one its service listens on."""

    model_config = SettingsConfigDict(env_prefix="RUNWAY_", env_ignore_empty=True, frozen=True)

    gateway_port: Port = 50050
    http_port: Port = 8080
    orchestrator_port: Port = 50051
    calculator_port: Port = 50052
    bind_host: str = "127.0.0.1"
    state_dir: Path = Path(".runway")
    # The owner role of a PostgreSQL of one's own; without it, an embedded one is started.
    database_url: SecretStr | None = None
    # The app role's there, for an owner who may not set it; without it, a random one is set.
    app_password: SecretStr | None = None
    # host:port of a gateway elsewhere, for the commands that ask a gateway alone.
    gateway_address: Annotated[str, Field(pattern=_ADDRESS)] = ""
    # Who signs the services' certificates (PEM), and what to show them; without them, plain text.
    client_tls_ca_file: Path | None = None
    client_tls_certificate_file: Path | None = None
    client_tls_key_file: Path | None = None
    # Shown to the gateway; without it, one is made with the keys in the state folder.
    token: SecretStr | None = None
    # A file that holds it, read anew with every call, instead.
    token_file: Path | None = None

    @field_validator("database_url")
    @classmethod
    def _as_asyncpg_url(cls, url: SecretStr | None) -> SecretStr | None:
        return None if url is None else SecretStr(asyncpg_url(url.get_secret_value()))

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        seen: dict[int, str] = {}
        for name, port in self.ports.items():
            if port in seen:
                raise ValueError(
                    f"{port_variable(seen[port])} and {port_variable(name)} are both {port}"
                )
            seen[port] = name
        return self

    @property
    def ports(self) -> dict[str, int]:
        """Every port that `runway up` needs, by the name of what listens there."""
        return {
            "gateway": self.gateway_port,
            "http": self.http_port,
            "orchestrator": self.orchestrator_port,
            "calculator": self.calculator_port,
        }

    @property
    def curl_tls_options(self) -> dict[str, Path]:
        """The files for calls over TLS, by the options that curl has for them; none without it."""
        given = {
            "cacert": self.client_tls_ca_file,
            "cert": self.client_tls_certificate_file,
            "key": self.client_tls_key_file,
        }
        return {name: file for name, file in given.items() if file is not None}

    def called_at(self, service: str) -> str:
        """Return host:port at which a service is called."""
        return (self.gateway_address if service == "gateway" else "") or self.address(service)

    def address(self, name: str) -> str:
        """Return host:port at which this machine reaches what listens on the port of that name."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind_host, self.bind_host)
        return f"[{host}]:{self.ports[name]}" if ":" in host else f"{host}:{self.ports[name]}"


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises CommandError naming the variable that is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        text = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            raise CommandError(text, "give each its own port") from None
        variable = f"RUNWAY_{str(problem['loc'][0]).upper()}"
        text = text[:1].lower() + text[1:]
        raise CommandError(f"{variable} is wrong: {text}", "correct it or unset it") from None


def port_variable(name: str) -> str:
    """Return the environment variable that sets the port of that name."""
    return f"RUNWAY_{name.upper()}_PORT"


def asyncpg_url(url: str) -> str:
    """Return a PostgreSQL URL, plain or SQLAlchemy's, as the one SQLAlchemy's asyncpg driver takes.

    Raises ValueError saying what is wrong, without repeating the URL, which holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise ValueError("it must start with postgresql:// or postgresql+asyncpg://")
    if not parts.username or parts.path in ("", "/"):
        raise ValueError("it must name a role and a database, postgresql://role:password@host/name")
    if parts.username == APP_ROLE:
        raise ValueError(f"it must name the role that owns the database, not {APP_ROLE}")
    # libpq and asyncpg know the same values by two names.
    query = [("ssl" if key == "sslmode" else key, value) for key, value in parse_qsl(parts.query)]
    return _url(parts.netloc, parts.path, urlencode(query, safe="/"))


def with_role(url: str, role: str, password: str) -> str:
    """Return an asyncpg URL of the same database for another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return _url(f"{quote(role)}:{quote(password, safe='')}@{place}", parts.path, parts.query)


def _url(netloc: str, path: str, query: str) -> str:
    return urlunsplit(("postgresql+asyncpg", netloc, path, query, ""))
