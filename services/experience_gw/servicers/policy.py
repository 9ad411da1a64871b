"""How a business wants its runway judged: from its settings, for the calculator."""

from runway.calculator.v1.assessment_pb2 import Policy
from runway.ledger.v1.business_pb2 import Business


def policy_of(business: Business) -> Policy:
    """Return a business's policy."""
    thresholds = business.runway_thresholds
    return Policy(
        critical_days=thresholds.critical_days,
        warning_days=thresholds.warning_days,
        healthy_days=thresholds.healthy_days,
        cash_floor=business.cash_floor if business.HasField("cash_floor") else None,
    )
