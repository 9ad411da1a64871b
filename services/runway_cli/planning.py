"""Planned items, earmarks and disputes in a terminal: what people know and no ledger says."""

import datetime
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from google.protobuf.message import Message
from google.type.money_pb2 import Money
from rich.console import Console
from rich.text import Text
from runway.experience.v1 import business_settings_service_pb2 as settings_pb
from runway.experience.v1 import business_settings_service_pb2_grpc, planning_service_pb2_grpc
from runway.experience.v1 import planning_service_pb2 as pb
from runway.ledger.v1 import business_pb2, ledger_pb2

from runway_cli.client import ask_gateway, request_id
from runway_cli.console import in_words, table
from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tables import Columns, Row, date_in
from service_kit.wire import LARGEST_MINOR, minor_units, to_date, to_money

PLAN_COLUMNS: Columns = [
    ("what", "left"),
    ("amount", "right"),
    ("on", "left"),
    ("comes back", "left"),
    ("until", "left"),
    ("category", "left"),
    ("id", "left"),
]
SHOWN_PLAN_COLUMNS: Columns = PLAN_COLUMNS[:4]
"""In a terminal, where the id has a line of its own, so that a narrow window does not break it."""

EARMARK_COLUMNS: Columns = [
    ("what", "left"),
    ("amount", "right"),
    ("until", "left"),
    ("id", "left"),
]
RECURRENCES = {"once": 0} | {
    value.name.removeprefix("RECURRENCE_").lower(): value.number
    for value in ledger_pb2.Recurrence.DESCRIPTOR.values
    if value.number
}
CATEGORIES = {
    value.name.removeprefix("CASH_CATEGORY_").lower(): value.number
    for value in ledger_pb2.CashCategory.DESCRIPTOR.values
    if value.number
}
_RECURRENCE_NAMES = {number: name for name, number in RECURRENCES.items()}
_CATEGORY_NAMES = {number: name for name, number in CATEGORIES.items()}
_PAGE = 100


def get_business(settings: Settings, business_id: str) -> business_pb2.Business:
    """Get a business with its settings. Raises CommandError."""
    request = settings_pb.GetBusinessRequest(business_id=business_id)
    stub = business_settings_service_pb2_grpc.BusinessSettingsServiceStub
    answer: settings_pb.GetBusinessResponse = ask_gateway(settings, stub, "GetBusiness", request)
    return answer.business


def amount_in(currency: str, text: str) -> Money:
    """Return an amount that somebody typed, such as -1234.50. Raises CommandError."""
    try:
        minor = Decimal(text.replace(",", "")) * minor_units(currency)
    except InvalidOperation:
        raise CommandError(f"{text!r} is no amount", "write it as 1234.50") from None
    if not minor.is_finite() or abs(minor) > LARGEST_MINOR or minor != int(minor):
        raise CommandError(f"{text!r} is no amount in {currency}", "write it as 1234.50")
    return to_money(int(minor), currency)


def add_planned_item(
    settings: Settings,
    business_id: str,
    name: str,
    amount: str,
    day: datetime.date,
    until: datetime.date | None,
    recurrence: int,
    category: int,
) -> ledger_pb2.PlannedItem:
    """Plan a cash flow that no ledger holds. Raises CommandError."""
    currency = get_business(settings, business_id).currency_code
    item = ledger_pb2.PlannedItem(
        display_name=name,
        amount=amount_in(currency, amount),
        planned_date=to_date(day),
        end_date=None if until is None else to_date(until),
        recurrence=recurrence,  # type: ignore[arg-type]
        category=category,  # type: ignore[arg-type]
    )
    answer = _change(settings, "CreatePlannedItem", business_id, planned_item=item)
    made: ledger_pb2.PlannedItem = answer.planned_item
    return made


def add_earmark(
    settings: Settings, business_id: str, name: str, amount: str, until: datetime.date | None
) -> ledger_pb2.Earmark:
    """Set cash aside. Raises CommandError."""
    currency = get_business(settings, business_id).currency_code
    mark = ledger_pb2.Earmark(
        display_name=name,
        amount=amount_in(currency, amount),
        release_date=None if until is None else to_date(until),
    )
    made: ledger_pb2.Earmark = _change(settings, "CreateEarmark", business_id, earmark=mark).earmark
    return made


def list_planned_items(settings: Settings, business_id: str) -> list[ledger_pb2.PlannedItem]:
    """Get every planned item, by day. Raises CommandError."""
    request = pb.ListPlannedItemsRequest(business_id=business_id, page_size=_PAGE)
    found = _every(settings, "ListPlannedItems", request, "planned_items")
    return sorted(found, key=lambda one: (date_in(one, "planned_date"), one.display_name))


def list_earmarks(settings: Settings, business_id: str) -> list[ledger_pb2.Earmark]:
    """Get every earmark, by name. Raises CommandError."""
    request = pb.ListEarmarksRequest(business_id=business_id, page_size=_PAGE)
    found = _every(settings, "ListEarmarks", request, "earmarks")
    return sorted(found, key=lambda one: (one.display_name, one.earmark_id))


def remove_planned_item(settings: Settings, business_id: str, item_id: str) -> None:
    """Delete a planned item. Raises CommandError."""
    for one in list_planned_items(settings, business_id):
        if one.planned_item_id == item_id:
            fields = {"planned_item_id": item_id, "etag": one.etag}
            _change(settings, "DeletePlannedItem", business_id, **fields)
            return
    raise CommandError(f"There is no planned item {item_id!r}", "`runway plan list` lists the ids")


def remove_earmark(settings: Settings, business_id: str, earmark_id: str) -> None:
    """Delete an earmark. Raises CommandError."""
    for one in list_earmarks(settings, business_id):
        if one.earmark_id == earmark_id:
            fields = {"earmark_id": earmark_id, "etag": one.etag}
            _change(settings, "DeleteEarmark", business_id, **fields)
            return
    raise CommandError(f"There is no earmark {earmark_id!r}", "`runway earmark list` lists the ids")


def dispute(settings: Settings, business_id: str, invoice_id: str, reason: str) -> None:
    """Note that a customer contests an invoice. Raises CommandError."""
    fields = {"invoice_id": invoice_id, "reason": reason}
    _change(settings, "DisputeInvoice", business_id, **fields)


def settle(settings: Settings, business_id: str, invoice_id: str) -> None:
    """Note that nobody contests an invoice any more. Raises CommandError."""
    _change(settings, "SettleDispute", business_id, invoice_id=invoice_id)


def plan_rows(items: Sequence[ledger_pb2.PlannedItem]) -> list[Row]:
    """Return planned items as rows of PLAN_COLUMNS, in their order."""
    return [
        [
            one.display_name,
            one.amount,
            date_in(one, "planned_date"),
            _RECURRENCE_NAMES.get(one.recurrence, ""),
            date_in(one, "end_date"),
            _CATEGORY_NAMES.get(one.category, ""),
            one.planned_item_id,
        ]
        for one in items
    ]


def shown_plan_rows(items: Sequence[ledger_pb2.PlannedItem]) -> list[Row]:
    """Return planned items as rows of SHOWN_PLAN_COLUMNS, in their order."""
    shown: list[Row] = []
    for name, amount, day, again, until, category, key in plan_rows(items):
        what = f"{name}, {category}" if category else str(name)
        rhythm = f"{again} until {in_words(until)}" if until else again
        shown.append([f"{what}\n{key}", amount, day, rhythm])
    return shown


def earmark_rows(marks: Sequence[ledger_pb2.Earmark]) -> list[Row]:
    """Return earmarks as rows of EARMARK_COLUMNS, in their order."""
    return [
        [one.display_name, one.amount, date_in(one, "release_date"), one.earmark_id]
        for one in marks
    ]


def print_rows(title: str, nothing: str, columns: Columns, rows: Sequence[Row]) -> None:
    """Print rows as a table, or that there are none."""
    console = Console(highlight=False)
    if not rows:
        console.print(nothing)
        return
    shown = table(title, *columns)
    for row in rows:
        shown.add_row(*(Text("" if cell is None else in_words(cell)) for cell in row))
    console.print(shown)


def _every(settings: Settings, method: str, request: Any, field: str) -> list[Any]:
    found: list[Any] = []
    while True:
        answer = _ask(settings, method, request)
        found += getattr(answer, field)
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


def _change(settings: Settings, method: str, business_id: str, **fields: Any) -> Any:
    kind = getattr(pb, f"{method}Request")
    request = kind(business_id=business_id, request_id=request_id(), **fields)
    return _ask(settings, method, request)


def _ask(settings: Settings, method: str, request: Message) -> Any:
    return ask_gateway(settings, planning_service_pb2_grpc.PlanningServiceStub, method, request)
