"""A digest as a mail (RFC 5322), ready to be handed to a mail server.

The same digest, sender, recipients, id and date give the same bytes: nothing is drawn at random,
and no clock is read. So what a preview shows is what is sent.
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

PICTURE_ID = "runway-chart"
"""What the HTML calls its picture: `cid:runway-chart`."""

# Seven bits alone, so that every mail server passes it on as it is.
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says: the same as text and as HTML, which shows a picture (PNG)."""

    subject: str
    text: str
    html: str
    picture: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom and to whom a mail goes, and when, by its own account.

    `sender` is an address with or without a name, as `Runway <digest@example.com>`; `unsubscribe`
    is a URL (https: or mailto:) at which whoever no longer wants it says so, or empty.
    """

    sender: str
    recipients: Sequence[str]
    message_id: str
    date: datetime.datetime
    unsubscribe: str = ""


def message_id(business_id: str, request_id: str, sender: str) -> str:
    """Return the Message-ID of the mail of a request: the same whenever it is made.

    It tells nobody the business's id, though recipients' mail servers keep it.
    """
    name = hashlib.sha256(f"{business_id}/{request_id}".encode()).hexdigest()[:40]
    return f"<{name}@{address_of(sender).domain}>"


def address_of(text: str) -> Address:
    """Return the one address of a text.

    Raises ValueError when there is none, or more than one, or one that no mail server takes.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = text
    header = mail["From"]
    if len(header.addresses) != 1 or header.defects or not header.addresses[0].domain:
        raise ValueError("it must be one e-mail address, with or without a name")
    (address,) = header.addresses
    if not address.addr_spec.isascii():
        raise ValueError("its address must be ASCII")
    return address  # type: ignore[no-any-return]


def composed(content: Content, envelope: Envelope) -> bytes:
    """Return a mail, its lines ended by CR LF.

    Raises ValueError when a recipient is no address.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = address_of(envelope.sender)
    if envelope.recipients:
        mail["To"] = [address_of(one) for one in envelope.recipients]
    else:
        mail["To"] = "undisclosed-recipients:;"
    mail["Subject"] = _printable(content.subject)
    mail["Date"] = envelope.date
    mail["Message-ID"] = envelope.message_id
    # Nobody's absence assistant is to answer it (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe:
        mail["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
    mail.set_content(content.text)
    mail.add_alternative(content.html, subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index]
    assert isinstance(html, EmailMessage)
    html.add_related(
        content.picture,
        maintype="image",
        subtype="png",
        cid=f"<{PICTURE_ID}>",
        disposition="inline",
        filename="runway.png",
    )
    _set_boundaries(mail, hashlib.sha256(content.picture + content.html.encode()).hexdigest()[:32])
    return mail.as_bytes()


def _set_boundaries(mail: EmailMessage, seed: str) -> None:
    """Give each part of parts the line that sets its parts apart, which would else be random.

    An underscore and an equals sign together are in no encoded text.
    """
    parts = [part for part in mail.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_{number}_{seed}")


def _printable(text: str) -> str:
    """Return a text in one line, without what is not to be seen: no name begins a header.

    A name that looks like an encoded word (RFC 2047) would be decoded on its way into the header,
    and what it hides with it: it is taken apart.
    """
    shown = "".join(c if c.isprintable() else " " for c in text).replace("=?", "= ?")
    return " ".join(shown.split())
