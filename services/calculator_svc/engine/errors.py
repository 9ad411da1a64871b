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
    """A what-if is about a document, a customer or a payment that the books have not."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}.")
        self.field = field


class TooMuchToCompare(CalculationError):
    """What-ifs and their parts are more courses than are drawn in one request."""

    def __init__(self, courses: int, most: int) -> None:
        super().__init__(
            f"scenarios: together they are {courses} courses, each what-if and each of its parts "
            f"being one, and with so many paths and open invoices {most} can be compared at once; "
            "ask for fewer, or for fewer paths."
        )
        self.field = "scenarios"
        self.metadata = {"courses": str(courses), "most": str(most)}
