"""The pay plan and the chase list in a terminal."""

from typing import Any

from rich.console import Console
from rich.text import Text
from runway.experience.v1 import pay_plan_service_pb2 as pb

from runway_cli.console import count, money, table
from runway_cli.tables import Columns, Row, date_in
from service_kit.wire import from_money

CHASES_SHOWN = 10

BILL_COLUMNS: Columns = [
    ("pay on", "left"),
    ("bill", "left"),
    ("number", "left"),
    ("vendor", "left"),
    ("amount", "right"),
    ("latest safe", "left"),
    ("late fee", "right"),
    ("lost discount", "right"),
    ("critical", "left"),
    ("why", "left"),
]
LATE_COLUMNS: Columns = [("bill", "left"), ("latest safe", "left"), ("what it means", "left")]
SHORTAGE_COLUMNS: Columns = [
    ("first day", "left"),
    ("last day", "left"),
    ("worst day", "left"),
    ("currency", "left"),
    ("missing", "right"),
    ("missing without bills", "right"),
    ("what it means", "left"),
    ("critical bills not covered", "left"),
]
CHASE_COLUMNS: Columns = [
    ("invoice", "left"),
    ("number", "left"),
    ("customer", "left"),
    ("owes", "right"),
    ("due", "left"),
    ("paid in 14 days", "right"),
    ("if chased", "right"),
    ("comes sooner", "right"),
    ("days sooner", "right"),
    ("worth", "right"),
    ("why", "left"),
]


def bill_rows(answer: pb.GetPayPlanResponse) -> list[Row]:
    """Return the bills as rows of BILL_COLUMNS, by the day to pay."""
    return [
        [
            date_in(planned, "pay_date"),
            planned.bill_id,
            bill.document_number,
            bill.vendor_name,
            planned.amount,
            date_in(planned, "latest_safe_date"),
            planned.late_fee,
            planned.lost_discount,
            "yes" if planned.is_critical else "no",
            planned.reason,
        ]
        for planned, bill in zip(answer.plan.bills, answer.bills, strict=True)
    ]


def late_rows(answer: pb.GetPayPlanResponse) -> list[Row]:
    """Return the bills that no plan pays in time as rows of LATE_COLUMNS."""
    return [
        [late.bill_id, date_in(late, "latest_safe_date"), late.description]
        for late in answer.plan.late_bills
    ]


def shortage_rows(answer: pb.GetPayPlanResponse) -> list[Row]:
    """Return the runs of days with too little cash as rows of SHORTAGE_COLUMNS."""
    return [
        [
            *(date_in(short, name) for name in ("first_date", "last_date", "worst_date")),
            short.amount.currency_code,
            short.amount,
            short.amount_without_bills,
            short.description,
            "; ".join(short.unmet_bills),
        ]
        for short in answer.plan.shortages
    ]


def columns_and_rows(answer: pb.GetPayPlanResponse, which: str) -> tuple[Columns, list[Row]]:
    """Return a table, bills, late-bills or shortages: its columns and all its rows."""
    match which:
        case "late-bills":
            return LATE_COLUMNS, late_rows(answer)
        case "shortages":
            return SHORTAGE_COLUMNS, shortage_rows(answer)
        case _:
            return BILL_COLUMNS, bill_rows(answer)


def chase_rows(answer: pb.GetChaseListResponse) -> list[Row]:
    """Return the invoices as rows of CHASE_COLUMNS, the one most worth chasing first."""
    return [
        [
            item.invoice.invoice_id,
            item.invoice.document_number,
            item.invoice.customer_name,
            item.invoice.balance,
            date_in(item.invoice, "due_date"),
            f"{item.chase.probability_paid:.0%}",
            f"{item.chase.probability_paid_chased:.0%}",
            item.chase.sooner,
            item.chase.days_sooner,
            item.chase.value,
            item.chase.reason,
        ]
        for item in answer.chases
    ]


def print_pay_plan(answer: pb.GetPayPlanResponse, console: Console) -> None:
    """Print a pay plan: what no plan mends first, then the bills by day to pay."""
    plan = answer.plan
    for late in plan.late_bills:
        console.print(Text(f"! {late.description}", "bold red"))
    for short in plan.shortages:
        console.print(Text(f"! {short.description}", "yellow"))
        for unmet in short.unmet_bills:
            console.print(Text(f"  {unmet}", "bold red"))
    if not plan.bills:
        console.print("There is no open bill without a decision.")
        return
    console.print(Text(_summary(answer), "bold"))
    console.print()
    shown = table(
        f"What to pay when ({count(len(plan.bills), 'open bill')})",
        ("pay on", "right"),
        ("vendor", "left"),
        ("amount", "right"),
        ("why", "left"),
    )
    for planned, bill in zip(plan.bills, answer.bills, strict=True):
        shown.add_row(
            _day(planned),
            Text(bill.vendor_name, "bold" if planned.is_critical else ""),
            money(planned.amount) if planned.HasField("pay_date") else money(bill.balance),
            Text(planned.reason, "dim" if not planned.HasField("pay_date") else ""),
        )
    console.print(shown)


def print_chase_list(answer: pb.GetChaseListResponse, console: Console) -> None:
    """Print whom to chase: those whom it is worth to, with what it brings."""
    worth = [item for item in answer.chases if from_money(item.chase.value)]
    if not worth:
        console.print("Nobody is worth chasing today.")
        return
    more = f", the first {CHASES_SHOWN}" if len(worth) > CHASES_SHOWN else ""
    shown = table(
        f"Whom to chase ({count(len(worth), 'invoice')}{more})",
        ("customer", "left"),
        ("owes", "right"),
        ("worth", "right"),
        ("why", "left"),
    )
    for item in worth[:CHASES_SHOWN]:
        shown.add_row(
            Text(item.invoice.customer_name),
            money(item.invoice.balance),
            money(item.chase.value),
            Text(item.chase.reason),
        )
    console.print(shown)


def _summary(answer: pb.GetPayPlanResponse) -> str:
    plan = answer.plan
    within = [one for one in plan.bills if one.HasField("pay_date")]
    late = [one for one in plan.bills if from_money(one.late_fee)]
    parts = [f"{count(len(within), 'bill')} to pay within {count(len(plan.cash) // 7, 'week')}"]
    if len(within) < len(plan.bills):
        parts.append(f"{count(len(plan.bills) - len(within), 'bill')} to leave until after")
    text = f"{', '.join(parts)}."
    if late:
        text += f" {count(len(late), 'bill')} late, so that cash stays above the floor."
    # Mostly the plan is proven to be the cheapest within 1%; where it is not, that is said.
    return text if plan.is_optimal else f"{text} There may be a cheaper plan."


def _day(planned: Any) -> str:
    date = date_in(planned, "pay_date")
    return f"{date:%a} {date.day} {date:%b}" if date else "after"
