"""A digest as a mail: what is in it, that it is the same each time, and that no name gets out."""

import datetime
import email
import email.policy
import subprocess
import sys
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experience_gw.digest.mail import Content, Envelope, composed, message_id

SENDER = "Runway <digest@runway.example>"
DATE = datetime.datetime(2026, 5, 4, 7, tzinfo=ZoneInfo("America/Los_Angeles"))
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def mail(subject: str = "Acme: Cash lasts", html: str = "<p>Grüße</p>", **fields: Any) -> bytes:
    content = Content(subject, "Grüße,\n.\nFrom here on: 1,234.50\n", html, PICTURE)
    envelope = Envelope(
        **{
            "sender": SENDER,
            "recipients": ["ann@example.com", "bob@example.org"],
            "message_id": "<1@runway.example>",
            "date": DATE,
            **fields,
        }
    )
    return composed(content, envelope)


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]


def test_a_mail_says_from_whom_to_whom_when_and_about_what() -> None:
    found = read(mail())
    assert found["From"] == SENDER
    assert found["To"] == "ann@example.com, bob@example.org"
    assert found["Subject"] == "Acme: Cash lasts"
    assert found["Date"].datetime == DATE
    assert found["Message-ID"] == "<1@runway.example>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert list(found.keys()) == HEADERS
    assert not found.defects


def test_it_is_text_or_a_page_with_its_picture() -> None:
    found = read(mail(html='<img src="cid:runway-chart" alt="Cash">'))
    text, page = found.iter_parts()
    assert found.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "multipart/related")
    html, picture = page.iter_parts()
    assert (html.get_content_type(), picture.get_content_type()) == ("text/html", "image/png")
    assert picture["Content-ID"] == "<runway-chart>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == PICTURE
    assert text.get_content().replace("\r\n", "\n") == "Grüße,\n.\nFrom here on: 1,234.50\n"


def test_every_mail_server_can_pass_it_on_as_it_is() -> None:
    content = mail(subject="Käse & Söhne: Cash lasts " + "very " * 60 + "long")
    lines = content.split(b"\r\n")
    assert content.isascii()
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    assert max(map(len, lines)) <= 998
    assert read(content)["Subject"] == "Käse & Söhne: Cash lasts " + "very " * 60 + "long"


def test_the_same_digest_is_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; sys.path[:0] = ['tests/unit/gateway', *sys.argv[1:]];"
        "import test_mail; sys.stdout.buffer.write(test_mail.mail())"
    )
    command = [sys.executable, "-c", code, *sys.path]
    other = subprocess.run(command, capture_output=True, check=True).stdout
    assert other == mail()
    assert mail(html="<p>Other</p>") != mail()


def test_a_preview_to_nobody_is_to_undisclosed_recipients() -> None:
    assert read(mail(recipients=[]))["To"] == "undisclosed-recipients:;"


def test_who_wants_no_more_is_told_where_to_say_so() -> None:
    found = read(mail(unsubscribe="mailto:digest@runway.example?subject=no%20more"))
    assert found["List-Unsubscribe"] == "<mailto:digest@runway.example?subject=no%20more>"


HOSTILE = [
    "Acme\r\nBcc: eve@example.com\r\n\r\n<p>Pay here</p>",
    "Acme\nX-Evil: 1",
    "Acme\rX-Evil: 1",
    "Acme\x0b\x0c\x1c\x85\u2028\u2029X-Evil: 1",
    "Acme\0\x1b[2J",
    "=?utf-8?q?Acme=0D=0ABcc:_eve=40example.com?=",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_within_the_subject(name: str) -> None:
    found = read(mail(subject=f"{name}: Cash lasts"))
    assert list(found.keys()) == HEADERS
    assert found["Subject"].endswith(": Cash lasts")
    assert next(part.get_content_type() for part in found.walk()) == "multipart/alternative"
    assert "eve@example.com" not in str(found["To"])


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
        | st.sampled_from(["=?utf-8?q?", "=?utf-8?b?DQpYLUV2aWw6IDE=", "=0D=0ABcc:", "?=", "\r\n"]),
        max_size=6,
    ).map("".join)
)
def test_no_name_begins_a_header(name: str) -> None:
    assert list(read(mail(subject=name)).keys()) == HEADERS


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com\r\nBcc: eve@example.com",
        "ann@example.com, eve@example.com",
        "ann@example.com>\r\nRCPT TO:<eve@example.com",
        "ann@example.com\n",
        "no address",
        "",
        "änn@example.com",
    ],
)
def test_a_hostile_address_makes_no_mail(address: str) -> None:
    with pytest.raises(ValueError):
        mail(recipients=["bob@example.org", address])


def test_a_message_id_is_of_one_request_and_tells_no_business() -> None:
    first = message_id("acme", "7d444840-9dc0-11d1-b245-5ffdce74fad2", SENDER)
    assert first == message_id("acme", "7d444840-9dc0-11d1-b245-5ffdce74fad2", SENDER)
    assert first != message_id("acme-2", "7d444840-9dc0-11d1-b245-5ffdce74fad2", SENDER)
    assert first.endswith("@runway.example>") and "acme" not in first
