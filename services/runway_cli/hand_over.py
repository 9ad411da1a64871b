"""Hand-overs in a terminal: what one person asks another to see to."""

import datetime
from collections.abc import Sequence
from typing import Any

from google.protobuf import field_mask_pb2
from rich.console import Console
from rich.text import Text
from runway.experience.v1 import hand_over_service_pb2 as pb
from runway.experience.v1 import hand_over_service_pb2_grpc
from runway.ledger.v1 import hand_over_pb2

from runway_cli.client import ask_gateway, request_id
from runway_cli.console import in_words, table
from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tables import Row, date_in
from service_kit.wire import to_date

COLUMNS = [
    ("due", "left"),
    ("status", "left"),
    ("from", "left"),
    ("to", "left"),
    ("about", "left"),
    ("note", "left"),
    ("id", "left"),
]
STATUSES = {
    value.name.removeprefix("HAND_OVER_STATUS_").lower(): value.number
    for value in hand_over_pb2.HandOverStatus.DESCRIPTOR.values
    if value.number
}
_NAMES = {number: name for name, number in STATUSES.items()}
_PAGE = 100
WIDEST_NAME = 17
"""Leaves room for an id beside it in a window of 80 columns."""


def add_hand_over(
    settings: Settings, business_id: str, due: datetime.date | None, **fields: str | None
) -> hand_over_pb2.HandOver:
    """Hand something over; fields are those of HandOver.

    Raises CommandError.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    new = hand_over_pb2.HandOver(
        due_date=None if due is None else to_date(due),
        **given,  # type: ignore[arg-type]
    )
    request = pb.CreateHandOverRequest(
        business_id=business_id, request_id=request_id(), hand_over=new
    )
    answer: pb.CreateHandOverResponse = _ask(settings, "CreateHandOver", request)
    return answer.hand_over


def list_hand_overs(
    settings: Settings, business_id: str, statuses: Sequence[int]
) -> list[hand_over_pb2.HandOver]:
    """Get every hand-over with one of some statuses, all without any, oldest first.

    Raises CommandError.
    """
    found: list[hand_over_pb2.HandOver] = []
    request = pb.ListHandOversRequest(business_id=business_id, page_size=_PAGE)
    request.statuses.extend(statuses)  # type: ignore[arg-type]
    while True:
        answer: pb.ListHandOversResponse = _ask(settings, "ListHandOvers", request)
        found += answer.hand_overs
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


def set_status(settings: Settings, business_id: str, hand_over_id: str, status: str) -> None:
    """Say how far a hand-over is.

    Raises CommandError.
    """
    known = list_hand_overs(settings, business_id, [])
    one = next((found for found in known if found.hand_over_id == hand_over_id), None)
    if one is None:
        remedy = "`runway hand-over list` lists the ids"
        raise CommandError(f"There is no hand-over {hand_over_id!r}", remedy)
    changed = hand_over_pb2.HandOver(
        hand_over_id=hand_over_id,
        etag=one.etag,
        status=STATUSES[status],  # type: ignore[arg-type]
    )
    request = pb.UpdateHandOverRequest(
        business_id=business_id,
        request_id=request_id(),
        hand_over_id=hand_over_id,
        hand_over=changed,
        update_mask=field_mask_pb2.FieldMask(paths=["status"]),
    )
    _ask(settings, "UpdateHandOver", request)


def rows(hand_overs: Sequence[hand_over_pb2.HandOver]) -> list[Row]:
    """Return hand-overs as rows of COLUMNS, in their order."""
    return [
        [
            date_in(one, "due_date"),
            _NAMES.get(one.status, ""),
            one.from_person,
            one.to_person,
            _about(one),
            one.note,
            one.hand_over_id,
        ]
        for one in hand_overs
    ]


def print_hand_overs(hand_overs: Sequence[hand_over_pb2.HandOver]) -> None:
    """Print hand-overs as a table, or that there are none."""
    console = Console(highlight=False)
    if not hand_overs:
        console.print("Nothing is handed over.")
        return
    shown = table(
        "Hand-overs, oldest first",
        ("due", "left"),
        ("status", "left"),
        ("from, to", "left"),
        ("what", "left"),
    )
    # Names wrap before ids do: these are copied.
    shown.columns[2].max_width = WIDEST_NAME
    for row in rows(hand_overs):
        due, status, from_person, to_person, about, note, hand_over_id = map(in_words, row)
        what = f"{about}: {note}" if note else about
        shown.add_row(
            due,
            status,
            Text(f"{from_person},\n{to_person}"),
            Text.assemble(what, "\n", (hand_over_id, "dim")),
        )
    console.print(shown)


def _about(one: hand_over_pb2.HandOver) -> str:
    subject = one.WhichOneof("subject")
    if subject is None:
        return "the business"
    return f"{subject.removesuffix('_id').removesuffix('_key')} {getattr(one, subject)}"


def _ask(settings: Settings, method: str, request: Any) -> Any:
    stub = hand_over_service_pb2_grpc.HandOverServiceStub
    return ask_gateway(settings, stub, method, request)
