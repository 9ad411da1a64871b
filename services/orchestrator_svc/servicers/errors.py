"""How each named error of this service is shown to a caller. A test proves that none is missing."""

import grpc

from orchestrator_svc.domain import errors
from service_kit.errors import Catalogue, ErrorEntry

_INVALID = grpc.StatusCode.INVALID_ARGUMENT
_MISSING = grpc.StatusCode.NOT_FOUND
_STATE = grpc.StatusCode.FAILED_PRECONDITION
_EXISTS = grpc.StatusCode.ALREADY_EXISTS
_FULL = grpc.StatusCode.RESOURCE_EXHAUSTED

CATALOGUE = Catalogue(
    {
        errors.InvalidField: ErrorEntry(_INVALID, "INVALID_FIELDS"),
        errors.CurrencyMismatch: ErrorEntry(_INVALID, "CURRENCY_MISMATCH"),
        errors.RequestIdReused: ErrorEntry(_INVALID, "REQUEST_ID_REUSED"),
        errors.PageTokenInvalid: ErrorEntry(_INVALID, "PAGE_TOKEN_INVALID"),
        errors.BusinessNotFound: ErrorEntry(_MISSING, "BUSINESS_NOT_FOUND"),
        errors.BillNotFound: ErrorEntry(_MISSING, "BILL_NOT_FOUND"),
        errors.InvoiceNotFound: ErrorEntry(_MISSING, "INVOICE_NOT_FOUND"),
        errors.VendorNotFound: ErrorEntry(_MISSING, "VENDOR_NOT_FOUND"),
        errors.AccountNotFound: ErrorEntry(_MISSING, "ACCOUNT_NOT_FOUND"),
        errors.DecisionNotFound: ErrorEntry(_MISSING, "DECISION_NOT_FOUND"),
        errors.PlannedItemNotFound: ErrorEntry(_MISSING, "PLANNED_ITEM_NOT_FOUND"),
        errors.EarmarkNotFound: ErrorEntry(_MISSING, "EARMARK_NOT_FOUND"),
        errors.HandOverNotFound: ErrorEntry(_MISSING, "HAND_OVER_NOT_FOUND"),
        errors.HandOverDone: ErrorEntry(_STATE, "HAND_OVER_DONE"),
        errors.HandOverStatusNotAllowed: ErrorEntry(_STATE, "HAND_OVER_STATUS_NOT_ALLOWED"),
        errors.EtagMismatch: ErrorEntry(grpc.StatusCode.ABORTED, "ETAG_MISMATCH"),
        errors.CurrencyInUse: ErrorEntry(_STATE, "CURRENCY_IN_USE"),
        errors.BillNotOpen: ErrorEntry(_STATE, "BILL_NOT_OPEN"),
        errors.InvoiceNotOpen: ErrorEntry(_STATE, "INVOICE_NOT_OPEN"),
        errors.InvoiceNotDisputed: ErrorEntry(_STATE, "INVOICE_NOT_DISPUTED"),
        errors.NotExposed: ErrorEntry(_STATE, "NOT_EXPOSED"),
        errors.DecisionQueueEmpty: ErrorEntry(_STATE, "DECISION_QUEUE_EMPTY"),
        errors.BusinessAlreadyExists: ErrorEntry(_EXISTS, "BUSINESS_ALREADY_EXISTS"),
        errors.InvoiceAlreadyDisputed: ErrorEntry(_EXISTS, "INVOICE_ALREADY_DISPUTED"),
        errors.DecisionAlreadyQueued: ErrorEntry(_EXISTS, "DECISION_ALREADY_QUEUED"),
        errors.DecisionQueueFull: ErrorEntry(_FULL, "DECISION_QUEUE_FULL"),
        errors.TrayItemNotFound: ErrorEntry(_MISSING, "TRAY_ITEM_NOT_FOUND"),
        errors.TransitionNotAllowed: ErrorEntry(_STATE, "TRANSITION_NOT_ALLOWED"),
        errors.FindingsOutdated: ErrorEntry(grpc.StatusCode.ABORTED, "FINDINGS_OUTDATED"),
        errors.ArchiveInvalid: ErrorEntry(_INVALID, "ARCHIVE_INVALID"),
        errors.ArchiveTooLarge: ErrorEntry(_FULL, "ARCHIVE_TOO_LARGE"),
        errors.ImportTooLarge: ErrorEntry(_FULL, "IMPORT_TOO_LARGE"),
        errors.DigestBeingSent: ErrorEntry(
            grpc.StatusCode.ABORTED, "DIGEST_BEING_SENT", retry_after_seconds=5.0
        ),
        errors.DigestSendingNotFound: ErrorEntry(_MISSING, "DIGEST_SENDING_NOT_FOUND"),
        errors.Contended: ErrorEntry(grpc.StatusCode.ABORTED, "CONTENDED", retry_after_seconds=0.1),
        errors.DatabaseUnavailable: ErrorEntry(
            grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE", retry_after_seconds=1.0
        ),
    }
)
