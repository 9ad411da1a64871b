"""How the gateway is told of its mail server."""

from pathlib import Path
from typing import Any

import pytest

from experience_gw.config import GatewaySettings
from experience_gw.mail_server import Mailing, Security
from service_kit.process import StartError, read_settings

NEEDED = {
    "RUNWAY_USER_KEYS": "keys",
    "RUNWAY_TOKEN_ISSUER": "issuer",
    "RUNWAY_INNER_KEY_FILE": "key",
}
SERVER = {
    "RUNWAY_SMTP_HOST": "mail.example",
    "RUNWAY_SMTP_SENDER": "Runway <digest@runway.example>",
}


@pytest.fixture
def mailing(monkeypatch: pytest.MonkeyPatch) -> Any:
    def read(**variables: str) -> Mailing:
        for name, value in {**NEEDED, **variables}.items():
            monkeypatch.setenv(name, value)
        return read_settings(GatewaySettings).mailing()

    return read


def test_without_a_host_nothing_is_sent(mailing: Any) -> None:
    assert mailing().server is None


def test_a_server_is_spoken_to_over_starttls_unless_told_otherwise(mailing: Any) -> None:
    found = mailing(**SERVER)
    assert found.sender == "Runway <digest@runway.example>"
    assert (found.server.host, found.server.port) == ("mail.example", 587)
    assert (found.server.security, found.server.username) == (Security.STARTTLS, "")


def test_the_password_comes_from_a_file_without_its_line_end(mailing: Any, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret \n")
    given = {"RUNWAY_SMTP_USERNAME": "digest", "RUNWAY_SMTP_PASSWORD_FILE": str(file)}
    assert mailing(**SERVER, **given).server.password == "s3cret "
    file.unlink()
    with pytest.raises(StartError, match="RUNWAY_SMTP_PASSWORD_FILE"):
        mailing(**SERVER, **given)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"RUNWAY_SMTP_HOST": "mail.example"}, "RUNWAY_SMTP_SENDER"),
        ({**SERVER, "RUNWAY_SMTP_SENDER": "nobody"}, "RUNWAY_SMTP_SENDER"),
        ({**SERVER, "RUNWAY_SMTP_SENDER": "a@b.example\r\nBcc: c@d.example"}, "RUNWAY_SMTP_SENDER"),
        ({**SERVER, "RUNWAY_SMTP_SENDER": "a@b.example, c@d.example"}, "RUNWAY_SMTP_SENDER"),
        ({**SERVER, "RUNWAY_SMTP_USERNAME": "digest"}, "RUNWAY_SMTP_PASSWORD"),
        ({**SERVER, "RUNWAY_SMTP_PASSWORD": "s3cret"}, "RUNWAY_SMTP_USERNAME"),
        (
            {
                **SERVER,
                "RUNWAY_SMTP_USERNAME": "digest",
                "RUNWAY_SMTP_PASSWORD": "s3cret",
                "RUNWAY_SMTP_TLS": "none",
            },
            "RUNWAY_SMTP_TLS",
        ),
        ({**SERVER, "RUNWAY_SMTP_TLS": "sometimes"}, "RUNWAY_SMTP_TLS"),
        ({**SERVER, "RUNWAY_SMTP_UNSUBSCRIBE": "http://a.example"}, "RUNWAY_SMTP_UNSUBSCRIBE"),
        ({**SERVER, "RUNWAY_SMTP_UNSUBSCRIBE": "mailto:a@b>\r\nX: 1"}, "RUNWAY_SMTP_UNSUBSCRIBE"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence_without_the_password(
    variables: dict[str, str], named: str, mailing: Any
) -> None:
    with pytest.raises(StartError, match=named) as caught:
        mailing(**variables)
    assert "s3cret" not in str(caught.value)
