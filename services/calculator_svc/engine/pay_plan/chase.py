"""Whom to chase, and what it is worth: (P(paid | chased) - P(paid | not)) * balance * time value.

Assumptions, each a parameter of the policy, since no study of this business stands behind them:

- A chase is felt within a window of 14 days: the chance that the invoice is paid by its end rises.
- It rises by a fifth of what is missing to certainty: of customers who would not have paid by then,
  one in five does. So a chase cannot do much where payment is all but sure.
- What is paid by then comes in sooner by the days from the end of the window to the day on which it
  was expected. Each such day is worth a year's rate / 365 of the balance.

An invoice that is not due yet is not chased, and a disputed one is for a person to settle first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from calculator_svc.engine import words
from calculator_svc.engine.inputs import Day, Invoice
from calculator_svc.engine.settlement import due_or_assumed

_WHOLE = 10_000


@dataclass(slots=True)
class OpenInvoice:
    """An open invoice, with what is expected of it if nobody chases.

    `chance` is the probability, in basis points, that it is paid within the window of a chase;
    `expected` is the day on which it is expected, given that it is not paid within the window.
    """

    document: Invoice
    chance: int
    expected: Day


@dataclass(slots=True)
class ChasePolicy:
    """What a chase is assumed to do; `lift` and `value_of_time` (a year) are in basis points."""

    window_days: int = 14
    lift: int = 2_000
    value_of_time: int = 800


@dataclass(slots=True)
class Chase:
    """What it is worth to chase one invoice; amounts in minor units.

    `sooner` is the cash that is to be expected within the window and would not be there without the
    chase, `value` what its coming sooner is worth, and `days` by how many days it comes sooner if
    the chase works; `hundredths` are the days gained on average, in hundredths of a day. `why` are
    its reasons: one where there is nothing to gain, else how late it is, the lift, and the gain.
    """

    invoice: OpenInvoice
    for_a_person: bool
    chance_chased: int
    sooner: int
    days: int
    hundredths: int
    value: int
    why: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Return its reasons as a sentence."""
        if len(self.why) == 1:
            return self.why[0]
        late, lift, gain = self.why
        return f"{late}; {lift}: {gain}"


def rank_chases(
    invoices: Sequence[OpenInvoice],
    as_of: Day,
    policy: ChasePolicy,
    currency: str = "USD",
    minor_units: int = 100,
) -> list[Chase]:
    """Return what each chase is worth, the most first; then the disputed ones, the largest first.

    Chases of equal value go by the cash that they bring, then by due date and id.
    """
    found = [_chase(one, as_of, policy, currency, minor_units) for one in invoices]
    return sorted(found, key=_order)


def _chase(
    one: OpenInvoice, as_of: Day, policy: ChasePolicy, currency: str, minor_units: int
) -> Chase:
    due = due_or_assumed(one.document)
    if one.document.dispute:
        reason = (
            f"disputed ({one.document.dispute}): a person has to settle it before anyone asks for "
            "the money"
        )
        return Chase(one, True, one.chance, 0, 0, 0, 0, (reason,))
    if due >= as_of:
        reason = f"not due until {words.date(due)}"
        return Chase(one, False, one.chance, 0, 0, 0, 0, (reason,))
    gain = policy.lift * (_WHOLE - one.chance) // _WHOLE
    days = max(0, one.expected - (as_of + policy.window_days))
    balance = one.document.balance
    sooner = gain * balance // _WHOLE if days else 0
    value = gain * balance * days * policy.value_of_time // (_WHOLE * _WHOLE * 365)
    if not days:
        reason = f"expected on {words.date(one.expected)} without a chase"
        return Chase(one, False, one.chance + gain, 0, 0, 0, 0, (reason,))
    until = words.date(as_of + policy.window_days)
    why = (
        f"{words.days(as_of - due)} overdue",
        f"a chase lifts the chance that it is paid by {until} from {one.chance // 100}% to "
        f"{(one.chance + gain) // 100}%",
        f"{words.money(sooner, minor_units, currency)} to be expected {words.days(days)} sooner, "
        f"worth {words.money(value, minor_units, currency)}",
    )
    return Chase(one, False, one.chance + gain, sooner, days, gain * days // 100, value, why)


def _order(chase: Chase) -> tuple[bool, int, int, int, Day, str]:
    of_person, document = chase.for_a_person, chase.invoice.document
    balance = document.balance if of_person else 0
    due = due_or_assumed(document)
    return of_person, -balance, -chase.value, -chase.sooner, due, document.id
