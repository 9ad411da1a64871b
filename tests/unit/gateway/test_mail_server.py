"""Handing a mail to a mail server, which is a real one on a socket."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experience_gw import mail_server as sending
from experience_gw.mail_server import (
    MailRefused,
    MailServerUnavailable,
    Reply,
    Security,
    deliver,
)
from support.certificates import Authority
from support.smtp_server import Control, MailServer, mail_server

SENDER, ANN, BOB = "digest@runway.example", "ann@example.com", "bob@example.org"
MAIL = b"Subject: Cash lasts\r\n\r\n.\r\n..two\r\nlast line\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> tuple[Path, Path]:
    return authority.issue("mail")


@pytest.fixture
def mail() -> Iterator[Control]:
    with mail_server() as control:
        yield control


def at(server: MailServer, **fields: Any) -> sending.MailServer:
    there = {"host": "localhost", "port": server.port, "security": Security.NONE, **fields}
    return sending.MailServer(**there)


def test_what_arrives_is_what_was_handed_over_to_the_byte(mail: Control) -> None:
    replies = deliver(at(mail.server), SENDER, [ANN, BOB], MAIL)
    assert replies == [Reply(one, True, "250 2.0.0 queued as 1") for one in (ANN, BOB)]
    (got,) = mail.server.accepted
    assert (got.sender, got.recipients, got.content) == (SENDER, (ANN, BOB), MAIL)
    assert mail.server.commands[0] == "ehlo runway.example"
    assert mail.server.commands[-1].upper() == "QUIT"


def test_who_is_refused_is_told_of_and_the_others_get_it(mail: Control) -> None:
    mail.server.answers = {ANN: "550 5.1.1 no such user", "carl@example.com": "451 4.7.1 later"}
    replies = deliver(at(mail.server), SENDER, [ANN, BOB, "carl@example.com"], MAIL)
    assert replies == [
        Reply(ANN, False, "550 5.1.1 no such user"),
        Reply(BOB, True, "250 2.0.0 queued as 1"),
        Reply("carl@example.com", None, "451 4.7.1 later"),
    ]
    assert [one.recipients for one in mail.server.accepted] == [(BOB,)]


def test_where_everybody_is_refused_nothing_is_handed_over(mail: Control) -> None:
    mail.server.answers = {ANN: "550 no"}
    assert deliver(at(mail.server), SENDER, [ANN], MAIL) == [Reply(ANN, False, "550 no")]
    assert "DATA" not in [one.upper() for one in mail.server.commands]


@pytest.mark.parametrize("from_the_start", [False, True])
def test_over_tls_with_a_login(
    from_the_start: bool, authority: Authority, certificate: tuple[Path, Path]
) -> None:
    server = MailServer(
        certificate=certificate,
        encrypted_from_the_start=from_the_start,
        login=("digest", "s3cret"),
    )
    security = Security.TLS if from_the_start else Security.STARTTLS
    with mail_server(server):
        there = at(
            server,
            security=security,
            username="digest",
            password="s3cret",
            ca_file=authority.file,
        )
        deliver(there, SENDER, [ANN], MAIL)
        (got,) = server.accepted
        assert (got.was_encrypted, got.user, got.content) == (True, "digest", MAIL)
        wrong = at(
            server, security=security, username="digest", password="?", ca_file=authority.file
        )
        with pytest.raises(MailRefused, match="refuses the login"):
            deliver(wrong, SENDER, [ANN], MAIL)
        assert len(server.accepted) == 1


def test_a_server_without_starttls_gets_neither_login_nor_mail(mail: Control) -> None:
    mail.server.login = ("digest", "s3cret")
    there = at(mail.server, security=Security.STARTTLS, username="digest", password="s3cret")
    with pytest.raises(MailRefused, match="TLS"):
        deliver(there, SENDER, [ANN], MAIL)
    assert [one.split()[0].upper() for one in mail.server.commands] == ["EHLO"]


def test_a_server_whose_certificate_nobody_trusts_gets_nothing(
    certificate: tuple[Path, Path],
) -> None:
    with mail_server(MailServer(certificate=certificate)) as control:
        with pytest.raises(MailServerUnavailable):
            deliver(at(control.server, security=Security.STARTTLS), SENDER, [ANN], MAIL)
        assert control.server.accepted == []


@pytest.mark.parametrize(
    ("what", "answer", "kind"),
    [
        ("MAIL", "550 5.7.1 not from you", MailRefused),
        ("MAIL", "451 4.3.0 later", MailServerUnavailable),
        ("DATA", "554 5.7.1 spam", MailRefused),
        ("DATA", "452 4.3.1 full", MailServerUnavailable),
        (ANN, "421 4.3.2 closing", MailServerUnavailable),
    ],
)
def test_a_no_for_all_is_told_from_a_later(
    what: str, answer: str, kind: type[Exception], mail: Control
) -> None:
    mail.server.answers = {what: answer}
    with pytest.raises(kind, match=answer.split()[-1]):
        deliver(at(mail.server), SENDER, [ANN, BOB], MAIL)
    assert mail.server.accepted == []


def test_what_a_server_says_is_one_line_of_plain_text(mail: Control) -> None:
    mail.server.answers = {ANN: "550 \x1b[2J no " + "x" * 900}
    (reply,) = deliver(at(mail.server), SENDER, [ANN], MAIL)
    assert reply.text.startswith("550 [2J no xxx")
    assert len(reply.text) <= 200 and reply.text.isprintable()


def test_no_address_says_more_than_itself_to_the_server(mail: Control) -> None:
    for hostile in (f"{ANN}>\r\nRCPT TO:<eve@example.com", f"{ANN}\nRCPT TO:<eve@example.com>"):
        with contextlib.suppress(ValueError):
            deliver(at(mail.server), SENDER, [hostile], MAIL)
    assert not any(one.upper().startswith("RCPT TO:<EVE") for one in mail.server.commands)


def test_a_server_that_is_away_is_found_again(mail: Control) -> None:
    mail.stop()
    with pytest.raises(MailServerUnavailable, match="try again"):
        deliver(at(mail.server), SENDER, [ANN], MAIL)
    mail.start()
    assert deliver(at(mail.server), SENDER, [ANN], MAIL)[0].accepted


def test_a_server_that_hangs_up_before_its_answer_has_promised_nothing(mail: Control) -> None:
    mail.server.hangs_up_before_answer = True
    with pytest.raises(MailServerUnavailable):
        deliver(at(mail.server), SENDER, [ANN], MAIL)


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = MailServer(port=listener.getsockname()[1])
        threading.Thread(target=listener.accept, daemon=True).start()
        with pytest.raises(MailServerUnavailable):
            deliver(at(silent, host="127.0.0.1"), SENDER, [ANN], MAIL)
