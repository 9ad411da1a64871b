"""The gateway's settings."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from experience_gw.digest.mail import address_of
from experience_gw.mail_server import NO_SENDER, Mailing, MailServer, Security
from service_kit.process import StartError
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

    smtp_host: str = Field("", description="The mail server that takes digests; none when empty.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port; 465 is usual with tls.")
    smtp_tls: Security = Field(
        Security.STARTTLS, description="starttls, tls (from the first byte), or none."
    )
    smtp_ca_file: Path | None = Field(
        None, description="Who signs its certificate (PEM); whom the machine trusts when unset."
    )
    smtp_username: str = Field("", description="With which name to log in; no login when empty.")
    smtp_password: SecretStr | None = Field(None, description="The password of that name.")
    smtp_password_file: Path | None = Field(None, description="A file that holds it, instead.")
    smtp_sender: str = Field(
        NO_SENDER, description="From whom digests are: an address, with or without a name."
    )
    smtp_unsubscribe: str = Field(
        "",
        pattern=r"^((https://|mailto:)[!-;=?-~]+)?$",
        description="Where recipients say that they want no more digests.",
    )

    @field_validator("smtp_sender")
    @classmethod
    def _one_address(cls, sender: str) -> str:
        address_of(sender)
        return sender

    @model_validator(mode="after")
    def _mail_server_is_whole(self) -> Self:
        if self.smtp_host and self.smtp_sender == NO_SENDER:
            raise ValueError("RUNWAY_SMTP_HOST needs RUNWAY_SMTP_SENDER")
        given = [self.smtp_password is not None, self.smtp_password_file is not None]
        if sum(given) != bool(self.smtp_username):
            raise ValueError(
                "RUNWAY_SMTP_USERNAME needs one of RUNWAY_SMTP_PASSWORD and"
                " RUNWAY_SMTP_PASSWORD_FILE, and they need it"
            )
        if self.smtp_username and self.smtp_tls is Security.NONE:
            raise ValueError("RUNWAY_SMTP_TLS=none would show RUNWAY_SMTP_PASSWORD to everybody")
        return self

    def mailing(self) -> Mailing:
        """Return how digests are sent.

        Raises StartError when the password's file cannot be read.
        """
        if not self.smtp_host:
            return Mailing(None, self.smtp_sender, self.smtp_unsubscribe)
        server = MailServer(
            self.smtp_host,
            self.smtp_port,
            self.smtp_tls,
            self.smtp_username,
            self._smtp_password(),
            self.smtp_ca_file,
        )
        return Mailing(server, self.smtp_sender, self.smtp_unsubscribe)

    def _smtp_password(self) -> str:
        if self.smtp_password_file is None:
            return self.smtp_password.get_secret_value() if self.smtp_password else ""
        try:
            return self.smtp_password_file.read_text().rstrip("\r\n")
        except (OSError, UnicodeError):
            raise StartError(
                "The file that RUNWAY_SMTP_PASSWORD_FILE names cannot be read; name another."
            ) from None

    @property
    def orchestrator_target(self) -> str:
        """Return where the orchestrator listens."""
        return self.orchestrator_address or f"127.0.0.1:{self.orchestrator_port}"

    @property
    def calculator_target(self) -> str:
        """Return where the calculator listens."""
        return self.calculator_address or f"127.0.0.1:{self.calculator_port}"
