"""What a reading knows when it reads a transaction: accounts, parties, terms, earlier ones."""

from dataclasses import dataclass, field

from orchestrator_svc.connectors.quickbooks.accounts import Chart
from orchestrator_svc.connectors.quickbooks.parties import Parties
from orchestrator_svc.connectors.quickbooks.terms import TermNames
from orchestrator_svc.domain.ledger import CashCategory


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in: from whom, and to which account."""

    payer: str
    account_id: str


@dataclass(slots=True)
class Books:
    """The records that others refer to. `home` is the company's currency; a receipt's key is its
    type and id, as a deposit's link to it says them.
    """

    home: str
    terms: TermNames
    chart: Chart = field(default_factory=Chart)
    parties: Parties = field(default_factory=Parties)
    bill_categories: dict[str, CashCategory] = field(default_factory=dict)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
