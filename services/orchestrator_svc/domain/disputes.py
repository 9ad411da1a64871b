"""Invoices that a customer contests: noted by hand, until a person has settled it."""

import datetime
from dataclasses import dataclass

from orchestrator_svc.domain.books import BookInvoice
from orchestrator_svc.domain.errors import (
    InvalidField,
    InvoiceAlreadyDisputed,
    InvoiceNotDisputed,
    InvoiceNotOpen,
)
from orchestrator_svc.domain.ledger import DocumentState


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a customer contests, and when that was noted."""

    reason: str
    disputed_at: datetime.datetime


def dispute_of(invoice: BookInvoice) -> Dispute | None:
    """Return the dispute about an invoice, or None."""
    if invoice.dispute_reason is None or invoice.disputed_at is None:
        return None
    return Dispute(invoice.dispute_reason, invoice.disputed_at)


def check_disputable(invoice: BookInvoice, reason: str) -> None:
    """Check that a dispute can be noted: something is still owed, and no dispute is noted yet.

    Raises InvalidField, InvoiceNotOpen, InvoiceAlreadyDisputed.
    """
    if not reason.strip():
        raise InvalidField("must not be empty", field="reason")
    if invoice.state != DocumentState.OPEN.value:
        raise InvoiceNotOpen(f"Invoice {invoice.invoice_id} is {invoice.state}, not open.")
    if dispute_of(invoice):
        raise InvoiceAlreadyDisputed(
            f"Invoice {invoice.invoice_id} is disputed already; settle that first."
        )


def check_disputed(invoice: BookInvoice) -> None:
    """Check that there is a dispute to settle; also of an invoice that is paid by now.

    Raises InvoiceNotDisputed.
    """
    if not dispute_of(invoice):
        raise InvoiceNotDisputed(f"Invoice {invoice.invoice_id} is not disputed.")
