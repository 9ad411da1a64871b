"""The mail server that digests are handed to, by SMTP (RFC 5321)."""

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog

MOST_SECONDS = 45.0
"""How long a mail server has for one mail."""

NO_SENDER = "Runway <runway@localhost>"
"""From whom a mail is that is shown and never sent."""

LONGEST_ANSWER = 200

Result = TypeVar("Result")

log = structlog.get_logger()


class MailServerUnavailable(Exception):
    """The mail server cannot be reached, or asks to come back later."""


class MailRefused(Exception):
    """The mail server refuses what it would be given again, whoever came back with it."""


class Security(StrEnum):
    """How what is said to a mail server is kept from others."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where a mail server is, and how to be let in. An empty user name means without a login.

    `ca_file` names who signs its certificate (PEM), where that is nobody whom the machine trusts.
    """

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Mailing:
    """How this gateway sends mails; without a server it only shows them.

    `sender` is an address with or without a name; `unsubscribe` a URL at which recipients say that
    they want no more, or empty.
    """

    server: MailServer | None = None
    sender: str = NO_SENDER
    unsubscribe: str = ""


class Reply(NamedTuple):
    """What became of a mail at a recipient, and what the server said, in one line."""

    address: str
    accepted: bool | None
    text: str


def deliver(server: MailServer, sender: str, recipients: Sequence[str], mail: bytes) -> list[Reply]:
    """Hand a mail to the server, and return what it said for each recipient.

    `accepted` is None for a recipient whom it has put off. Blocks for 45 s, or little more.

    Raises MailServerUnavailable, after which some may have got it: the server may have gone before
    its answer came. Raises MailRefused, after which nobody has.
    """
    with _problems_named(server):
        client = _Timed(server, sender.rpartition("@")[2])
        with client.session() as session:
            client.go(session.ehlo_or_helo_if_needed)
            if server.security is Security.STARTTLS:
                client.go(lambda: session.starttls(context=_tls(server)))
                client.go(session.ehlo_or_helo_if_needed)
            if server.username:
                client.go(lambda: session.login(server.username, server.password))
            _expect(client.go(lambda: session.mail(sender)), "the sender")
            replies = [
                _reply(one, client.go(lambda to=one: session.rcpt(to)))  # type: ignore[misc]
                for one in recipients
            ]
            if any(reply.accepted for reply in replies):
                final = _expect(client.go(lambda: session.data(mail)), "the mail")
                replies = [one._replace(text=final) if one.accepted else one for one in replies]
            return replies


class _Timed:
    """A client that gives all its steps together so much time and no more."""

    def __init__(self, server: MailServer, own_name: str) -> None:
        self._server = server
        self._own_name = own_name
        self._until = time.monotonic() + MOST_SECONDS
        self._session: smtplib.SMTP | None = None

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """Connect; take leave at the end, which the server need not hear any more."""
        server = self._server
        if server.security is Security.TLS:
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host,
                server.port,
                self._own_name,
                timeout=self._left(),
                context=_tls(server),
            )
        else:
            session = smtplib.SMTP(server.host, server.port, self._own_name, self._left())
        self._session = session
        try:
            yield session
            try:
                self.go(session.quit)
            except (OSError, smtplib.SMTPException):
                log.info("the mail server has hung up first", host=server.host)
        finally:
            session.close()

    def go(self, step: Callable[[], Result]) -> Result:
        """Take a step within the time that is left."""
        assert self._session is not None
        if self._session.sock is not None:
            self._session.sock.settimeout(self._left())
        return step()

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@contextmanager
def _problems_named(server: MailServer) -> Iterator[None]:
    """Give what can go wrong with a mail server one of two names; the rest goes to the log."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        log.warning("the mail server refuses the login", host=server.host, code=error.smtp_code)
        raise _problem(error.smtp_code, "The mail server refuses the login") from None
    except smtplib.SMTPNotSupportedError as error:
        log.warning("the mail server cannot do what is wanted", host=server.host, text=str(error))
        raise MailRefused("The mail server does not offer the wanted TLS or login.") from None
    except smtplib.SMTPResponseException as error:
        text = _in_one_line(error.smtp_code, error.smtp_error)
        raise _problem(error.smtp_code, f"The mail server said: {text}") from None
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the mail server cannot be reached", host=server.host, text=str(error))
        raise MailServerUnavailable(
            "The mail server cannot be reached right now; try again."
        ) from None


def _problem(code: int, text: str) -> Exception:
    return MailRefused(text) if 500 <= code < 600 else MailServerUnavailable(f"{text}; try again.")


def _expect(reply: tuple[int, bytes], what: str) -> str:
    """Return a reply that says yes as one line.

    Raises MailServerUnavailable or MailRefused where it says later or no.
    """
    code, text = reply
    line = _in_one_line(code, text)
    if not 200 <= code < 300:
        raise _problem(code, f"The mail server does not take {what}: {line}")
    return line


def _reply(address: str, reply: tuple[int, bytes]) -> Reply:
    code, text = reply
    if code == 421 or not 200 <= code < 600:
        # It is about to hang up.
        raise _problem(421, f"The mail server said: {_in_one_line(code, text)}")
    accepted = True if code < 300 else None if code < 500 else False
    return Reply(address, accepted, _in_one_line(code, text))


def _in_one_line(code: int, text: bytes | str) -> str:
    """Return a reply as one line of printable ASCII, which may be anything that somebody wrote."""
    said = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    line = " ".join("".join(c if c.isprintable() and c.isascii() else " " for c in said).split())
    return f"{code} {line}"[:LONGEST_ANSWER].rstrip()


def _tls(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca_file)
