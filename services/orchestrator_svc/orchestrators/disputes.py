"""Noting and settling disputes about invoices."""

from orchestrator_svc.domain import disputes as rules
from orchestrator_svc.domain.books import BookInvoice
from orchestrator_svc.domain.disputes import Dispute
from orchestrator_svc.domain.errors import InvoiceNotFound
from orchestrator_svc.orchestrators.mutations import Answer, Mutation, Mutations, Scope
from orchestrator_svc.store import disputes
from orchestrator_svc.store.journal import Change


class DisputeOrchestrator:
    """Keeps which invoices are disputed. Both changes result in the invoice as it then stands."""

    def __init__(self, mutations: Mutations) -> None:
        self._mutations = mutations

    async def dispute(
        self, business_id: str, invoice_id: str, reason: str, mutation: Mutation[Answer]
    ) -> Answer:
        """Note that a customer contests an invoice.

        Raises BusinessNotFound, InvoiceNotFound, InvoiceNotOpen, InvoiceAlreadyDisputed,
        InvalidField, RequestIdReused.
        """

        async def work(scope: Scope) -> BookInvoice:
            rules.check_disputable(await _find(scope, invoice_id), reason)
            return await _save(scope, invoice_id, None, Dispute(reason, scope.now))

        return await self._mutations.run(business_id, mutation, work)

    async def settle(self, business_id: str, invoice_id: str, mutation: Mutation[Answer]) -> Answer:
        """Note that nobody contests an invoice any more.

        Raises BusinessNotFound, InvoiceNotFound, InvoiceNotDisputed, RequestIdReused.
        """

        async def work(scope: Scope) -> BookInvoice:
            found = await _find(scope, invoice_id)
            rules.check_disputed(found)
            return await _save(scope, invoice_id, rules.dispute_of(found), None)

        return await self._mutations.run(business_id, mutation, work)


async def _find(scope: Scope, invoice_id: str) -> BookInvoice:
    found = await disputes.find_invoice(scope.transaction, invoice_id)
    if found is None:
        raise InvoiceNotFound(f"There is no invoice {invoice_id}.", field="invoice_id")
    return found


async def _save(
    scope: Scope, invoice_id: str, before: Dispute | None, after: Dispute | None
) -> BookInvoice:
    await disputes.save(scope.transaction, invoice_id, after)
    await scope.record(Change("invoice_dispute", invoice_id, before, after))
    return await _find(scope, invoice_id)
