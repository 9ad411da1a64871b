"""The gateway's settings."""

from pydantic import Field

from service_kit.settings import ServerSettings, port


class GatewaySettings(ServerSettings):
    """Read from RUNWAY_* variables, once, at start."""

    gateway_port: int = port(50050)
    http_port: int = port(8080)
    orchestrator_port: int = port(50051)
    calculator_port: int = port(50052)
    orchestrator_address: str = Field("", description="host:port; this host when empty.")
    calculator_address: str = Field("", description="host:port; this host when empty.")
    default_deadline_seconds: float = Field(
        10.0, gt=0, le=600, description="How long a call may take when its caller sets no deadline."
    )

    @property
    def orchestrator_target(self) -> str:
        """Return where the orchestrator listens."""
        return self.orchestrator_address or f"127.0.0.1:{self.orchestrator_port}"

    @property
    def calculator_target(self) -> str:
        """Return where the calculator listens."""
        return self.calculator_address or f"127.0.0.1:{self.calculator_port}"
