"""The named errors of the engine. Their text is written to be shown to a caller."""

from collections.abc import Collection


class CalculationError(Exception):
    """A calculation cannot be made from these books."""


class CurrencyRateMissing(CalculationError):
    """There are amounts in currencies that cannot be added to the others."""

    def __init__(self, currencies: Collection[str], ledger_currency: str) -> None:
        names = sorted(currencies)
        super().__init__(
            f"There are amounts in {', '.join(names)} and no rate to turn them into "
            f"{ledger_currency}."
        )
        self.metadata = {"currencies": ",".join(names)}


class AmountsTooLarge(CalculationError):
    """The amounts together do not fit the integers that the engine adds them in."""

    def __init__(self) -> None:
        super().__init__("The amounts are too large to be added together.")


class NotInLedger(CalculationError):
    """A what-if is about a document, a customer or a recurring payment that the books have not."""
