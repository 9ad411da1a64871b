"""Customers and vendors."""

from orchestrator_svc.connectors.quickbooks.fields import Record, Reference
from orchestrator_svc.connectors.quickbooks.lifecycle import is_deleted
from orchestrator_svc.connectors.quickbooks.terms import TermNames, party_terms
from orchestrator_svc.domain.ledger import Party, PartyRole

_TERMS = {PartyRole.CUSTOMER: "SalesTermRef", PartyRole.VENDOR: "TermRef"}


def party(record: Record, role: PartyRole, home: str, names: TermNames) -> Party:
    """Read a Customer or a Vendor. Raises FieldError."""
    party_id = record.identifier("Id")
    currency = record.currency(home)
    return Party(
        party_id=party_id,
        role=role,
        display_name=record.text("DisplayName") or party_id,
        active=record.flag("Active", True) and not is_deleted(record),
        balance_minor=record.amount("Balance", currency),
        currency=currency,
        terms=party_terms(names.stated(record, _TERMS[role])),
        source_version=record.version(),
    )


def placeholder(role: PartyRole, reference: Reference, currency: str) -> Party:
    """Return a party of which only a document tells: QuickBooks leaves inactive ones out."""
    name = reference.name or reference.value
    return Party(reference.value, role, name, False, 0, currency, None, 0)


class Parties:
    """The parties of a reading, and those that its documents refer to without their being there."""

    def __init__(self) -> None:
        self._known: dict[tuple[PartyRole, str], Party] = {}

    def add(self, party: Party) -> None:
        """Add a party; of two with one id the newer counts."""
        known = self.find(party.role, party.party_id)
        if known is None or known.source_version <= party.source_version:
            self._known[party.role, party.party_id] = party

    def find(self, role: PartyRole, party_id: str) -> Party | None:
        """Return a party, None when it is not there."""
        return self._known.get((role, party_id))

    def name(self, role: PartyRole, reference: Reference | None) -> str:
        """Return what the party that is referred to is called, by its record or the reference."""
        if reference is None:
            return ""
        known = self.find(role, reference.value)
        return known.display_name if known else reference.name

    def entity_name(self, reference: Reference | None, type_name: str) -> str:
        """Return the name of a payee or payer, of whom QuickBooks says which list it is on."""
        roles = {"Customer": PartyRole.CUSTOMER, "Vendor": PartyRole.VENDOR}
        if reference is None or type_name not in roles:
            return reference.name if reference else ""
        return self.name(roles[type_name], reference)
