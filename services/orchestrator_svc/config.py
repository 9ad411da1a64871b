"""The orchestrator's settings."""

from pydantic import Field

from service_kit.settings import ServerSettings, port


class OrchestratorSettings(ServerSettings):
    """Read from RUNWAY_* variables, once, at start."""

    orchestrator_port: int = port(50051)
    database_url: str = Field(
        min_length=1, description="PostgreSQL URL of the app's role, which owns nothing."
    )
    database_pool_size: int = Field(8, ge=1, le=100)
