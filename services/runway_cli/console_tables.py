"""The Decision Console's tables, row by row and whole, for whoever goes on computing with them."""

from collections.abc import Callable
from typing import Any

from google.type.money_pb2 import Money
from runway.calculator.v1.assessment_pb2 import ForecastLayer, GuardrailKind
from runway.experience.v1 import decision_console_service_pb2 as pb

from runway_cli.tables import Cell, Columns, Row, date_in


def columns_and_rows(
    answer: pb.GetDecisionConsoleResponse, which: str
) -> tuple[Columns, list[Row]]:
    """Return one of its tables by name: the columns, and all the rows in the console's order."""
    names, rows = _TABLES[which]
    return [(name, "left") for name in names], rows(answer)


_DOCUMENT = ["number", "issued", "due", "currency", "total", "balance"]
_ASSESSED = ["rank", "score", "why", "expected", "days overdue"]
_IMPACT = ["cash-zero days", "lowest cash change", "closing cash change"]


def _document(document: Any) -> list[Cell]:
    return [
        document.document_number,
        date_in(document, "issue_date"),
        date_in(document, "due_date"),
        document.balance.currency_code,
        document.total,
        document.balance,
    ]


def _assessed(assessment: Any) -> list[Cell]:
    priority = assessment.priority
    return [
        priority.rank,
        priority.score,
        "; ".join(factor.description for factor in priority.factors),
        date_in(assessment, "expected_date"),
        assessment.days_overdue,
    ]


def _impact(impact: Any) -> list[Cell]:
    return [
        impact.cash_zero_days if impact.HasField("cash_zero_days") else None,
        impact.low_water_mark_change,
        impact.closing_cash_change,
    ]


def _bills(answer: pb.GetDecisionConsoleResponse) -> list[Row]:
    return [
        [
            one.bill.bill_id,
            one.bill.vendor_id,
            one.bill.vendor_name,
            *_document(one.bill),
            *_assessed(one.assessment),
            date_in(one.assessment, "latest_safe_date"),
            *_impact(one.assessment.impact),
        ]
        for one in answer.bills
    ]


def _invoices(answer: pb.GetDecisionConsoleResponse) -> list[Row]:
    return [
        [
            one.invoice.invoice_id,
            one.invoice.customer_id,
            one.invoice.customer_name,
            *_document(one.invoice),
            *_assessed(one.assessment),
            *_impact(one.assessment.impact),
        ]
        for one in answer.invoices
    ]


def _weeks(answer: pb.GetDecisionConsoleResponse) -> list[Row]:
    return [
        [
            date_in(week, "start_date"),
            week.receipts,
            week.disbursements,
            week.closing_cash,
            week.lowest_cash,
        ]
        for week in answer.weeks
    ]


def _items(answer: pb.GetDecisionConsoleResponse) -> list[Row]:
    return [
        [
            date_in(item, "date"),
            item.amount,
            ForecastLayer.Name(item.layer).removeprefix("FORECAST_LAYER_").lower(),
            item.source_id,
            item.display_name,
        ]
        for item in answer.forecast_items
    ]


def _decisions(answer: pb.GetDecisionConsoleResponse) -> list[Row]:
    rows: list[Row] = []
    for item in answer.decision_queue:
        action = str(item.decision.WhichOneof("action"))
        content = getattr(item.decision, action)
        bill_id, invoice_id = getattr(content, "bill_id", ""), getattr(content, "invoice_id", "")
        rows.append(
            [
                item.decision.decision_id,
                action,
                bill_id,
                invoice_id,
                item.decision.note,
                *_impact(item.impact),
            ]
        )
    return rows


def _breaches(answer: pb.GetDecisionConsoleResponse) -> list[Row]:
    return [
        [
            GuardrailKind.Name(breach.kind).removeprefix("GUARDRAIL_KIND_").lower(),
            date_in(breach, "date"),
            breach.amount.currency_code,
            breach.amount,
            "yes" if breach.caused_by_queue else "no",
            breach.description,
        ]
        for breach in answer.guardrail_breaches
    ]


def _balances(answer: pb.GetDecisionConsoleResponse) -> list[Row]:
    """Return every amount by the name of its field, then the parties that do not tie."""
    balances = answer.balances
    amounts = [
        (field.name.replace("_", " "), value)
        for field, value in balances.ListFields()
        if isinstance(value, Money)
    ]
    gaps = [(f"gap of {gap.display_name}", gap.gap) for gap in balances.party_gaps]
    return [[name, amount.currency_code, amount] for name, amount in [*amounts, *gaps]]


_Rows = Callable[[pb.GetDecisionConsoleResponse], list[Row]]

_TABLES: dict[str, tuple[list[str], _Rows]] = {
    "bills": (
        ["bill", "vendor id", "vendor", *_DOCUMENT, *_ASSESSED, "pay by", *_IMPACT],
        _bills,
    ),
    "invoices": (
        ["invoice", "customer id", "customer", *_DOCUMENT, *_ASSESSED, *_IMPACT],
        _invoices,
    ),
    "weeks": (
        ["week of", "receipts", "disbursements", "closing cash", "lowest cash"],
        _weeks,
    ),
    "items": (["date", "amount", "layer", "source", "what"], _items),
    "decisions": (
        ["decision", "action", "bill", "invoice", "note", *_IMPACT],
        _decisions,
    ),
    "breaches": (
        ["promise", "first broken", "currency", "amount", "by the queue", "what happens"],
        _breaches,
    ),
    "balances": (["what", "currency", "amount"], _balances),
}
