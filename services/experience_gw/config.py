"""The gateway's settings."""

from pathlib import Path

from pydantic import Field

from service_kit.settings import ServerSettings, optional_port, port

MOST_ELEMENTS = 20_000
"""How many fields and list items a request may have: several times as many as any needs."""


class GatewaySettings(ServerSettings):
    """Read from RUNWAY_* variables, once, at start."""

    gateway_port: int = port(50050)
    gateway_metrics_port: int | None = optional_port()
    http_port: int = port(8080)
    orchestrator_port: int = port(50051)
    calculator_port: int = port(50052)
    orchestrator_address: str = Field("", description="host:port; this host when empty.")
    calculator_address: str = Field("", description="host:port; this host when empty.")
    user_keys: str = Field(
        min_length=1,
        description="File or URL of the key set (JWKS) that users' tokens are signed with.",
    )
    token_issuer: str = Field(min_length=1, description="Who makes users' tokens (iss).")
    token_audience: str = Field("runway", min_length=1, description="For whom they are (aud).")
    inner_key_file: Path = Field(
        description="The private key (PEM, Ed25519) that signs tokens for the inner services."
    )
    inner_tls_ca_file: Path | None = Field(
        None,
        description="Who signs the inner services' certificates (PEM); else plain text. Read once:"
        " a restart takes another one.",
    )
    inner_tls_certificate_file: Path | None = Field(
        None,
        description="The certificate that the gateway shows them (PEM). Read once: renew it, then"
        " restart, before it expires.",
    )
    inner_tls_key_file: Path | None = Field(None, description="Its private key (PEM).")
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
