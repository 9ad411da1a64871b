"""Every rule, one module an area."""

from calculator_svc.engine.data_quality.issues import Rule
from calculator_svc.engine.data_quality.rules import (
    amounts,
    coding,
    dates,
    duplicates,
    identity,
    open_items,
    plumbing,
    ties,
)

RULES: tuple[Rule, ...] = (
    *open_items.RULES,
    *identity.RULES,
    *duplicates.RULES,
    *amounts.RULES,
    *coding.RULES,
    *dates.RULES,
    *ties.RULES,
    *plumbing.RULES,
)
