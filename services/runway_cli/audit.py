"""The audit in a terminal."""

import itertools
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text
from runway.experience.v1 import audit_service_pb2 as pb
from runway.experience.v1 import audit_service_pb2_grpc
from runway.ledger.v1 import audit_pb2

from runway_cli.client import ask_gateway
from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tables import Cell, Row

COLUMNS = [
    ("number", "right"),
    ("when", "left"),
    ("who", "left"),
    ("what", "left"),
    ("id", "left"),
    ("by", "left"),
]
FAULTS: dict[int, str] = {
    pb.AUDIT_FAULT_MISSING: "it is missing",
    pb.AUDIT_FAULT_CHANGED: "it, or one before it, was changed",
    pb.AUDIT_FAULT_REWRITTEN: "it is not the one that was written",
}
_PAGE = 1000


def list_events(settings: Settings, business_id: str) -> list[audit_pb2.AuditEvent]:
    """Get the whole audit from the gateway.

    Raises CommandError.
    """
    request = pb.ListAuditEventsRequest(business_id=business_id, page_size=_PAGE)
    events: list[audit_pb2.AuditEvent] = []
    while True:
        answer: pb.ListAuditEventsResponse = ask_gateway(
            settings, audit_service_pb2_grpc.AuditServiceStub, "ListAuditEvents", request
        )
        events += answer.events
        request.page_token = answer.next_page_token
        if not request.page_token:
            return events


def verify(
    settings: Settings, business_id: str, expected: audit_pb2.AuditHead | None
) -> pb.VerifyAuditResponse:
    """Have the audit verified.

    Raises CommandError.
    """
    request = pb.VerifyAuditRequest(business_id=business_id, expected_head=expected)
    answer: pb.VerifyAuditResponse = ask_gateway(
        settings, audit_service_pb2_grpc.AuditServiceStub, "VerifyAudit", request
    )
    return answer


def read_head(text: str) -> audit_pb2.AuditHead:
    """Return a head as `written` wrote it. Raises CommandError."""
    number, _, digest = text.partition(":")
    try:
        return audit_pb2.AuditHead(sequence_number=int(number), hash=bytes.fromhex(digest))
    except ValueError:
        raise CommandError(
            f"{text!r} is no head of an audit", "copy what `runway audit verify` printed"
        ) from None


def written(head: audit_pb2.AuditHead) -> str:
    """Return a head as text."""
    return f"{head.sequence_number}:{head.hash.hex()}"


def rows(events: Sequence[audit_pb2.AuditEvent]) -> list[Row]:
    """Return the events as rows of `COLUMNS`."""
    return [
        (
            event.sequence_number,
            event.occur_time.ToDatetime().isoformat(timespec="seconds") + "Z",
            event.actor,
            event.subject_kind.replace("_", " "),
            event.subject_id,
            event.method.rpartition("/")[2],
        )
        for event in events
    ]


def print_events(events: Sequence[audit_pb2.AuditEvent], console: Console | None = None) -> None:
    """Print the events, those of one call below a line that says when, who and by which call."""
    console = console or Console(highlight=False)
    console.print(Text("Who changed what, oldest first", "bold"))
    width = len(str(events[-1].sequence_number)) if events else 0
    for (when, who, by), group in itertools.groupby(rows(events), key=_call):
        console.print(Text(f"{when}  {by} by {who}", "bold"))
        for number, _, _, kind, subject, _ in group:
            console.print(Text(f"  {number:>{width}}  {kind} {subject}", overflow="fold"))


def _call(row: Row) -> tuple[Cell, Cell, Cell]:
    _, when, who, _, _, by = row
    return when, who, by
