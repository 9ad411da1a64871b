"""The Decision Console in a terminal, of answers that the demo company does not give."""

import io
from collections.abc import Sequence
from typing import Any

from google.type import date_pb2, money_pb2
from rich.console import Console
from runway.calculator.v1 import assessment_pb2 as calculator
from runway.experience.v1 import decision_console_service_pb2 as pb
from runway.ledger.v1 import decision_pb2, ledger_pb2

from runway_cli.console import print_console

DAY = date_pb2.Date(year=2026, month=5, day=5)


def usd(units: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="USD", units=units)


def invoice(name: str, score: float) -> pb.InvoiceItem:
    document = ledger_pb2.Invoice(invoice_id="i1", customer_name=name, balance=usd(300))
    priority = calculator.Priority(rank=1, score=score)
    return pb.InvoiceItem(
        invoice=document,
        assessment=calculator.InvoiceAssessment(invoice_id="i1", priority=priority),
    )


def every_amount(message: Any) -> Any:
    """Fill every amount that is missing, as the services do."""
    for field in message.DESCRIPTOR.fields:
        kind = field.message_type.full_name if field.message_type and not field.is_repeated else ""
        if kind == "google.type.Money" and not message.HasField(field.name):
            getattr(message, field.name).CopyFrom(usd(0))
    return message


def printed(queue: Sequence[pb.DecisionItem] = (), **parts: Any) -> str:
    answer = pb.GetDecisionConsoleResponse(
        as_of=DAY,
        currency_code="USD",
        runway=every_amount(calculator.Runway(horizon_days=91)),
        balances=every_amount(ledger_pb2.Balances()),
        queue_impact=every_amount(calculator.Impact()),
        decision_queue=queue,
        **parts,
    )
    for item in answer.decision_queue:
        every_amount(item.impact)
    for item in answer.bills:
        every_amount(item.bill)
    out = io.StringIO()
    print_console(answer, Console(file=out, width=120, highlight=False))
    return " ".join(out.getvalue().split())


def test_a_queued_decision_names_its_document_as_people_do() -> None:
    bill = ledger_pb2.Bill(bill_id="b1", document_number="R-17", vendor_name="Landlord")
    pay = decision_pb2.Decision(pay_now=decision_pb2.PayNow(bill_id="b1"))
    shown = printed(bills=[pb.BillItem(bill=bill)], queue=[pb.DecisionItem(decision=pay)])
    assert "pay now bill R-17, Landlord" in shown


def test_a_queued_decision_on_a_document_that_is_not_shown_names_its_id() -> None:
    collect = decision_pb2.Decision(collect=decision_pb2.Collect(invoice_id="gone"))
    assert "collect invoice gone" in printed(queue=[pb.DecisionItem(decision=collect)])


def test_for_today_somebody_is_to_be_chased_only_when_that_is_worth_something() -> None:
    assert "Today: chase Late Ltd for 300.00." in printed(invoices=[invoice("Late Ltd", 12.5)])
    assert "Today:" not in printed(invoices=[invoice("Not due Ltd", 0)])
