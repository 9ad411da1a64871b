"""The records behind the books on the wire."""

from runway.ledger.v1 import hygiene_records_pb2 as pb

from orchestrator_svc.domain.hygiene_records import HygieneRecords, undeposited
from orchestrator_svc.servicers import records as wire
from service_kit.wire import to_date, to_money


def to_hygiene_records(found: HygieneRecords) -> pb.HygieneRecords:
    """Return the records of a day on the wire."""
    return pb.HygieneRecords(
        bills=map(wire.to_bill, found.bills),
        invoices=map(wire.to_invoice, found.invoices),
        parties=map(wire.to_party, found.parties),
        accounts=map(wire.to_account, found.accounts),
        payments=map(wire.to_payment, found.payments),
        transactions=map(wire.to_cash_transaction, found.transactions),
        account_movements=[
            pb.AccountMovements(
                account_id=one.account_id,
                days_ago=one.days_ago,
                amounts_minor=one.amounts_minor,
            )
            for one in found.movements
        ],
        undeposited_receipts=[
            pb.UndepositedReceipt(
                record_id=one.record_id,
                sale=one.is_sale,
                party_id=one.party_id,
                received_date=to_date(one.received_date),
                amount=to_money(one.amount_minor, one.currency),
            )
            for one in undeposited(found)
        ],
        synced_date=None if found.synced_date is None else to_date(found.synced_date),
        books_closed_through_date=(
            None if found.closed_through is None else to_date(found.closed_through)
        ),
        sync_gaps=[
            pb.SyncGap(first_date=to_date(first), last_date=to_date(last))
            for first, last in found.days_not_read
        ],
    )
