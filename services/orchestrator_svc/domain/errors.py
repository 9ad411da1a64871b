"""What can be wrong with a request, by name. `servicers.errors` says how each is shown to a caller.

The text of each is written for the caller. `field` is the path of the request's field at fault.
"""

from collections.abc import Mapping


class OrchestratorError(Exception):
    """Something that a caller may be told."""

    field: str = ""
    metadata: Mapping[str, str] = {}

    def __init__(self, message: str, field: str = "", **metadata: str) -> None:
        super().__init__(message)
        self.field = field
        self.metadata = metadata


class BusinessNotFound(OrchestratorError):
    """There is no such business, or it is not the caller's: the two answer alike."""


class BusinessAlreadyExists(OrchestratorError):
    """The business_id is taken."""


class CurrencyInUse(OrchestratorError):
    """The currency cannot change once there are books."""


class InvalidField(OrchestratorError):
    """A field's value breaks a rule."""


class CurrencyMismatch(OrchestratorError):
    """An amount is in another currency than what it refers to."""


class RequestIdReused(OrchestratorError):
    """The request_id was used before with another body."""


class EtagMismatch(OrchestratorError):
    """What was read has changed since."""


class PageTokenInvalid(OrchestratorError):
    """The page token is of another business or query, or none at all."""


class BillNotFound(OrchestratorError):
    """There is no such bill in this business."""


class InvoiceNotFound(OrchestratorError):
    """There is no such invoice in this business."""


class VendorNotFound(OrchestratorError):
    """There is no such vendor in this business."""


class AccountNotFound(OrchestratorError):
    """There is no such account in this business."""


class DecisionNotFound(OrchestratorError):
    """There is no such decision in this business's queue."""


class PlannedItemNotFound(OrchestratorError):
    """There is no such planned item in this business."""


class EarmarkNotFound(OrchestratorError):
    """There is no such earmark in this business."""


class HandOverNotFound(OrchestratorError):
    """There is no such hand-over in this business."""


class HandOverDone(OrchestratorError):
    """The hand-over is done, and nothing of it changes any more."""


class HandOverStatusNotAllowed(OrchestratorError):
    """The status cannot follow on the one that the hand-over has."""


class BillNotOpen(OrchestratorError):
    """Nothing is owed on the bill any more."""


class InvoiceNotOpen(OrchestratorError):
    """Nothing is owed on the invoice any more."""


class InvoiceAlreadyDisputed(OrchestratorError):
    """A dispute about the invoice is noted already."""


class InvoiceNotDisputed(OrchestratorError):
    """There is no dispute about the invoice to settle."""


class DecisionAlreadyQueued(OrchestratorError):
    """The document has a queued decision already."""


class DecisionQueueFull(OrchestratorError):
    """The queue holds as many decisions as it may."""


class NotExposed(OrchestratorError):
    """A business cannot convert in an experiment of which it has seen nothing."""


class DecisionQueueEmpty(OrchestratorError):
    """There is nothing to finalise."""


class TrayItemNotFound(OrchestratorError):
    """The tray of this business has no item of such an issue."""


class TransitionNotAllowed(OrchestratorError):
    """The status cannot be set from the one that the item has."""


class FindingsOutdated(OrchestratorError):
    """Findings of later books are recorded already."""


class ImportTooLarge(OrchestratorError):
    """The import has more records than one transaction may hold."""


class ArchiveInvalid(OrchestratorError):
    """An archive cannot be restored as it is."""


class ArchiveTooLarge(OrchestratorError):
    """An archive is larger than can be restored at once."""


class DigestBeingSent(OrchestratorError):
    """Another call is sending the digest right now."""


class DigestSendingNotFound(OrchestratorError):
    """There is no such sending of a digest in this business."""


class Contended(OrchestratorError):
    """Other changes at the same time undid this one, however often it was begun again."""


class DatabaseUnavailable(OrchestratorError):
    """The database cannot be reached, or does not take writes."""
