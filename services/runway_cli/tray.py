"""The Hygiene Tray in a terminal: what is wrong in the books, the dearest first."""

import datetime
from collections.abc import Mapping
from typing import Any

from google.protobuf import field_mask_pb2
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from runway.calculator.v1 import data_quality_calculation_service_pb2 as calculator
from runway.experience.v1 import hygiene_tray_service_pb2 as pb
from runway.experience.v1 import hygiene_tray_service_pb2_grpc
from runway.ledger.v1 import hygiene_tray_pb2

from runway_cli.client import ask_gateway, request_id
from runway_cli.console import in_words, table
from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tables import Columns, Row, day_of
from service_kit.wire import from_date, to_date

ISSUES_SHOWN = 20

ISSUE_COLUMNS: Columns = [
    ("days", "right"),
    ("severity", "left"),
    ("what", "left"),
    ("status", "left"),
    ("assignee", "left"),
    ("key", "left"),
]
CLOSED_COLUMNS: Columns = [
    ("key", "left"),
    ("rule", "left"),
    ("status", "left"),
    ("assignee", "left"),
    ("note", "left"),
    ("first seen", "left"),
    ("gone since", "left"),
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


def in_a_sentence(done: pb.RefreshHygieneTrayResponse) -> str:
    """Return what a refreshing changed."""
    return (
        f"{done.added_count} new, {done.gone_count} gone, {done.returned_count} back,"
        f" {done.reopened_count} reopened."
    )


def set_item(
    settings: Settings, business_id: str, issue: str, values: Mapping[str, Any]
) -> hygiene_tray_pb2.TrayItem:
    """Give the item of an issue new values, by the names of its fields.

    Raises CommandError.
    """
    if not values:
        remedy = "give --status, --priority, --assignee, --note or --snooze"
        raise CommandError("There is nothing to set", remedy)
    item = find_item(get_tray(settings, business_id, None), issue)
    new = hygiene_tray_pb2.TrayItem(issue_key=item.issue_key, etag=item.etag, **values)
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


def find_item(tray: pb.GetHygieneTrayResponse, issue: str) -> hygiene_tray_pb2.TrayItem:
    """Return the item of an issue, by its key or by the number that print_tray gives it.

    Raises CommandError when the tray has no such issue, or has not taken it up yet.
    """
    items = {found.issue.issue_key: found.item for found in tray.issues if found.HasField("item")}
    items |= {item.issue_key: item for item in tray.closed}
    number = int(issue) if issue.isascii() and issue.isdigit() else 0
    key = tray.issues[number - 1].issue.issue_key if 0 < number <= len(tray.issues) else issue
    if key not in items:
        remedy = "`runway tray` lists numbers and keys, `runway tray refresh` takes new issues up"
        raise CommandError(f"The tray has no issue {key!r}", remedy)
    return items[key]


def print_tray(
    answer: pb.GetHygieneTrayResponse, console: Console | None = None, most: int = ISSUES_SHOWN
) -> None:
    """Print a Hygiene Tray: the score, the issues with their numbers, then what is closed.

    `most` is how many of the issues are shown.
    """
    console = console or Console(highlight=False)
    console.print(Panel(_headline(answer), title=Text(answer.display_name, "bold"), expand=True))
    if answer.issues:
        console.print(_issues(answer, most))
        console.print()
    if answer.closed:
        console.print(_closed(answer))
        console.print()


def _issues(answer: pb.GetHygieneTrayResponse, most: int) -> Table:
    """Return the issues; each has its key below it, on a line of its own."""
    count = len(answer.issues)
    more = f" (the first {most} of {count}; --all shows the rest)" if count > most else ""
    issues = table(
        f"Issues, the dearest first{more}",
        ("", "right"),
        ("days", "right"),
        ("what", "left"),
        ("severity, status", "left"),
    )
    shown = list(zip(issue_rows(answer), answer.issues, strict=True))[:most]
    # Words wrap before keys do: these are copied.
    issues.columns[-1].max_width = max(map(len, STATUSES))
    for number, (row, found) in enumerate(shown, 1):
        days, severity, what, status, assignee, key = map(in_words, row)
        issues.add_row(
            str(number),
            f"≥ {days}" if found.issue.cost_is_at_least else days,
            Text.assemble(what, "\n", (key, "dim")),
            Text(f"{severity}, {status}\n{assignee}".rstrip()),
        )
    return issues


def _closed(answer: pb.GetHygieneTrayResponse) -> Table:
    closed = table(
        f"Closed ({len(answer.closed)})", ("key", "left"), ("status", "left"), ("gone", "left")
    )
    closed.columns[1].max_width = max(map(len, STATUSES))
    for item in answer.closed:
        gone = in_words(day_of(item, "gone_at")) if item.HasField("gone_at") else ""
        closed.add_row(Text(item.issue_key), Text(_status_name(item)), Text(gone))
    return closed


def issue_rows(answer: pb.GetHygieneTrayResponse) -> list[Row]:
    """Return the issues as rows of ISSUE_COLUMNS, in their order."""
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


def closed_rows(answer: pb.GetHygieneTrayResponse) -> list[Row]:
    """Return what is closed as rows of CLOSED_COLUMNS, what went last first."""
    return [
        [
            item.issue_key,
            item.rule,
            _status_name(item),
            item.assignee,
            item.note,
            day_of(item, "first_seen_at"),
            day_of(item, "gone_at"),
        ]
        for item in answer.closed
    ]


def columns_and_rows(answer: pb.GetHygieneTrayResponse, which: str) -> tuple[Columns, list[Row]]:
    """Return a table, issues or closed: its columns and all its rows."""
    if which == "issues":
        return ISSUE_COLUMNS, issue_rows(answer)
    return CLOSED_COLUMNS, closed_rows(answer)


def status_of(found: pb.TrayIssue) -> str:
    """Return where the work on an issue stands, in words."""
    if not found.HasField("item"):
        return "new"
    name = _status_name(found.item)
    if not found.snoozed:
        return name
    return f"{name}, snoozed until {from_date(found.item.snoozed_until_date)}"


def _status_name(item: hygiene_tray_pb2.TrayItem) -> str:
    return _STATUS_NAMES.get(item.status, "")


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
