"""Whether a record of the source still stands: deleted, voided, open or done."""

from orchestrator_svc.connectors.quickbooks.fields import Record
from orchestrator_svc.domain.ledger import DocumentState

GONE = frozenset({DocumentState.VOIDED, DocumentState.DELETED})


def is_deleted(record: Record) -> bool:
    """Return whether the source has deleted the record."""
    return record.text("status") == "Deleted"


def is_only_deleted(record: Record) -> bool:
    """Return whether a record says that it was deleted and nothing else, as QuickBooks' news of
    changes does.
    """
    return is_deleted(record) and not record.has("TxnDate")


def state_of(record: Record, total_minor: int, open_minor: int) -> DocumentState:
    """Return where a record stands, whose whole amount and what is open of it are given.

    QuickBooks has no mark for a void: it sets the amounts to zero and notes it.
    """
    if is_deleted(record):
        return DocumentState.DELETED
    if total_minor == 0 and "voided" in record.text("PrivateNote", longest=4000).casefold():
        return DocumentState.VOIDED
    return DocumentState.OPEN if open_minor > 0 else DocumentState.PAID
