"""Customers, vendors and payment terms."""

import re

from orchestrator_svc.connectors.quickbooks import fields
from orchestrator_svc.connectors.quickbooks.fields import Json
from orchestrator_svc.domain.ledger import Party, PartyRole, PaymentTerms

_DISCOUNT = re.compile(r"^\s*(\d+(?:\.\d{1,2})?)\s*%?\s*[/ ]?\s*(\d+)\s*[,/ ]*\s*net\s*(\d+)", re.I)
_NET = re.compile(r"\bnet\s*(\d+)", re.I)
_RECEIPT = re.compile(r"\b(due )?(up)?on receipt\b", re.I)


def terms(name: str) -> PaymentTerms | None:
    """Read terms by their name: "Net 30", "Due on receipt", "2% 10 Net 30".

    Returns None for a name that says nothing of days.
    """
    if match := _DISCOUNT.match(name):
        percent, discount_days, net_days = match.groups()
        basis_points = round(float(percent) * 100)
        return _checked(name, int(net_days), int(discount_days), basis_points)
    if match := _NET.search(name):
        return _checked(name, int(match[1]), 0, 0)
    if _RECEIPT.search(name):
        return _checked(name, 0, 0, 0)
    return None


def _checked(name: str, net: int, discount: int, basis_points: int) -> PaymentTerms | None:
    if net > 3650 or discount > 3650 or basis_points > 10_000:
        return None
    return PaymentTerms(name[:128], net, discount, basis_points)


def party(record: Json, role: PartyRole, home: str, terms_by_id: dict[str, str]) -> Party:
    """Read a Customer or Vendor. Raises FieldError.

    `terms_by_id` names the terms by id: a party's reference often lacks the name.
    """
    currency = fields.currency_of(record, home)
    field = "TermRef" if role is PartyRole.VENDOR else "SalesTermRef"
    name = fields.reference_name(record, field)
    name = name or terms_by_id.get(fields.reference(record, field), "")
    return Party(
        party_id=fields.required_text(record, "Id"),
        role=role,
        display_name=fields.text(record, "DisplayName"),
        active=fields.flag(record, "Active", True),
        balance_minor=fields.amount(record, "Balance", currency) or 0,
        currency=currency,
        terms=terms(name) if name else None,
        source_version=fields.version(record),
    )


def placeholder(party_id: str, role: PartyRole, name: str, currency: str) -> Party:
    """Return a party that documents refer to and the source left out, as it does inactive ones."""
    return Party(party_id, role, name or party_id, False, 0, currency, None, 0)
