"""The settings that every server has."""

import ipaddress
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from service_kit.admission import Limits
from service_kit.jwks import LONGEST_SECONDS


class ServerSettings(BaseSettings):
    """Read from RUNWAY_* variables, once, at start."""

    model_config = SettingsConfigDict(env_prefix="runway_", frozen=True)

    bind_host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    calls_at_once: int = Field(16, ge=1, le=10_000, description="How many calls run at once.")
    calls_at_once_each: int = Field(
        2,
        ge=1,
        le=10_000,
        description="How many of these may be of one business; those that ask at the same time"
        " share them, and each has one.",
    )
    calls_waiting_each: int = Field(
        64, ge=0, le=10_000, description="How many more of one business wait; others are refused."
    )
    metrics_host: str = Field(
        "127.0.0.1", min_length=1, description="Address to answer for metrics on."
    )
    grace_seconds: float = Field(5.0, ge=0, description="How long calls may finish on stop.")

    reflection: bool | None = Field(
        None,
        description="Whether the gRPC port tells anybody its services; unless set, on loopback"
        " alone.",
    )
    keys_longest_seconds: float = Field(
        LONGEST_SECONDS,
        gt=0,
        description="How long the keys that tokens are verified with are believed when they cannot"
        " be read again.",
    )

    tls_certificate_file: Path | None = Field(
        None, description="The server's certificate chain (PEM); plain text when unset."
    )
    tls_key_file: Path | None = Field(None, description="Its private key (PEM).")
    tls_client_ca_file: Path | None = Field(
        None, description="Clients must show a certificate that one of these has signed (PEM)."
    )

    @property
    def limits(self) -> Limits:
        """Return how many calls may run and wait."""
        return Limits(self.calls_at_once, self.calls_at_once_each, self.calls_waiting_each)

    @property
    def reflects(self) -> bool:
        """Return whether the server serves reflection."""
        return is_loopback(self.bind_host) if self.reflection is None else self.reflection


class InnerServerSettings(ServerSettings):
    """Those of a server that answers the gateway alone."""

    inner_keys: str = Field(
        min_length=1,
        description="File or URL of the key set (JWKS) that the gateway's tokens are signed with.",
    )


def optional_port() -> int | None:
    """Return a field for a TCP port that is not listened on unless it is set."""
    field: int | None = Field(None, ge=1, le=65535)
    return field


def is_loopback(host: str) -> bool:
    """Return whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def port(default: int) -> int:
    """Return a field for a TCP port; 0 asks for any free one."""
    field: int = Field(default, ge=0, le=65535)
    return field
