"""Disputes about invoices, through the orchestrator's LedgerService."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from runway.ledger.v1 import ledger_pb2
from runway.orchestrator.v1 import (
    audit_service_pb2,
    audit_service_pb2_grpc,
    business_service_pb2_grpc,
    ledger_service_pb2_grpc,
)
from runway.orchestrator.v1 import ledger_service_pb2 as pb

from support import builders
from support.builders import request_id, usd
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return ledger_service_pb2_grpc.LedgerServiceStub


@pytest.fixture
def business(grpc_stub: Any, grpc_channel: grpc.Channel) -> str:
    """Return a business with one open invoice, "2"."""
    business_id = builders.business_id()
    stub: Any = business_service_pb2_grpc.BusinessServiceStub(grpc_channel)
    stub.CreateBusiness(builders.create_business(business_id))
    grpc_stub.ImportLedger(iter([builders.import_ledger(business_id, *builders.small_books())]))
    return business_id


def dispute(business: str, invoice_id: str = "2", reason: str = "Two items came broken") -> Any:
    return pb.DisputeInvoiceRequest(
        business_id=business, request_id=request_id(), invoice_id=invoice_id, reason=reason
    )


def settle(business: str, invoice_id: str = "2") -> Any:
    return pb.SettleDisputeRequest(
        business_id=business, request_id=request_id(), invoice_id=invoice_id
    )


def invoice(stub: Any, business: str) -> ledger_pb2.Invoice:
    (found,) = stub.GetLedger(pb.GetLedgerRequest(business_id=business)).ledger.invoices
    return found


def refused(call: Callable[[Any], Any], request: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value.code().name, reason_of(caught.value)


def test_a_disputed_invoice_says_so_wherever_it_is_read(grpc_stub: Any, business: str) -> None:
    answer = grpc_stub.DisputeInvoice(dispute(business))
    assert (answer.business_id, answer.invoice.invoice_id) == (business, "2")
    assert answer.invoice.dispute.reason == "Two items came broken"
    assert answer.invoice.dispute.HasField("dispute_time")
    listed = grpc_stub.ListInvoices(pb.ListInvoicesRequest(business_id=business)).invoices
    assert [answer.invoice] == list(listed) == [invoice(grpc_stub, business)]


def test_a_settled_dispute_is_gone(grpc_stub: Any, business: str) -> None:
    before = invoice(grpc_stub, business)
    grpc_stub.DisputeInvoice(dispute(business))
    assert grpc_stub.SettleDispute(settle(business)).invoice == before
    assert invoice(grpc_stub, business) == before


def test_an_import_leaves_a_dispute_as_it_is(grpc_stub: Any, business: str) -> None:
    grpc_stub.DisputeInvoice(dispute(business))
    newer = builders.invoice(document_number="1001-A", balance=usd("1.00"), source_version=9)
    grpc_stub.ImportLedger(iter([builders.import_ledger(business, newer)]))
    found = invoice(grpc_stub, business)
    assert (found.document_number, found.dispute.reason) == ("1001-A", "Two items came broken")


def test_a_repeated_request_notes_one_dispute(grpc_stub: Any, business: str) -> None:
    request = dispute(business)
    assert grpc_stub.DisputeInvoice(request) == grpc_stub.DisputeInvoice(request)


def test_a_dispute_is_never_replaced_unseen(grpc_stub: Any, business: str) -> None:
    grpc_stub.DisputeInvoice(dispute(business))
    again = dispute(business, reason="Another")
    assert refused(grpc_stub.DisputeInvoice, again) == (
        "ALREADY_EXISTS",
        "INVOICE_ALREADY_DISPUTED",
    )
    assert invoice(grpc_stub, business).dispute.reason == "Two items came broken"


def test_what_nobody_contests_cannot_be_settled(grpc_stub: Any, business: str) -> None:
    found = refused(grpc_stub.SettleDispute, settle(business))
    assert found == ("FAILED_PRECONDITION", "INVOICE_NOT_DISPUTED")


def test_a_paid_invoice_cannot_be_disputed_any_more_but_its_dispute_settled(
    grpc_stub: Any, business: str
) -> None:
    grpc_stub.DisputeInvoice(dispute(business))
    paid = builders.invoice(
        balance=usd("0.00"), state=ledger_pb2.DOCUMENT_STATE_PAID, source_version=9
    )
    grpc_stub.ImportLedger(iter([builders.import_ledger(business, paid)]))
    assert not grpc_stub.SettleDispute(settle(business)).invoice.HasField("dispute")
    found = refused(grpc_stub.DisputeInvoice, dispute(business))
    assert found == ("FAILED_PRECONDITION", "INVOICE_NOT_OPEN")


def test_an_invoice_that_is_not_there_is_said(grpc_stub: Any, business: str) -> None:
    missing = ("NOT_FOUND", "INVOICE_NOT_FOUND")
    assert refused(grpc_stub.DisputeInvoice, dispute(business, "none")) == missing
    assert refused(grpc_stub.SettleDispute, settle(business, "none")) == missing


@pytest.mark.parametrize("reason", ["", "  ", "x" * 513])
def test_a_dispute_has_a_reason(grpc_stub: Any, business: str, reason: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.DisputeInvoice(dispute(business, reason=reason))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(caught.value) == ["reason"]


def test_both_changes_are_in_the_audit(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    grpc_stub.DisputeInvoice(dispute(business))
    grpc_stub.SettleDispute(settle(business))
    audit: Any = audit_service_pb2_grpc.AuditServiceStub(grpc_channel)
    events = audit.ListAuditEvents(
        audit_service_pb2.ListAuditEventsRequest(business_id=business)
    ).events
    about = [event for event in events if event.subject_kind == "invoice_dispute"]
    assert [(event.subject_id, bool(event.after_json)) for event in about] == [
        ("2", True),
        ("2", False),
    ]
