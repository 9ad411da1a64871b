"""A mail server on a socket (RFC 5321, with STARTTLS and AUTH), which keeps what it accepts.

It says yes to all but what a test tells it to refuse; it can go away and come back on its port.
"""

import asyncio
import base64
import email
import email.policy
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from support.loops import HOST, loop_in_thread


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail that the server has taken on, to the byte, and how it came."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    was_encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        """Return the mail as whoever gets it reads it."""
        found: EmailMessage = email.message_from_bytes(self.content, policy=email.policy.default)  # type: ignore[assignment]
        return found


@dataclass
class MailServer:
    """What the server says, which a test may change at any time, and what it has got.

    `answers` are replies to a recipient's address, and to "MAIL" and "DATA" whoever it is about.
    `before_answer` is called once a mail is accepted, before that is said.
    """

    port: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    certificate: tuple[Path, Path] | None = None
    encrypted_from_the_start: bool = False
    before_answer: Callable[[], None] | None = None
    hangs_up_before_answer: bool = False
    _server: asyncio.Server | None = None

    def of(self, *addresses: str) -> list[Accepted]:
        """Return the mails that went to any of some addresses."""
        return [one for one in self.accepted if set(addresses) & set(one.recipients)]

    async def start(self) -> None:
        """Listen, on the port of before if there was one."""
        context = self.tls() if self.encrypted_from_the_start else None
        self._server = await asyncio.start_server(self._serve, HOST, self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    def tls(self) -> ssl.SSLContext:
        """Return how the server shows who it is."""
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        return context

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = _Session(self, reader, writer)
        try:
            await session.run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()


class _Session:
    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader, self._writer = reader, writer
        self._encrypted = server.encrypted_from_the_start
        self._user = ""
        self._begin()

    def _begin(self) -> None:
        self._sender = ""
        self._recipients: list[str] = []

    async def run(self) -> None:
        await self._say("220 mail.example ESMTP")
        while line := await self._reader.readline():
            text = line.decode("ascii").rstrip("\r\n")
            self._server.commands.append(text)
            word = text.partition(" ")[0].upper()
            if word == "QUIT":
                await self._say("221 2.0.0 bye")
                return
            if not await self._obey(word, text):
                return

    async def _obey(self, word: str, text: str) -> bool:
        """Answer a command; return whether to go on."""
        match word:
            case "EHLO":
                await self._say(*self._offers())
            case "STARTTLS":
                await self._say("220 2.0.0 go ahead")
                await self._writer.start_tls(self._server.tls())
                self._encrypted = True
            case "AUTH":
                await self._authenticate(text)
            case "MAIL":
                self._begin()
                self._sender = _address(text)
                await self._say(self._refused("MAIL") or "250 2.1.0 ok")
            case "RCPT":
                refused = self._refused(_address(text))
                if refused is None:
                    self._recipients.append(_address(text))
                await self._say(refused or "250 2.1.5 ok")
            case "DATA":
                return await self._data()
            case "RSET" | "NOOP":
                await self._say("250 2.0.0 ok")
            case _:
                await self._say("500 5.5.1 what?")
        return True

    def _offers(self) -> list[str]:
        offers = ["mail.example", "8BITMIME", "SIZE 10485760"]
        if self._server.certificate and not self._encrypted:
            offers.append("STARTTLS")
        if self._server.login and (self._encrypted or not self._server.certificate):
            offers.append("AUTH PLAIN")
        return [*(f"250-{one}" for one in offers[:-1]), f"250 {offers[-1]}"]

    async def _authenticate(self, text: str) -> None:
        _, user, password = base64.b64decode(text.split()[2]).decode().split("\0")
        if (user, password) == self._server.login:
            self._user = user
            await self._say("235 2.7.0 welcome")
        else:
            await self._say("535 5.7.8 who are you?")

    async def _data(self) -> bool:
        if self._server.login and not self._user:
            await self._say("530 5.7.0 log in first")
            return True
        if refused := self._refused("DATA"):
            await self._say(refused)
            return True
        await self._say("354 go on")
        lines = []
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self._server.accepted.append(
            Accepted(
                self._sender,
                tuple(self._recipients),
                b"".join(lines),
                self._encrypted,
                self._user,
            )
        )
        if self._server.before_answer is not None:
            await asyncio.to_thread(self._server.before_answer)
        if self._server.hangs_up_before_answer:
            return False
        await self._say(f"250 2.0.0 queued as {len(self._server.accepted)}")
        return True

    def _refused(self, what: str) -> str | None:
        return self._server.answers.get(what)

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


@dataclass(frozen=True, slots=True)
class Control:
    """A mail server that runs, and how to have it go away and come back."""

    server: MailServer
    stop: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def mail_server(server: MailServer | None = None) -> Iterator[Control]:
    """Yield a mail server that runs."""
    found = server or MailServer()
    with loop_in_thread() as run:
        run(found.start())
        try:
            yield Control(found, lambda: run(found.stop()), lambda: run(found.start()))
        finally:
            run(found.stop())
