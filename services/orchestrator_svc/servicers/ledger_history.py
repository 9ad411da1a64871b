"""The books of a span of days on the wire."""

from orchestrator_svc.domain.ledger_history import LedgerHistory, Settlement
from orchestrator_svc.servicers import mapping
from service_kit.wire import Fields, date_fields, money_fields


def to_history(history: LedgerHistory) -> Fields:
    """Return the fields of a LedgerHistory."""
    home = history.books.business.currency
    return {
        "ledger": mapping.to_ledger(history.books),
        "first_date": date_fields(history.first),
        "settled_bills": [
            {"bill": mapping.to_bill(one.document, home), "settled_date": date_fields(one.settled)}
            for one in history.settled_bills
        ],
        "settled_invoices": [
            {"invoice": mapping.to_invoice(one.document), "settled_date": date_fields(one.settled)}
            for one in history.settled_invoices
        ],
        "settlements": [_to_settlement(one) for one in history.settlements],
        "pending_decisions": [
            {
                "start_date": date_fields(pending.start),
                "decisions": [mapping.to_decision(decision) for decision in pending.decisions],
            }
            for pending in history.pending
        ],
    }


def _to_settlement(settlement: Settlement) -> Fields:
    return {
        "settlement_date": date_fields(settlement.day),
        "application": {
            "bill_id" if settlement.is_bill else "invoice_id": settlement.document_id,
            "amount": money_fields(settlement.amount_minor, settlement.currency),
        },
    }
