"""The records behind the books on the wire."""

from runway.ledger.v1 import hygiene_records_pb2 as pb

from orchestrator_svc.domain.hygiene_records import HygieneRecords
from orchestrator_svc.servicers import records as wire
from service_kit.wire import to_date


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
        synced_date=None if found.synced_date is None else to_date(found.synced_date),
    )
