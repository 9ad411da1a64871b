"""The Hygiene Tray in a terminal: what is wrong in the books, the dearest first."""

import datetime
from collections.abc import Mapping
from typing import Any

from google.protobuf import field_mask_pb2
from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text
from runway.calculator.v1 import data_quality_calculation_service_pb2 as calculator
from runway.experience.v1 import hygiene_tray_service_pb2 as pb
from runway.experience.v1 import hygiene_tray_service_pb2_grpc
from runway.ledger.v1 import hygiene_tray_pb2

from runway_cli.client import ask_gateway, request_id
from runway_cli.console import in_words, table
from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tables import Row
from service_kit.wire import from_date, to_date

ISSUES_SHOWN = 20

COLUMNS = [
    ("days", "right"),
    ("severity", "left"),
    ("what", "left"),
    ("status", "left"),
    ("assignee", "left"),
    ("key", "left"),
]
STATUSES = {
    value.name.removeprefix("TRAY_ITEM_STATUS_").lower().replace("_", "-"): value.number
    for value in hygiene_tray_pb2.TrayItemStatus.DESCRIPTOR.values
    if value.number
}
PRIORITIES = {
    "none": hygiene_tray_pb2.TRAY_ITEM_PRIORITY_UNSPECIFIED,
    **{
        value.name.removeprefix("TRAY_ITEM_PRIORITY_").lower(): value.number
        for value in hygiene_tray_pb2.TrayItemPriority.DESCRIPTOR.values
        if value.number
    },
}
_STATUS_NAMES = {number: name.replace("-", " ") for name, number in STATUSES.items()}


def get_tray(
    settings: Settings, business_id: str, as_of: datetime.date | None
) -> pb.GetHygieneTrayResponse:
    """Get a Hygiene Tray from the gateway.

    Raises CommandError.
    """
    request = pb.GetHygieneTrayRequest(
        business_id=business_id, as_of=None if as_of is None else to_date(as_of)
    )
    answer: pb.GetHygieneTrayResponse = ask_gateway(
        settings, hygiene_tray_service_pb2_grpc.HygieneTrayServiceStub, "GetHygieneTray", request
    )
    return answer


def refresh_tray(settings: Settings, business_id: str) -> pb.RefreshHygieneTrayResponse:
    """Have the gateway record what is found in the books today.

    Raises CommandError.
    """
    request = pb.RefreshHygieneTrayRequest(business_id=business_id, request_id=request_id())
    answer: pb.RefreshHygieneTrayResponse = ask_gateway(
        settings,
        hygiene_tray_service_pb2_grpc.HygieneTrayServiceStub,
        "RefreshHygieneTray",
        request,
    )
    return answer


def set_item(
    settings: Settings, business_id: str, issue_key: str, values: Mapping[str, Any]
) -> hygiene_tray_pb2.TrayItem:
    """Give the item of an issue new values, by the names of its fields.

    Raises CommandError.
    """
    if not values:
        remedy = "give --status, --priority, --assignee, --note or --snooze"
        raise CommandError("There is nothing to set", remedy)
    tray = get_tray(settings, business_id, None)
    items = [*(found.item for found in tray.issues if found.HasField("item")), *tray.closed]
    item = next((item for item in items if item.issue_key == issue_key), None)
    if item is None:
        remedy = "`runway tray` lists the keys, `runway tray refresh` takes new issues up"
        raise CommandError(f"The tray has no issue {issue_key!r}", remedy)
    new = hygiene_tray_pb2.TrayItem(issue_key=issue_key, etag=item.etag, **values)
    request = pb.UpdateTrayItemRequest(
        business_id=business_id,
        request_id=request_id(),
        item=new,
        update_mask=field_mask_pb2.FieldMask(paths=list(values)),
    )
    answer: pb.UpdateTrayItemResponse = ask_gateway(
        settings, hygiene_tray_service_pb2_grpc.HygieneTrayServiceStub, "UpdateTrayItem", request
    )
    return answer.item


def print_tray(answer: pb.GetHygieneTrayResponse, console: Console | None = None) -> None:
    """Print a Hygiene Tray: the score, the issues, then what is closed in a line."""
    console = console or Console(highlight=False)
    console.print(Panel(_headline(answer), title=Text(answer.display_name, "bold"), expand=True))
    rows = issue_rows(answer)
    if rows:
        more = f" (the first {ISSUES_SHOWN} of {len(rows)})" if len(rows) > ISSUES_SHOWN else ""
        issues = table(f"Issues, the dearest first{more}", *COLUMNS)
        shown = zip(rows[:ISSUES_SHOWN], answer.issues[:ISSUES_SHOWN], strict=True)
        for row, found in shown:
            at_least = "≥ " if found.issue.cost_is_at_least else ""
            issues.add_row(f"{at_least}{row[0]}", *(Text(in_words(cell)) for cell in row[1:]))
        console.print(issues)
        console.print()
    if answer.closed:
        keys = ", ".join(item.issue_key for item in answer.closed)
        console.print(f"{len(answer.closed)} closed: {keys}", markup=False)


def issue_rows(answer: pb.GetHygieneTrayResponse) -> list[Row]:
    """Return the issues as rows of COLUMNS, in their order."""
    return [
        [
            found.issue.cost_days,
            calculator.IssueSeverity.Name(found.issue.severity)
            .removeprefix("ISSUE_SEVERITY_")
            .lower(),
            found.issue.sentence,
            status_of(found),
            found.item.assignee,
            found.issue.issue_key,
        ]
        for found in answer.issues
    ]


def status_of(found: pb.TrayIssue) -> str:
    """Return where the work on an issue stands, in words."""
    if not found.HasField("item"):
        return "new"
    name = _STATUS_NAMES.get(found.item.status, "")
    if not found.snoozed:
        return name
    return f"{name}, snoozed until {from_date(found.item.snoozed_until_date)}"


def _headline(answer: pb.GetHygieneTrayResponse) -> Group:
    counts = [
        f"{count.issue_count} {_STATUS_NAMES.get(count.status, '')}"
        for count in answer.status_counts
    ]
    if answer.unrecorded_count:
        counts.append(f"{answer.unrecorded_count} new")
    if answer.snoozed_count:
        counts.append(f"{answer.snoozed_count} of them snoozed")
    whole, rest = divmod(answer.score_hundredths, 100)
    lines = [
        Text(f"Hygiene score {whole}.{rest:02} of 100.", "bold"),
        Text(f"{len(answer.issues)} issues: {', '.join(counts)}." if counts else "No issues."),
    ]
    if answer.recorded_synced_at != answer.synced_at:
        lines.append(
            Text("The books have changed since the tray was refreshed: `runway tray refresh`.")
        )
    return Group(*lines)
