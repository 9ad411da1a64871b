"""The settings that every server has."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServerSettings(BaseSettings):
    """Read from RUNWAY_* variables, once, at start."""

    model_config = SettingsConfigDict(env_prefix="runway_", frozen=True)

    bind_host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    grace_seconds: float = Field(5.0, ge=0, description="How long calls may finish on stop.")


class InnerServerSettings(ServerSettings):
    """Those of a server that answers the gateway alone."""

    inner_keys: str = Field(
        min_length=1,
        description="File or URL of the key set (JWKS) that the gateway's tokens are signed with.",
    )


def port(default: int) -> int:
    """Return a field for a TCP port; 0 asks for any free one."""
    field: int = Field(default, ge=0, le=65535)
    return field
