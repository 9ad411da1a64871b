"""How each named error of the engine is shown to a caller."""

import grpc

from calculator_svc.engine.errors import (
    AmountsTooLarge,
    CurrencyRateMissing,
    NotInLedger,
    TooMuchToCompare,
)
from service_kit.errors import Catalogue, ErrorEntry

CATALOGUE = Catalogue(
    {
        CurrencyRateMissing: ErrorEntry(
            grpc.StatusCode.FAILED_PRECONDITION, "CURRENCY_RATE_MISSING"
        ),
        NotInLedger: ErrorEntry(grpc.StatusCode.INVALID_ARGUMENT, "NOT_IN_LEDGER"),
        TooMuchToCompare: ErrorEntry(grpc.StatusCode.INVALID_ARGUMENT, "TOO_MUCH_TO_COMPARE"),
        AmountsTooLarge: ErrorEntry(grpc.StatusCode.INVALID_ARGUMENT, "AMOUNTS_TOO_LARGE"),
    }
)
