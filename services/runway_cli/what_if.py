"""What-ifs in a terminal: read from options, and told beside the forecast as it stands."""

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from google.type.money_pb2 import Money
from rich.console import Console
from rich.text import Text
from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import forecast_calculation_service_pb2 as calculator_pb
from runway.experience.v1 import decision_console_service_pb2 as console_pb
from runway.experience.v1 import forecast_service_pb2 as pb
from runway.ledger.v1 import decision_pb2, ledger_pb2

from runway_cli.console import count, in_words, money, table
from runway_cli.errors import CommandError
from runway_cli.options import read_day
from runway_cli.tables import Cell, Columns, Row, date_in
from service_kit.wire import LARGEST_MINOR, from_money, minor_units, to_date, to_money

NAMES_TOLD = 5
SUM = 1
"""The place of the sum of the single ones among the effects, after all together."""

EFFECT_COLUMNS: Columns = [
    ("what", "left"),
    ("cash-zero days", "right"),
    ("cash-zero P10 days", "right"),
    ("cash-zero P50 days", "right"),
    ("cash-zero P90 days", "right"),
    ("lowest cash change", "right"),
    ("lowest cash P10 change", "right"),
    ("lowest cash P50 change", "right"),
    ("lowest cash P90 change", "right"),
    ("closing cash change", "right"),
    ("cash below zero change", "right"),
    ("payroll missed change", "right"),
]
FIGURE_COLUMNS: Columns = [
    ("", "left"),
    ("as it stands", "right"),
    ("what if", "right"),
    ("change", "right"),
]
_RECURRENCES = {
    "weekly": (ledger_pb2.RECURRENCE_WEEKLY, "every week"),
    "biweekly": (ledger_pb2.RECURRENCE_BIWEEKLY, "every 2 weeks"),
    "monthly": (ledger_pb2.RECURRENCE_MONTHLY, "every month"),
    "quarterly": (ledger_pb2.RECURRENCE_QUARTERLY, "every quarter"),
}
_RECURS = frozenset(
    {
        assessment_pb2.FORECAST_LAYER_RECURRING,
        assessment_pb2.FORECAST_LAYER_PAYROLL,
        assessment_pb2.FORECAST_LAYER_TAX,
    }
)


@dataclass(frozen=True)
class Part:
    """One decision or assumption, and what to call it."""

    label: str
    content: decision_pb2.Decision | calculator_pb.Assumption


def scenario_of(name: str, parts: Sequence[Part]) -> calculator_pb.Scenario:
    """Return the what-if that parts make together."""
    return calculator_pb.Scenario(
        display_name=name,
        decisions=[p.content for p in parts if isinstance(p.content, decision_pb2.Decision)],
        assumptions=[p.content for p in parts if isinstance(p.content, calculator_pb.Assumption)],
    )


def parts_of(
    options: Iterable[tuple[str, str]], books: console_pb.GetDecisionConsoleResponse
) -> list[Part]:
    """Return what options say, each by its name and text; decisions first, as in the answer.

    Raises CommandError for a text not of its option's form, and for what the books have not.
    """
    known = _Books(books)
    parts = [_READERS[name](f"--{name}", text, known) for name, text in options]
    return sorted(parts, key=lambda part: isinstance(part.content, calculator_pb.Assumption))


class _Books:
    """What options can be about."""

    def __init__(self, books: console_pb.GetDecisionConsoleResponse) -> None:
        self.currency = books.currency_code
        self._bills = [
            (one.bill.bill_id, one.bill.document_number, one.bill.vendor_name)
            for one in books.bills
        ]
        self._invoices = [
            (one.invoice.invoice_id, one.invoice.document_number, one.invoice.customer_name)
            for one in books.invoices
        ]
        self._customers = {
            one.invoice.customer_id: one.invoice.customer_name for one in books.invoices
        }
        items = books.forecast_items
        self._late = dict.fromkeys(
            [
                *(item.counterparty for item in items if item.layer in _RECURS),
                *(who for _, _, who in self._bills),
                *(
                    name
                    for item in items
                    if item.layer == assessment_pb2.FORECAST_LAYER_PLANNED
                    for name in (item.display_name, item.source_id)
                ),
            ]
        )

    def bill(self, text: str) -> tuple[str, str]:
        """Return a bill's id and what to call it. Raises CommandError."""
        return _document("bill", text, self._bills)

    def invoice(self, text: str) -> tuple[str, str]:
        """Return an invoice's id and what to call it. Raises CommandError."""
        return _document("invoice", text, self._invoices)

    def customer(self, text: str) -> tuple[str, str]:
        """Return a customer's id and name. Raises CommandError."""
        if text in self._customers:
            return text, self._customers[text] or text
        found = [key for key, name in self._customers.items() if name and name == text]
        if len(found) == 1:
            return found[0], text
        if found:
            raise CommandError(f"{len(found)} customers are called {text}", _one_of(found))
        names = [name or key for key, name in self._customers.items()]
        raise CommandError(f"No open invoice is of a customer {text!r}", _one_of(names))

    def late(self, text: str) -> str:
        """Return the name of what can be late. Raises CommandError."""
        if text and text in self._late:
            return text
        names = [name for name in self._late if name]
        raise CommandError(
            f"Nothing that is to be paid or recurs is called {text!r}", _one_of(names)
        )


def _document(kind: str, text: str, documents: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
    for place in range(3):  # by id, by number, by whose it is
        found = [document for document in documents if text and document[place] == text]
        if len(found) == 1:
            key, number, party = found[0]
            return key, f"{kind} {number or key}{f' of {party}' if party else ''}"
        if found:
            keys = [key for key, _, _ in found]
            raise CommandError(f"{len(found)} open {kind}s go by {text!r}", _one_of(keys))
    names = [number or key for key, number, _ in documents]
    raise CommandError(f"There is no open {kind} {text!r}", _one_of(names))


def _one_of(names: Sequence[str]) -> str:
    if not names:
        return "the books have none"
    told = ", ".join(names[:NAMES_TOLD])
    more = len(names) - NAMES_TOLD
    return f"name one of {told}{f' or {more} more' if more > 0 else ''}"


# Reading options


def _halves(option: str, text: str, form: str, at: str = "=") -> tuple[str, str]:
    left, found, right = text.rpartition(at)
    if not found or not left.strip() or not right.strip():
        raise CommandError(f"{option} {text!r} cannot be read", f"write it as {form}")
    return left.strip(), right.strip()


def _days(option: str, text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise CommandError(f"{option}: {text!r} is no number of days", f"give 1 to {most}")
    return int(text)


def _amount(option: str, text: str, currency: str) -> Money:
    """Return an amount of the business's currency, written with a decimal point or none."""
    scale = minor_units(currency)
    try:
        plain = text if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else "?"
        minor = Decimal(plain) * scale
    except InvalidOperation:
        minor = Decimal("0.5")
    if minor != minor.to_integral_value() or not 0 < abs(minor) <= LARGEST_MINOR:
        example = f"{5000:.{len(str(scale)) - 1}f}"
        raise CommandError(f"{option}: {text!r} is no amount of {currency}", f"write {example}")
    return to_money(int(minor), currency)


def _positive(option: str, text: str, currency: str) -> Money:
    found = _amount(option, text, currency)
    if from_money(found) < 0:
        raise CommandError(f"{option}: {text!r} is negative", "leave out the sign")
    return found


def _on(day: datetime.date) -> str:
    return f"on {day.day} {day:%b %Y}"


def _pay(option: str, text: str, books: _Books) -> Part:
    named, when = _halves(option, text, "BILL=YYYY-MM-DD or BILL=now")
    key, label = books.bill(named)
    if when == "now":
        now = decision_pb2.PayNow(bill_id=key)
        return Part(f"Pay {label} now", decision_pb2.Decision(pay_now=now))
    day = read_day(when)
    on = decision_pb2.SchedulePayment(bill_id=key, pay_date=to_date(day))
    return Part(f"Pay {label} {_on(day)}", decision_pb2.Decision(schedule_payment=on))


def _part_pay(option: str, text: str, books: _Books) -> Part:
    form = "BILL=AMOUNT@YYYY-MM-DD"
    named, rest = _halves(option, text, form)
    some, when = _halves(option, rest, form, "@")
    key, label = books.bill(named)
    amount, day = _positive(option, some, books.currency), read_day(when)
    part = decision_pb2.PartPayment(bill_id=key, amount=amount, pay_date=to_date(day))
    return Part(
        f"Pay {money(amount)} of {label} {_on(day)}", decision_pb2.Decision(part_payment=part)
    )


def _set_aside(option: str, text: str, books: _Books) -> Part:
    named, some = _halves(option, text, "BILL=AMOUNT")
    key, label = books.bill(named)
    amount = _positive(option, some, books.currency)
    earmark = decision_pb2.EarmarkForBill(bill_id=key, amount=amount)
    return Part(f"Set {money(amount)} aside for {label}", decision_pb2.Decision(earmark=earmark))


def _collect(option: str, text: str, books: _Books) -> Part:
    named, when = _halves(option, text, "INVOICE=YYYY-MM-DD")
    key, label = books.invoice(named)
    day = read_day(when)
    collect = decision_pb2.Collect(invoice_id=key, expected_date=to_date(day))
    return Part(f"Collect {label} {_on(day)}", decision_pb2.Decision(collect=collect))


def _write_off(_option: str, text: str, books: _Books) -> Part:
    key, label = books.invoice(text)
    give_up = decision_pb2.WriteOff(invoice_id=key)
    return Part(f"Write off {label}", decision_pb2.Decision(write_off=give_up))


def _customer_pays(option: str, text: str, books: _Books) -> Part:
    named, days = _halves(option, text, "CUSTOMER=DAYS")
    key, name = books.customer(named)
    pays = calculator_pb.CustomerPays(customer_id=key, in_days=_days(option, days, 3650))
    label = f"{name} pays in {count(pays.in_days, 'day')}"
    return Part(label, calculator_pb.Assumption(customer_pays=pays))


def _revenue(option: str, text: str, _books: _Books) -> Part:
    if not re.fullmatch(r"[+-]?[0-9]{1,4}(\.[0-9]{1,2})?%", text):
        raise CommandError(f"{option} {text!r} is no percentage", "write it as -10% or +2.5%")
    basis_points = int(Decimal(text[:-1]) * 100)
    if not -10_000 <= basis_points <= 100_000:
        raise CommandError(f"{option} {text!r} is out of bounds", "give -100% to +1000%")
    change = calculator_pb.RevenueChange(basis_points=basis_points)
    sign = "" if text[0] in "+-" else "+"
    return Part(f"Revenue {sign}{text}", calculator_pb.Assumption(revenue_change=change))


def _planned(option: str, text: str, books: _Books) -> Part:
    form = "NAME=AMOUNT@YYYY-MM-DD or NAME=AMOUNT/monthly@YYYY-MM-DD"
    name, rest = _halves(option, text, form)
    some, when = _halves(option, rest, form, "@")
    some, every, often = some.partition("/")
    if every and often not in _RECURRENCES:
        raise CommandError(f"{option}: {often!r} is no rhythm", f"use {', '.join(_RECURRENCES)}")
    recurrence, words = _RECURRENCES.get(often, (ledger_pb2.RECURRENCE_UNSPECIFIED, ""))
    amount, day = _amount(option, some, books.currency), read_day(when)
    planned = ledger_pb2.PlannedItem(
        display_name=name, amount=amount, planned_date=to_date(day), recurrence=recurrence
    )
    begins = f"{words} from {_on(day).removeprefix('on ')}" if words else _on(day)
    label = f"{name}: {money(amount)} {begins}"
    return Part(label, calculator_pb.Assumption(planned_item=planned))


def _delay(option: str, text: str, books: _Books) -> Part:
    named, days = _halves(option, text, "NAME=DAYS")
    late = calculator_pb.Delay(late=books.late(named), days=_days(option, days, 365))
    return Part(
        f"{late.late} {count(late.days, 'day')} later", calculator_pb.Assumption(delay=late)
    )


_READERS: dict[str, Callable[[str, str, _Books], Part]] = {
    "pay": _pay,
    "part-pay": _part_pay,
    "set-aside": _set_aside,
    "collect": _collect,
    "write-off": _write_off,
    "customer-pays": _customer_pays,
    "revenue": _revenue,
    "planned": _planned,
    "delay": _delay,
}


# Telling the answer


def print_what_if(
    answer: pb.CompareScenariosResponse, labels: Sequence[str], console: Console | None = None
) -> None:
    """Print a what-if beside the forecast as it stands, then what each part of it does."""
    console = console or Console(highlight=False)
    (outcome,) = answer.scenarios
    figures = table(f"{outcome.display_name}, {answer.currency_code}", *FIGURE_COLUMNS)
    for row in figure_rows(answer):
        *stands, change = row
        figures.add_row(
            *("none" if cell is None else _told(cell) for cell in stands), _told(change, sign="+")
        )
    console.print(figures)
    console.print()
    effects = table(
        "What it changes: all together, the sum of the single ones, and each alone",
        ("", "left"),
        ("cash-zero P50", "right"),
        ("lowest P50", "right"),
        ("closing", "right"),
        ("below zero", "right"),
    )
    before = answer.baseline.cash_zero_date
    for place, (label, impact, risk) in enumerate(_effects(answer, labels)):
        effects.add_row(
            Text(label),
            _told(risk.cash_zero_p50_days, sign="+")
            if risk.HasField("cash_zero_p50_days")
            else ("" if place == SUM else _instead(before, risk.cash_zero_date)),
            money(risk.low_water_mark_change.p50),
            money(impact.closing_cash_change),
            _told(risk.probability_cash_below_zero_change, sign="+"),
        )
    console.print(effects)
    console.print(
        Text(
            f"{answer.baseline.paths} courses each, all with the same draws."
            " The sum need not be what all together do.",
            style="dim",
        )
    )


def columns_and_rows(
    answer: pb.CompareScenariosResponse, labels: Sequence[str], which: str
) -> tuple[Columns, list[Row]]:
    """Return a table, effects or figures: its columns and all its rows."""
    if which == "figures":
        return FIGURE_COLUMNS, figure_rows(answer)
    return EFFECT_COLUMNS, effect_rows(answer, labels)


def figure_rows(answer: pb.CompareScenariosResponse) -> list[Row]:
    """Return the forecast as it stands and what if, as rows of FIGURE_COLUMNS."""
    (outcome,) = answer.scenarios
    before, after = answer.baseline, outcome.forecast

    def dated(name: str, of: Callable[[Any], Any], field: str) -> Row:
        was, now = date_in(of(before), field), date_in(of(after), field)
        return [name, was, now, (now - was).days if was and now else None]

    def counted(name: str, of: Callable[[Any], Money]) -> Row:
        was, now = of(before), of(after)
        change = to_money(from_money(now) - from_money(was), answer.currency_code)
        return [name, was, now, change]

    rows = [dated("cash-zero date, expected", lambda one: one.runway, "cash_zero_date")]
    for level in ("p10", "p50", "p90"):
        name = f"cash-zero date, {level.upper()}"
        rows.append(dated(name, lambda one: one.cash_zero_date, level))
    rows.append(counted("lowest cash, expected", lambda one: one.runway.low_water_mark))
    for level in ("p10", "p50", "p90"):
        name = f"lowest cash, {level.upper()}"
        rows.append(counted(name, _of_low_water_mark(level)))
    rows.append(counted("cash at the end, expected", lambda one: one.runway.closing_cash))
    was, now = before.probability_cash_below_zero, after.probability_cash_below_zero
    rows.append(["cash falls below zero", was, now, now - was])
    if before.HasField("probability_payroll_missed") and after.HasField(
        "probability_payroll_missed"
    ):
        was, now = before.probability_payroll_missed, after.probability_payroll_missed
        rows.append(["a payroll is missed", was, now, now - was])
    return rows


def _of_low_water_mark(level: str) -> Callable[[Any], Money]:
    return lambda one: getattr(one.low_water_mark, level)


def effect_rows(answer: pb.CompareScenariosResponse, labels: Sequence[str]) -> list[Row]:
    """Return all together, the sum and each part alone, as rows of EFFECT_COLUMNS."""
    return [_effect_row(*one) for one in _effects(answer, labels)]


def _effects(
    answer: pb.CompareScenariosResponse, labels: Sequence[str]
) -> list[tuple[str, assessment_pb2.Impact, calculator_pb.RiskChange]]:
    (outcome,) = answer.scenarios
    return [
        ("All together", outcome.impact, outcome.risk_change),
        ("Sum of the single ones", outcome.sum_of_impacts, outcome.sum_of_risk_changes),
        *zip(labels, outcome.single_impacts, outcome.single_risk_changes, strict=True),
    ]


def _effect_row(label: str, impact: Any, risk: Any) -> list[Cell]:
    def optional(message: Any, field: str) -> Cell:
        return getattr(message, field) if message.HasField(field) else None

    lowest = risk.low_water_mark_change
    return [
        label,
        optional(impact, "cash_zero_days"),
        *(optional(risk, f"cash_zero_{level}_days") for level in ("p10", "p50", "p90")),
        impact.low_water_mark_change,
        *(lowest.p10, lowest.p50, lowest.p90),
        impact.closing_cash_change,
        risk.probability_cash_below_zero_change,
        optional(risk, "probability_payroll_missed_change"),
    ]


def _instead(before: calculator_pb.DateBand, after: calculator_pb.DateBand) -> str:
    """Return what becomes of the P50 of the cash-zero date where at most one of the two has it."""
    if after.HasField("p50"):
        return in_words(date_in(after, "p50"))
    return "no more" if before.HasField("p50") else "none"


def _told(cell: Cell, sign: str = "") -> str:
    """Return a cell in words: whole numbers are days, others probabilities."""
    match cell:
        case None:
            return ""
        case int():
            return f"{cell:{sign}} days"
        case float():
            return f"{100 * cell:{sign}.1f}%"
        case _:
            return in_words(cell)
