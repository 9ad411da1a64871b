"""How pressing a bill is, and how worth chasing an invoice: points from 0 to 100, each with its reason.

Points are counted in hundredths, as integers, so that a score is exactly the sum of its factors.

Bills: a hard constraint gives 51 points and all else together at most 49, so that payroll, tax, rent
and critical vendors always come first.

    51  payroll, tax, rent, T1: never late
    25  time: 15 for a bill that must be sent today, less for each of 30 days until then; overdue
        from 15 to 25 over 30 days
    12  a discount still to be had, in full from an annual rate of 36%: dearer than any overdraft
     8  key vendor (T2)
     4  size, against the cash there is

Invoices: what is gained by chasing is time times money.

    60  days from due date to expected date, times balance, against the largest of the invoices
    25  days overdue, in full from 90
    15  share of what all customers owe
"""

from collections.abc import Sequence
from dataclasses import dataclass

from calculator_svc.engine import words
from calculator_svc.engine.calendar import business_days_before, next_business_day
from calculator_svc.engine.forecast import BillOutlook, InvoiceOutlook
from calculator_svc.engine.inputs import Bill, Category, Day, Terms, Tier
from calculator_svc.engine.settlement import ASSUMED_NET_DAYS, days_overdue, stated_due

RAIL_DAYS = 2
"""Business days from sending a payment off until it arrives (ACH, SEPA)."""

_HARD, _TIME_LEFT, _TIME_OVERDUE, _DISCOUNT, _KEY, _SIZE = 5100, 1500, 1000, 1200, 800, 400
_TIME_DAYS = 30
_FULL_RATE_PER_CENT = 36
_VALUE, _AGE, _SHARE = 6000, 2500, 1500
_AGE_DAYS = 90
_HARD_NAMES = {Category.PAYROLL: "payroll", Category.TAX: "tax", Category.RENT: "rent"}


@dataclass(slots=True)
class Factor:
    """One reason, in words with its figure, and its points in hundredths."""

    words: str
    hundredths: int


@dataclass(slots=True)
class Priority:
    """Rank (1 is first), score in hundredths, and the factors that it is the sum of, largest first."""

    rank: int
    hundredths: int
    factors: list[Factor]


def latest_safe_day(bill: Bill, as_of: Day) -> Day:
    """Return the last business day on which a payment sent off is still in time.

    The due date less two business days of rail; the next business day when that has passed or the
    bill has no due date.
    """
    due = stated_due(bill)
    if due is not None:
        safe = business_days_before(due, RAIL_DAYS)
        if safe >= as_of:
            return safe
    return next_business_day(as_of)


def discount_rate(terms: Terms) -> float:
    """Return what a discount earns a year, as a fraction: d/(1-d) * 365/(net - discount days).

    The usual price of trade credit: 2/10 net 30 is 37.2% a year. 0 where there is no discount, or
    nothing is gained by it.
    """
    earlier = terms.net_days - terms.discount_days
    points = terms.discount_basis_points
    if earlier <= 0 or not 0 < points < 10_000:
        return 0.0
    return points / (10_000 - points) * 365 / earlier


def rank_bills(bills: Sequence[BillOutlook], cash: int, as_of: Day) -> list[Priority]:
    """Return the priority of each bill, in the order given; ties go by due date, then id."""
    factors = [_bill_factors(bill.document, cash, as_of) for bill in bills]
    return _ranked(factors, [_order(bill.document.id, stated_due(bill.document)) for bill in bills])


def rank_invoices(invoices: Sequence[InvoiceOutlook], as_of: Day) -> list[Priority]:
    """Return the priority of each invoice, in the order given; ties go by due date, then id."""
    values = [_value(invoice) for invoice in invoices]
    largest = max(values, default=0)
    owed = sum(invoice.document.balance for invoice in invoices)
    factors = [
        _invoice_factors(invoice, value, largest, owed, as_of)
        for invoice, value in zip(invoices, values, strict=True)
    ]
    keys = [_order(invoice.document.id, stated_due(invoice.document)) for invoice in invoices]
    return _ranked(factors, keys)


def _ranked(factors: list[list[Factor]], keys: list[tuple[bool, Day, str]]) -> list[Priority]:
    scores = [sum(factor.hundredths for factor in own) for own in factors]
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], keys[i]))
    ranks = [0] * len(order)
    for rank, i in enumerate(order, start=1):
        ranks[i] = rank
    return [Priority(*each) for each in zip(ranks, scores, factors, strict=True)]


def _order(key: str, due: Day | None) -> tuple[bool, Day, str]:
    return (due is None, due or 0, key)


def _sorted(factors: list[Factor]) -> list[Factor]:
    """Return the factors that give points, the largest first."""
    given = [factor for factor in factors if factor.hundredths]
    given.sort(key=lambda factor: -factor.hundredths)
    return given


def _bill_factors(bill: Bill, cash: int, as_of: Day) -> list[Factor]:
    factors = [_time(bill, as_of), _size(bill.balance, cash)]
    if bill.is_critical:
        name = _HARD_NAMES.get(bill.category, "critical vendor")
        factors.append(Factor(f"{name} (T1), never late", _HARD))
    elif bill.tier is Tier.KEY:
        factors.append(Factor("key vendor (T2)", _KEY))
    if bill.terms is not None and bill.terms.discount_basis_points:
        factors.append(_discount(bill.issue, bill.terms, as_of))
    return _sorted(factors)


def _time(bill: Bill, as_of: Day) -> Factor:
    overdue = days_overdue(bill, as_of)
    if overdue:
        points = _TIME_LEFT + _TIME_OVERDUE * min(overdue, _TIME_DAYS) // _TIME_DAYS
        return Factor(f"{words.days(overdue)} overdue", points)
    if stated_due(bill) is None:
        return Factor("no due date", 0)
    left = latest_safe_day(bill, as_of) - as_of
    points = _TIME_LEFT * max(0, _TIME_DAYS - left) // _TIME_DAYS
    when = f"{words.days(left)} until it must be sent" if left else "must be sent today"
    return Factor(when, points)


def _size(balance: int, cash: int) -> Factor:
    if balance > cash:
        return Factor("more than the cash there is", _SIZE if balance else 0)
    share = balance * 100 // cash if cash else 0
    return Factor(f"{share}% of the cash there is", _SIZE * share // 100)


def _discount(issue: Day, terms: Terms, as_of: Day) -> Factor:
    until = issue + terms.discount_days
    rate = discount_rate(terms) * 100
    if until < as_of:
        return Factor("", 0)
    return Factor(
        f"{terms.discount_basis_points / 100:g}% discount until {words.date(until)} "
        f"({rate:.1f}% a year)",
        int(_DISCOUNT * min(1.0, rate / _FULL_RATE_PER_CENT)),
    )


def _value(invoice: InvoiceOutlook) -> int:
    """Return the time value of an invoice: days from due to expected, times balance."""
    document = invoice.document
    if invoice.expected is None:
        return 0
    due = stated_due(document)
    if due is None:
        due = document.issue + ASSUMED_NET_DAYS
    return max(0, invoice.expected - due) * document.balance


def _invoice_factors(
    invoice: InvoiceOutlook, value: int, largest: int, owed: int, as_of: Day
) -> list[Factor]:
    if invoice.expected is None:
        return [Factor("given up by a decision", 0)]
    overdue = days_overdue(invoice.document, as_of)
    balance = invoice.document.balance
    ahead = words.days(invoice.expected - as_of)
    return _sorted(
        [
            Factor(f"expected {ahead} from now", _VALUE * value // largest if largest else 0),
            Factor(f"{words.days(overdue)} overdue", _AGE * min(overdue, _AGE_DAYS) // _AGE_DAYS),
            Factor(
                f"{balance * 100 // owed if owed else 0}% of what is owed",
                _SHARE * balance // owed if owed else 0,
            ),
        ]
    )
