"""What a source says of a record, as JSON: it is read whole or not at all."""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from orchestrator_svc.domain.ledger import NO_FACTS, SourceFacts


def to_json(facts: SourceFacts) -> dict[str, Any] | None:
    """Return what of the facts is stated; None where nothing is."""
    values = {
        field.name: value
        for field in dataclasses.fields(facts)
        if (value := getattr(facts, field.name)) != field.default
    }
    if facts.changed_date is not None:
        values["changed_date"] = facts.changed_date.isoformat()
    if "account_ids" in values:
        values["account_ids"] = list(facts.account_ids)
    return values or None


def from_json(stored: Mapping[str, Any] | None) -> SourceFacts:
    """Return facts as they are stored."""
    if stored is None:
        return NO_FACTS
    values = dict(stored)
    if changed := values.get("changed_date"):
        values["changed_date"] = datetime.date.fromisoformat(changed)
    if "account_ids" in values:
        values["account_ids"] = tuple(values["account_ids"])
    return SourceFacts(**values)
