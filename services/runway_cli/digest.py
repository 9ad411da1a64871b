"""A digest in a terminal or a file, the mail that it is sent as, and when and to whom it goes."""

import datetime
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import field_mask_pb2
from google.protobuf.json_format import MessageToJson
from rich.console import Console
from rich.text import Text
from runway.experience.v1 import digest_service_pb2 as pb
from runway.experience.v1 import digest_service_pb2_grpc
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import digest_service_pb2 as sending_pb

from runway_cli.client import ask_gateway, request_id
from runway_cli.console import table
from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tables import Columns, Row, date_in, write_csv
from service_kit.wire import to_date

WEEKDAYS = {
    value.name.removeprefix("WEEKDAY_").lower(): value.number
    for value in digest_pb2.Weekday.DESCRIPTOR.values
    if value.number
}
SETTINGS_COLUMNS = [
    ("enabled", "left"),
    ("weekday", "left"),
    ("hour", "right"),
    ("time_zone", "left"),
    ("recipients", "left"),
    ("next", "left"),
]
SENT_COLUMNS = [("recipient", "left"), ("status", "left"), ("answer", "left")]
SEND_SECONDS = 90.0
"""How long a mail server may keep everybody waiting, and half as long again."""

_STATUSES = {
    value.number: value.name.removeprefix("DIGEST_RECIPIENT_STATUS_").lower()
    for value in sending_pb.DigestRecipientStatus.DESCRIPTOR.values
}
_DAY_NAMES = {number: name for name, number in WEEKDAYS.items()}


def content_of(digest: pb.Digest, form: str) -> bytes:
    """Return a digest as text, html, json or png."""
    match form:
        case "html":
            return digest.html.encode()
        case "json":
            return f"{MessageToJson(digest)}\n".encode()
        case "png":
            return digest.chart_png
        case _:
            return digest.text.encode()


def csv_of(digest: pb.Digest, which: str) -> bytes:
    """Return a table of a digest (due, chases, movements or insights) as CSV."""
    columns, rows = _TABLES[which](digest.insights)
    text = io.StringIO()
    write_csv(text, columns, rows)
    return text.getvalue().encode()


def _due(insights: Any) -> tuple[Columns, list[Row]]:
    names = ("by", "to whom", "amount", "bill", "days overdue", "critical")
    return _left(*names), [
        [
            date_in(one, "date"),
            one.display_name,
            one.amount,
            one.bill_id,
            one.days_overdue,
            "yes" if one.is_critical else "no",
        ]
        for one in insights.due_items
    ]


def _chases(insights: Any) -> tuple[Columns, list[Row]]:
    return _left("invoice", "worth", "for a person"), [
        [one.invoice_id, one.value, "yes" if one.for_a_person else "no"] for one in insights.chases
    ]


def _movements(insights: Any) -> tuple[Columns, list[Row]]:
    rows: list[Row] = [[one.display_name, one.amount] for one in insights.movements]
    return _left("with whom", "amount"), rows


def _sentences(insights: Any) -> tuple[Columns, list[Row]]:
    rows: list[Row] = [
        [one.sentence, " ".join(one.bill_ids), " ".join(one.invoice_ids)]
        for one in insights.insights
    ]
    return _left("what is worth knowing", "bills", "invoices"), rows


def _left(*names: str) -> Columns:
    return [(name, "left") for name in names]


_TABLES: Mapping[str, Callable[[Any], tuple[Columns, list[Row]]]] = {
    "due": _due,
    "chases": _chases,
    "movements": _movements,
    "insights": _sentences,
}


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


def config_for(trigger: str, variant: str = "") -> digest_pb2.DigestConfig:
    """Return the configuration of a digest that is made for weekly, onboarding or test-drive."""
    name = f"DIGEST_TRIGGER_{trigger.upper().replace('-', '_')}"
    return digest_pb2.DigestConfig(
        trigger_type=digest_pb2.DigestTrigger.Value(name),  # type: ignore[arg-type]
        experiment_variant=variant,
    )


def preview_mail(
    settings: Settings,
    business_id: str,
    as_of: datetime.date | None,
    config: digest_pb2.DigestConfig,
) -> bytes:
    """Get the mail of a digest (RFC 5322) from the gateway, as it would be sent.

    Raises CommandError.
    """
    asked = digest_pb2.DigestConfig(preview_mode=True)
    asked.MergeFrom(config)
    return _send(settings, business_id, as_of, asked, request_id()).mail


def send_digest(
    settings: Settings, business_id: str, trigger: str, sending_id: str | None
) -> sending_pb.DigestSending:
    """Have the gateway send a digest, or send it again to whom it was not sent.

    Raises CommandError, which says how to try again without sending anything twice.
    """
    sending_id = sending_id or request_id()
    try:
        return _send(settings, business_id, None, config_for(trigger), sending_id).sending
    except CommandError as error:
        problem = error.problem.removesuffix(".").removesuffix("; try again")
        raise CommandError(problem, f"try again with --request-id {sending_id}") from None


def _send(
    settings: Settings,
    business_id: str,
    as_of: datetime.date | None,
    config: digest_pb2.DigestConfig,
    sending_id: str,
) -> pb.SendDigestResponse:
    request = pb.SendDigestRequest(
        business_id=business_id,
        request_id=sending_id,
        as_of=None if as_of is None else to_date(as_of),
        config=config,
    )
    answer: pb.SendDigestResponse = _ask(settings, "SendDigest", request, SEND_SECONDS)
    return answer


def get_settings(settings: Settings, business_id: str) -> pb.GetDigestSettingsResponse:
    """Get when and to whom a business's digest goes.

    Raises CommandError.
    """
    request = pb.GetDigestSettingsRequest(business_id=business_id)
    answer: pb.GetDigestSettingsResponse = _ask(settings, "GetDigestSettings", request)
    return answer


def change_settings(settings: Settings, business_id: str, changes: Mapping[str, Any]) -> None:
    """Change some fields of the settings; their names are those of DigestSettings.

    Raises CommandError.
    """
    old = get_settings(settings, business_id).settings
    new = digest_pb2.DigestSettings(etag=old.etag, **changes)
    request = pb.UpdateDigestSettingsRequest(
        business_id=business_id,
        request_id=request_id(),
        settings=new,
        update_mask=field_mask_pb2.FieldMask(paths=list(changes)),
    )
    _ask(settings, "UpdateDigestSettings", request)


def settings_rows(answer: pb.GetDigestSettingsResponse) -> list[Row]:
    """Return the settings as the row of a table."""
    wanted = answer.settings
    return [
        (
            "yes" if wanted.enabled else "no",
            _DAY_NAMES[wanted.weekday],
            wanted.hour,
            answer.time_zone,
            " ".join(wanted.recipients),
            _next(answer),
        )
    ]


def print_settings(answer: pb.GetDigestSettingsResponse) -> None:
    """Print when and to whom the digest goes."""
    shown = table("The weekly digest", ("", "left"), ("", "left"))
    shown.show_header = False
    for (name, _), value in zip(SETTINGS_COLUMNS, settings_rows(answer)[0], strict=True):
        shown.add_row(name.replace("_", " "), Text(str(value)))
    Console(highlight=False).print(shown)


def sent_rows(sending: sending_pb.DigestSending) -> list[Row]:
    """Return what became of a digest at each recipient."""
    return [(one.address, _STATUSES[one.status], one.answer) for one in sending.recipients]


def print_sent(sending: sending_pb.DigestSending) -> None:
    """Print what became of a digest at each recipient."""
    shown = table(f"Sent: {sending.digest.subject}", *SENT_COLUMNS)
    for row in sent_rows(sending):
        shown.add_row(*(Text(str(cell)) for cell in row))
    Console(highlight=False).print(shown)


def refused_in(sending: sending_pb.DigestSending) -> list[str]:
    """Return the addresses that the mail server has refused for good."""
    refused = sending_pb.DIGEST_RECIPIENT_STATUS_REFUSED
    return [one.address for one in sending.recipients if one.status == refused]


def _next(answer: pb.GetDigestSettingsResponse) -> str:
    if not answer.HasField("schedule"):
        return "none: it is not enabled"
    if answer.schedule.is_due:
        return "due now"
    instant = answer.schedule.scheduled_time.ToDatetime(tzinfo=datetime.UTC)
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _ask(settings: Settings, method: str, request: Any, seconds: float | None = None) -> Any:
    stub = digest_service_pb2_grpc.DigestServiceStub
    if seconds is None:
        return ask_gateway(settings, stub, method, request)
    return ask_gateway(settings, stub, method, request, seconds)
