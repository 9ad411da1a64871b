"""The orchestrator's settings."""

import dataclasses
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from service_kit.admission import Limits
from service_kit.settings import InnerServerSettings, optional_port, port


class OrchestratorSettings(InnerServerSettings):
    """Read from RUNWAY_* variables, once, at start."""

    orchestrator_port: int = port(50051)
    orchestrator_metrics_port: int | None = optional_port()
    database_url: str = Field(
        min_length=1, description="PostgreSQL URL of the app's role, which owns nothing."
    )
    database_pool_size: int = Field(
        8, ge=1, le=100, description="How many connections there are; no more calls run at once."
    )

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: str) -> str:
        """Refuse what names no PostgreSQL, without repeating it: it holds a password."""
        try:
            parts = urlsplit(url)
            named = parts.username and parts.path.strip("/") and parts.port != 0
        except ValueError:
            named = None
        if not named or parts.scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
            raise ValueError("it must be postgresql://role:password@host:port/database")
        return url

    @property
    def limits(self) -> Limits:
        """Return how many calls may run and wait: of those that run, each has its connection.

        More would wait for a connection, where the businesses don't take turns.
        """
        limits = super().limits
        return dataclasses.replace(limits, at_once=min(limits.at_once, self.database_pool_size))
