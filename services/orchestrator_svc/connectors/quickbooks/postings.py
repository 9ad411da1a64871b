"""What a transaction moves on cash-like accounts: banks, undeposited funds, credit cards."""

from orchestrator_svc.connectors.quickbooks.accounts import CASH_LIKE, LIQUID
from orchestrator_svc.connectors.quickbooks.categories import category_of
from orchestrator_svc.connectors.quickbooks.fields import LONGEST_NAME, FieldError
from orchestrator_svc.domain.ledger import Account, CashCategory, CashPosting
from service_kit.wire import LARGEST_MINOR

MOST_POSTINGS = 1000


class Postings:
    """The postings of one transaction, one for each account, category and counterparty."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._amounts: dict[tuple[str, CashCategory, str], int] = {}

    def post(self, account: Account, minor: int, category: CashCategory, counterparty: str) -> None:
        """Move money on an account; nothing happens to one that is not cash-like.

        Raises FieldError for an account in another currency: no rate says what it would receive.
        """
        if account.kind not in CASH_LIKE or minor == 0:
            return
        if account.currency != self._currency:
            reason = (
                f"is {self._currency}, and {account.display_name} is kept in {account.currency}"
            )
            raise FieldError("CurrencyRef", reason)
        key = account.account_id, category, counterparty[:LONGEST_NAME]
        self._amounts[key] = self._amounts.get(key, 0) + minor

    def move(self, giving: Account, receiving: Account, minor: int, counterparty: str = "") -> None:
        """Move money between two accounts, each for what the other one is."""
        self.post(
            giving, -minor, against(giving, receiving), counterparty or receiving.display_name
        )
        self.post(receiving, minor, against(receiving, giving), counterparty or giving.display_name)

    def all(self) -> tuple[CashPosting, ...]:
        """Return the postings. Raises FieldError when they are more or larger than fit."""
        found = tuple(
            CashPosting(account_id, minor, category, counterparty)
            for (account_id, category, counterparty), minor in self._amounts.items()
            if minor
        )
        if len(found) > MOST_POSTINGS:
            raise FieldError("Line", f"moves cash in more than {MOST_POSTINGS} ways")
        if any(abs(posting.amount_minor) > LARGEST_MINOR for posting in found):
            raise FieldError("Line", "is too large together")
        return found


def against(account: Account, other: Account | None) -> CashCategory:
    """Return what a movement on a cash-like account is for, when `other` is on the other side: with
    a card on either side money is lent or given back.
    """
    if other is None or other.kind not in CASH_LIKE:
        return category_of(other)
    liquid = account.kind in LIQUID and other.kind in LIQUID
    return CashCategory.TRANSFER if liquid else CashCategory.FINANCING


def is_cash_like(account: Account | None) -> bool:
    """Return whether an account is a bank, undeposited funds or a credit card."""
    return account is not None and account.kind in CASH_LIKE
