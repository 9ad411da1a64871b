"""The disputes about invoices."""

from sqlalchemy import select, update

from orchestrator_svc.domain.books import BookInvoice
from orchestrator_svc.domain.disputes import Dispute
from orchestrator_svc.store.books import document_columns, with_party
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.tables import customer, here, invoice


async def find_invoice(transaction: Transaction, invoice_id: str) -> BookInvoice | None:
    """Return an invoice as it is now, or None."""
    columns = document_columns(invoice, customer, invoice.c.balance_minor, invoice.c.state)
    row = await transaction.row(
        select(*columns)
        .select_from(with_party(invoice, customer))
        .where(here(invoice), here(customer), invoice.c.invoice_id == invoice_id)
    )
    return None if row is None else BookInvoice._make(row)


async def save(transaction: Transaction, invoice_id: str, dispute: Dispute | None) -> None:
    """Note the dispute about an invoice, or that there is none."""
    await transaction.change(
        update(invoice)
        .where(here(invoice), invoice.c.invoice_id == invoice_id)
        .values(
            dispute_reason=dispute and dispute.reason, disputed_at=dispute and dispute.disputed_at
        )
    )
