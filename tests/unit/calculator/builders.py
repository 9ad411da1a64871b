"""Books for tests: each builder gives a valid whole and takes what the test is about.

Days are given as days from `TODAY`, a Tuesday, which is the as_of of all books.
"""

import datetime
from typing import Any

import numpy as np

from calculator_svc.engine.inputs import (
    Action,
    Bill,
    Books,
    Category,
    Decision,
    Earmark,
    Invoice,
    Planned,
    Policy,
    Role,
    Series,
    Settlements,
)
from calculator_svc.engine.receivables.calibration import LEVELS
from calculator_svc.engine.receivables.dependence import Dependence
from calculator_svc.engine.receivables.model import SEGMENTS, SHAPE_POINTS, Model
from calculator_svc.engine.receivables.profile import Profile

TODAY = datetime.date(2026, 5, 5).toordinal()
POLICY = Policy()


def day(text: str) -> int:
    """Return an ISO date as a day."""
    return datetime.date.fromisoformat(text).toordinal()


def books(**fields: Any) -> Books:
    """Return books with 1,000.00 USD of cash and nothing else."""
    return Books(**{"as_of": TODAY, "cash": 100_000, **fields})


def bill(key: str = "bill-1", due: int | None = 10, balance: int = 10_000, **fields: Any) -> Bill:
    """Return an open bill of 100.00, due in `due` days, issued 20 days earlier."""
    given = {"party_id": "vendor-1", "name": "Acme", "issue": TODAY + (due or 0) - 20, **fields}
    return Bill(id=key, due=None if due is None else TODAY + due, balance=balance, **given)


def invoice(
    key: str = "invoice-1", due: int | None = 10, balance: int = 10_000, **fields: Any
) -> Invoice:
    """Return an open invoice of 100.00, due in `due` days, issued 20 days earlier."""
    given = {"party_id": "customer-1", "name": "Bolt", "issue": TODAY + (due or 0) - 20, **fields}
    return Invoice(id=key, due=None if due is None else TODAY + due, balance=balance, **given)


def decision(
    action: Action,
    about: str = "bill-1",
    key: str = "decision-1",
    in_days: int = 0,
    amount: int = 0,
) -> Decision:
    """Return a decision about a document, for a day `in_days` from today."""
    return Decision(key, action, about, TODAY + in_days if in_days else None, amount)


def planned(in_days: int, amount: int, **fields: Any) -> Planned:
    """Return a planned item, once."""
    return Planned(
        **{"id": "planned-1", "name": "Hire", **fields}, first=TODAY + in_days, amount=amount
    )


def earmark(amount: int = 10_000, until: int | None = None) -> Earmark:
    """Return cash set aside until `until` days from today, or for good."""
    return Earmark("earmark-1", "Tax", amount, None if until is None else TODAY + until)


def series(
    days_ago: list[int],
    amount: int | list[int] = -5_000,
    category: Category = Category.OTHER,
    counterparty: str = "Power & Light",
) -> Series:
    """Return past movements, all of one amount or each of its own."""
    amounts = amount if isinstance(amount, list) else [amount] * len(days_ago)
    return Series(category, counterparty, days_ago, amounts)


def on_dates(*dates: str, **fields: Any) -> Series:
    """Return past movements on the given dates."""
    return series([TODAY - day(date) for date in dates], **fields)


def settled(
    late: list[int], role: Role = Role.CUSTOMER, party_id: str = "customer-1", terms: int = 20
) -> Settlements:
    """Return how a party settled its documents: days late, each of `terms` days."""
    return Settlements(role, party_id, [terms + days for days in late], late)


def paid(late: list[int], party_id: str = "customer-1") -> Settlements:
    """Return how a customer settled its invoices of 20 days, one every five days."""
    ago = [10 + 5 * place for place in range(len(late))]
    return Settlements(Role.CUSTOMER, party_id, [20 + days for days in late], late, ago)


def certain(late: int = 0, fitted_on: int = TODAY) -> Profile:
    """Return a profile by which everyone is sure to pay so many days after the due date."""
    return Profile(
        fitted_on,
        observations=12,
        party_ids=["customer-1"],
        model=Model(
            means=np.array([float(late)]),
            scales=np.array([1e-3]),
            new_means=np.full(SEGMENTS, float(late)),
            new_scales=np.full(SEGMENTS, 1e-3),
            shape=np.linspace(-1, 1, SHAPE_POINTS),
            tail_share=1e-6,
            drift=0.0,
        ),
        calibrated=LEVELS,
        dependence=Dependence(0.0, 0.0),
    )
