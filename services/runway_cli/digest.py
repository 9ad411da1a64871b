"""A digest as a file: its text, its HTML, its picture, all of it as JSON, or the whole mail."""

import sys
from email.message import EmailMessage
from pathlib import Path

from google.protobuf.json_format import MessageToJson
from runway.experience.v1 import digest_service_pb2 as pb

from runway_cli.errors import CommandError


def content_of(digest: pb.Digest, form: str) -> bytes:
    """Return a digest as text, html, json, png, or mail (RFC 5322, to be sent as it is)."""
    match form:
        case "html":
            return digest.html.encode()
        case "json":
            return f"{MessageToJson(digest)}\n".encode()
        case "png":
            return digest.chart_png
        case "mail":
            return _mail(digest).as_bytes()
        case _:
            return digest.text.encode()


def write(content: bytes, file: Path | None) -> None:
    """Write to a file, or to standard output when there is none.

    Raises CommandError.
    """
    if file is None:
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        problem = f"{file} cannot be written: {error.strerror}"
        raise CommandError(problem, "choose another file") from None


def _mail(digest: pb.Digest) -> EmailMessage:
    """Return a mail whose HTML shows its picture; who sends it adds sender and recipients."""
    mail = EmailMessage()
    mail["Subject"] = digest.subject
    mail.set_content(digest.text)
    mail.add_alternative(digest.html, subtype="html")
    parts = mail.get_payload()
    assert isinstance(parts, list)
    html = parts[1]
    assert isinstance(html, EmailMessage)
    html.add_related(
        digest.chart_png,
        maintype="image",
        subtype="png",
        cid="<runway-chart>",
        disposition="inline",
        filename="runway.png",
    )
    return mail
