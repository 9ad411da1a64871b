"""The Decision Console in a terminal, so that an owner can read it in five seconds."""

import datetime
from typing import Any

from google.type.money_pb2 import Money
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from runway.calculator.v1 import assessment_pb2 as calculator
from runway.experience.v1 import decision_console_service_pb2 as pb

from runway_cli.tables import Cell
from service_kit.wire import from_date, from_money, minor_units, to_money

ROWS_SHOWN = 10
BAR_WIDTH = 24
WIDE = 100
DAYS_WITHOUT_YEAR = 150

STATUS = {
    calculator.RUNWAY_STATUS_CRITICAL: ("CRITICAL", "bold white on red"),
    calculator.RUNWAY_STATUS_WARNING: ("WARNING", "bold black on yellow"),
    calculator.RUNWAY_STATUS_HEALTHY: ("HEALTHY", "bold white on green"),
    calculator.RUNWAY_STATUS_EXCELLENT: ("EXCELLENT", "bold white on green"),
}


def print_console(answer: pb.GetDecisionConsoleResponse, console: Console | None = None) -> None:
    """Print a Decision Console: the headline first, then what to do, then what it rests on."""
    console = console or Console(highlight=False)
    reasons = 2 if console.width >= WIDE else 1
    console.print(Panel(_headline(answer), title=Text(answer.display_name, "bold"), expand=True))
    for part in (
        _warnings(answer),
        _queue(answer),
        _bills(answer, reasons),
        _invoices(answer, reasons),
        _weeks(answer),
        _balances(answer),
    ):
        if part is not None:
            console.print(part)
            console.print()


def money(amount: Any) -> str:
    """Return an amount as people write it: 1,234.50, and -1,234.50 when negative."""
    minor, scale = from_money(amount), minor_units(amount.currency_code)
    units, rest = divmod(abs(minor), scale)
    digits = len(str(scale)) - 1
    fraction = f".{rest:0{digits}}" if digits else ""
    return f"{'-' if minor < 0 else ''}{units:,}{fraction}"


def day(date: Any) -> str:
    """Return a date as people read it: Tue 5 May 2026."""
    value = from_date(date)
    return f"{value:%a} {value.day} {value:%b %Y}"


def in_words(cell: Cell) -> str:
    """Return a value of a table as people read it."""
    match cell:
        case None:
            return "none"
        case Money():
            return money(cell)
        case datetime.date():
            return f"{cell:%d %b %Y}"
        case _:
            return str(cell)


def _short_day(message: Any, field: str, as_of: Any) -> str:
    """Return a date as short as it is clear: the year only when the day is far away."""
    if not message.HasField(field):
        return "none"
    value = from_date(getattr(message, field))
    far = abs((value - from_date(as_of)).days) > DAYS_WITHOUT_YEAR
    return f"{value.day} {value:%b %Y}" if far else f"{value.day} {value:%b}"


def count(number: int, noun: str) -> str:
    """Return a number of things: 1 bill, 2 bills, 3 businesses."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _headline(answer: pb.GetDecisionConsoleResponse) -> Group:
    runway = answer.runway
    label, style = STATUS.get(runway.status, ("UNKNOWN", "bold"))
    headline = Text.assemble((f" {label} ", style), "  ", (_until(answer), "bold"))
    lines: list[Text] = [headline]
    if runway.HasField("low_water_date"):
        lowest = f"Lowest cash {money(runway.low_water_mark)} on {day(runway.low_water_date)}"
        lines.append(Text(lowest))
    if runway.HasField("next_payroll"):
        lines.append(_payroll(runway.next_payroll))
    cash = f"Cash {money(runway.cash)} {answer.currency_code}"
    if from_money(runway.earmarked):
        cash += f", of which {money(runway.earmarked)} set aside"
    lines.append(Text(f"{cash}; {_burn(runway)}"))
    if today := _today(answer):
        lines.append(Text(today, style="bold"))
    lines.append(Text(_freshness(answer), style="dim"))
    return Group(*lines)


def _until(answer: pb.GetDecisionConsoleResponse) -> str:
    runway = answer.runway
    if not runway.HasField("cash_zero_date"):
        return f"Cash lasts beyond the next {runway.horizon_days} days."
    days = runway.runway_days
    if days == 0:
        return "The cash at hand is used up today."
    return f"Cash lasts until {day(runway.cash_zero_date)}: {count(days, 'day')}."


def _today(answer: pb.GetDecisionConsoleResponse) -> str:
    """Return what is for today: bills whose last safe day has come, and whom to chase first."""
    to_do = []
    due = [item.bill for item in answer.bills if _is_now(item.assessment, answer.as_of)]
    if due:
        owed = to_money(sum(from_money(bill.balance) for bill in due), answer.currency_code)
        to_do.append(f"pay {count(len(due), 'bill')}, {money(owed)} together")
    if answer.invoices and answer.invoices[0].assessment.priority.score:
        first = answer.invoices[0].invoice
        to_do.append(f"chase {first.customer_name} for {money(first.balance)}")
    return f"Today: {'; '.join(to_do)}." if to_do else ""


def _is_now(assessment: Any, as_of: Any) -> bool:
    if not assessment.HasField("latest_safe_date"):
        return False
    return from_date(assessment.latest_safe_date) <= from_date(as_of)


def _payroll(payroll: Any) -> Text:
    amount, when = money(payroll.amount), day(payroll.payroll_date)
    if payroll.clears:
        return Text(f"Payroll of {amount} on {when} clears.", style="green")
    return Text(
        f"Payroll of {amount} on {when} does NOT clear: {money(payroll.cash_after)} that evening.",
        style="bold red",
    )


def _burn(runway: Any) -> str:
    net = from_money(runway.net_burn_per_day)
    word = "burning" if net > 0 else "gaining"
    amount = money(runway.net_burn_per_day).lstrip("-")
    return f"{word} {amount} a day over {runway.burn_window_days} days"


def _freshness(answer: pb.GetDecisionConsoleResponse) -> str:
    text = f"As of {day(answer.as_of)}."
    if not answer.HasField("synced_at"):
        return f"{text} No books were imported yet."
    synced = answer.synced_at.ToDatetime(tzinfo=datetime.UTC)
    age = (from_date(answer.as_of) - synced.date()).days
    old = "" if age <= 0 else f", {count(age, 'day')} before that"
    return f"{text} Books read {synced:%Y-%m-%d %H:%M} UTC{old}; the bank may differ."


def _warnings(answer: pb.GetDecisionConsoleResponse) -> Text | None:
    lines = [
        Text(f"! {breach.description}", style="bold red" if breach.caused_by_queue else "yellow")
        for breach in answer.guardrail_breaches
    ]
    return Text("\n").join(lines) if lines else None


def table(title: str, *columns: tuple[str, str]) -> Table:
    """Return an empty table whose columns have a name, and stand left or right.

    Where a window is narrow, what stands left wraps, at spaces as far as it can; nothing is cut.
    """
    found = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name, justify in columns:
        found.add_column(
            name,
            justify=justify,  # type: ignore[arg-type]
            no_wrap=justify == "right",
            overflow="ellipsis" if justify == "right" else "fold",
            header_style="dim",
        )
    return found


def _more(shown: int, count: int, noun: str) -> str:
    return f" (the first {shown} of {count} {noun})" if count > shown else f" ({count})"


def _why(priority: Any, reasons: int) -> str:
    return "; ".join(factor.description for factor in priority.factors[:reasons])


def _bills(answer: pb.GetDecisionConsoleResponse, reasons: int) -> Table | None:
    if not answer.bills:
        return None
    title = "What to pay" + _more(ROWS_SHOWN, len(answer.bills), "open bills")
    shown = table(
        title,
        ("", "right"),
        ("vendor", "left"),
        ("owed", "right"),
        ("due", "right"),
        ("pay by", "right"),
        ("why", "left"),
    )
    for item in answer.bills[:ROWS_SHOWN]:
        assessment = item.assessment
        shown.add_row(
            str(assessment.priority.rank),
            Text(item.bill.vendor_name),
            money(item.bill.balance),
            _due(item.bill, assessment.days_overdue, answer.as_of),
            _short_day(assessment, "latest_safe_date", answer.as_of),
            Text(_why(assessment.priority, reasons)),
        )
    return shown


def _invoices(answer: pb.GetDecisionConsoleResponse, reasons: int) -> Table | None:
    if not answer.invoices:
        return None
    title = "Whom to chase" + _more(ROWS_SHOWN, len(answer.invoices), "open invoices")
    shown = table(
        title,
        ("", "right"),
        ("customer", "left"),
        ("owes", "right"),
        ("due", "right"),
        ("expected", "right"),
        ("why", "left"),
    )
    for item in answer.invoices[:ROWS_SHOWN]:
        assessment = item.assessment
        shown.add_row(
            str(assessment.priority.rank),
            Text(item.invoice.customer_name),
            money(item.invoice.balance),
            _due(item.invoice, assessment.days_overdue, answer.as_of),
            _short_day(assessment, "expected_date", answer.as_of),
            Text(_why(assessment.priority, reasons)),
        )
    return shown


def _due(document: Any, days_overdue: int, as_of: Any) -> Text:
    text = _short_day(document, "due_date", as_of)
    return Text(text, style="red" if days_overdue else "")


def _queue(answer: pb.GetDecisionConsoleResponse) -> Table | None:
    if not answer.decision_queue:
        return None
    effect = money(answer.queue_impact.low_water_mark_change)
    shown = table(
        f"Queued decisions (together they move the lowest cash by {effect})",
        ("decision", "left"),
        ("document", "left"),
        ("lowest cash", "right"),
        ("note", "left"),
    )
    names = _document_names(answer)
    for item in answer.decision_queue:
        action = str(item.decision.WhichOneof("action"))
        content = getattr(item.decision, action)
        kind = "bill" if hasattr(content, "bill_id") else "invoice"
        document_id = getattr(content, f"{kind}_id")
        # A document settled since, or one of another day, is not among the open ones.
        name = names.get((kind, document_id), document_id)
        shown.add_row(
            action.replace("_", " "),
            Text(f"{kind} {name}"),
            money(item.impact.low_water_mark_change),
            Text(item.decision.note),
        )
    return shown


def _document_names(answer: pb.GetDecisionConsoleResponse) -> dict[tuple[str, str], str]:
    """Return what to call each open document: its number, and whose it is."""
    bills = ((one.bill.bill_id, one.bill.vendor_name, one.bill) for one in answer.bills)
    invoices = (
        (one.invoice.invoice_id, one.invoice.customer_name, one.invoice) for one in answer.invoices
    )
    named = [("bill", *one) for one in bills] + [("invoice", *one) for one in invoices]
    return {
        (kind, document_id): f"{document.document_number or document_id}, {party}"
        for kind, document_id, party, document in named
    }


def _weeks(answer: pb.GetDecisionConsoleResponse) -> Table:
    shown = table(
        f"The next {len(answer.weeks)} weeks",
        ("week of", "left"),
        ("in", "right"),
        ("out", "right"),
        ("closing", "right"),
        ("lowest", "right"),
        ("", "left"),
    )
    highest = max((abs(from_money(week.lowest_cash)) for week in answer.weeks), default=0)
    for week in answer.weeks:
        lowest = from_money(week.lowest_cash)
        bar = "█" * (round(abs(lowest) / highest * BAR_WIDTH) if highest else 0)
        style = "red" if lowest < 0 else "green"
        shown.add_row(
            f"{from_date(week.start_date):%d %b}",
            money(week.receipts),
            money(week.disbursements),
            money(week.closing_cash),
            Text(money(week.lowest_cash), style="red" if lowest < 0 else ""),
            Text(bar, style=style),
        )
    return shown


def _balances(answer: pb.GetDecisionConsoleResponse) -> Table:
    balances = answer.balances
    shown = table("What it rests on", ("", "left"), ("", "right"), ("", "left"))
    shown.show_header = False
    shown.add_row("Cash in unrestricted bank accounts", money(balances.cash), "")
    shown.add_row(
        "Undeposited funds", money(balances.undeposited_funds), "received, not yet at the bank"
    )
    if from_money(balances.restricted_cash):
        shown.add_row(
            "Trust and restricted accounts", money(balances.restricted_cash), "never counted"
        )
    shown.add_row(
        "Accounts receivable",
        money(balances.accounts_receivable),
        _tie(balances, "accounts_receivable"),
    )
    shown.add_row(
        "  of which overdue",
        money(balances.overdue_invoices),
        count(balances.overdue_invoice_count, "invoice"),
    )
    shown.add_row(
        "Accounts payable", money(balances.accounts_payable), _tie(balances, "accounts_payable")
    )
    shown.add_row(
        "  of which overdue",
        money(balances.overdue_bills),
        count(balances.overdue_bill_count, "bill"),
    )
    for gap in balances.party_gaps:
        shown.add_row(
            Text(f"  {gap.display_name}", style="yellow"),
            Text(money(gap.gap), style="yellow"),
            "balance in the books less its open documents",
        )
    return shown


def _tie(balances: Any, name: str) -> str:
    if not balances.HasField(f"{name}_gap"):
        return ""
    gap = getattr(balances, f"{name}_gap")
    if not from_money(gap):
        return "ties to its control account"
    control = money(getattr(balances, f"{name}_control"))
    return f"control account says {control}: a gap of {money(gap)}"
