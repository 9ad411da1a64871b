"""Made-up worlds of which the truth is known, and shorthands to ask about them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from runway.ledger.v1.pay_date_profile_pb2 import PayDateProfile

from calculator_svc.engine.inputs import Day
from calculator_svc.engine.receivables.observations import Observations, PastInvoice, columns
from calculator_svc.engine.receivables.profile import OpenInvoices, Prediction, Profile
from calculator_svc.servicers.pay_date_profiles import profile_fields, to_profile
from calculator_svc.servicers.reading import Reader

TODAY: Day = 738_000
"""A day of which nothing depends."""


@dataclass(frozen=True, slots=True)
class World:
    """Customers pay `means` days late, give or take `scale`; `common` days are everyone's a month.

    Days late are normal, rounded to whole days, and no invoice is paid before it is written.
    Customers have `terms` by turns; those of the second are `apart` days later, those of the third
    twice that, and scatter by `wider` times as much each.
    """

    customers: int = 20
    invoices: int = 30
    days: int = 360
    scale: float = 6.0
    spread: float = 8.0
    drift: float = 0.0
    common: float = 0.0
    party: float = 0.0
    seed: int = 1
    terms: tuple[int, ...] = (30,)
    apart: float = 0.0
    wider: float = 1.0

    def means(self) -> dict[str, float]:
        """Return by how many days each customer is late on average, today."""
        generator = np.random.Generator(np.random.PCG64([self.seed, 0]))
        return {
            f"customer {i:02}": float(mean) + self.apart * (i % len(self.terms))
            for i, mean in enumerate(generator.normal(2, self.spread, self.customers))
        }

    def history(self) -> list[PastInvoice]:
        """Return every invoice of the last `days` days, with the day on which it will be paid."""
        generator = np.random.Generator(np.random.PCG64([self.seed, 1]))
        months = self.days // 30 + 1
        common = generator.normal(0, 1, months) * self.common
        past = []
        for i, (party_id, mean) in enumerate(self.means().items()):
            segment = i % len(self.terms)
            scale = self.scale * self.wider**segment
            own = generator.normal(0, 1, months) * self.party
            for _ in range(self.invoices):
                ago = int(generator.integers(0, self.days))
                late = mean + generator.normal(0, scale) - self.drift * ago / 365.25
                late += common[ago // 30] + own[ago // 30]
                issue = TODAY - ago
                due = issue + self.terms[segment]
                past.append(PastInvoice(party_id, issue, due, max(due + round(late), issue)))
        return past


def known_on(history: Sequence[PastInvoice], day: Day) -> Observations:
    """Return what was known of a history on a day."""
    return columns(history).on(day)[0]


def paid(party_id: str, days_late: Sequence[int], last_due: Day = TODAY - 40) -> list[PastInvoice]:
    """Return paid invoices of one customer, a week apart, so many days late."""
    dues = [last_due - 7 * i for i in range(len(days_late))]
    return [
        PastInvoice(party_id, due - 30, due, due + late)
        for due, late in zip(dues, days_late, strict=True)
    ]


def ask(profile: Profile, *overdue: int, party_id: str = "new", as_of: Day = TODAY) -> Prediction:
    """Return the prediction for invoices of one customer that are so many days overdue."""
    return Prediction(
        profile,
        OpenInvoices(
            as_of,
            [party_id] * len(overdue),
            np.array([as_of - days for days in overdue], dtype=np.int64),
            [f"invoice {i}" for i in range(len(overdue))],
        ),
    )


def stored_and_read(profile: Profile) -> Profile:
    """Return a profile as it comes back from the bytes that it was kept as."""
    content = PayDateProfile(**profile_fields(profile)).SerializeToString()
    found = to_profile(PayDateProfile.FromString(content), Reader("USD"))
    assert found is not None
    return found
