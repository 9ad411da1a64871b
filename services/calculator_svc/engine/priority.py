"""How pressing a bill is, and how worth chasing an invoice: points from 0 to 100, each with its
reason.

Points are counted in hundredths, as integers, so that a score is exactly the sum of its factors.

Bills: a hard constraint gives 51 points and all else together at most 49, so that payroll, tax,
rent and critical vendors always come first.

    51  payroll, tax, rent, T1: never late
    25  time: 15 for a bill that must be sent today, less for each of 30 days until then; overdue,
        beyond a documented grace, from 15 to 25 over 30 days
    12  a discount still to be had, in full from an annual rate of 36%: dearer than any overdraft
     8  key vendor (T2)
     4  size, against the cash there is

Invoices: what a chase is worth (`pay_plan.chase`), against the one that is worth the most: that has
100 points. An invoice about which something is decided has none, and comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from calculator_svc.engine import words
from calculator_svc.engine.forecast import BillOutlook, InvoiceOutlook
from calculator_svc.engine.inputs import Bill, Category, Day, Terms, Tier
from calculator_svc.engine.pay_plan.chase import Chase

_HARD, _TIME_LEFT, _TIME_OVERDUE, _DISCOUNT, _KEY, _SIZE = 5100, 1500, 1000, 1200, 800, 400
_TIME_DAYS = 30
_FULL_RATE_PER_CENT = 36
_WHOLE = 10_000
_POINTS = itemgetter(1)
_KEY_TIER = Tier.KEY
_HARD_NAMES = {Category.PAYROLL: "payroll", Category.TAX: "tax", Category.RENT: "rent"}


Factor = tuple[str, int]
"""One reason, in words with its figure, and its points in hundredths."""


@dataclass(slots=True)
class Priority:
    """Rank (1 is first), score in hundredths, and the factors that sum up to it, largest first."""

    rank: int
    hundredths: int
    factors: list[Factor]


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
    return _ranked(bills, [_bill_factors(bill, cash, as_of) for bill in bills])


def rank_invoices(invoices: Sequence[InvoiceOutlook], chases: Sequence[Chase]) -> list[Priority]:
    """Return the priority of each invoice, in the order given; `chases` are those without a
    decision, by rank.

    Those that are decided follow, the given up last; ties go by due date, then id.
    """
    largest = max((chase.value for chase in chases), default=0)
    found = {
        chase.invoice.document.id: Priority(rank, *_worth(chase, largest))
        for rank, chase in enumerate(chases, start=1)
    }
    decided = [invoice for invoice in invoices if invoice.document.id not in found]
    for rank, invoice in enumerate(sorted(decided, key=_decided_order), start=1 + len(chases)):
        given_up = invoice.expected is None
        reason = "given up by a decision" if given_up else "a decision is made about it"
        found[invoice.document.id] = Priority(rank, 0, [(reason, 0)])
    return [found[invoice.document.id] for invoice in invoices]


def _decided_order(invoice: InvoiceOutlook) -> tuple[bool, bool, Day, str]:
    due = invoice.due
    return invoice.expected is None, due is None, due or 0, invoice.document.id


def _worth(chase: Chase, largest: int) -> tuple[int, list[Factor]]:
    """Return the score and the factors; the gain, told last, is what the score is for."""
    score = _WHOLE * chase.value // largest if largest else 0
    *others, gain = chase.why
    return score, [(gain, score), *((reason, 0) for reason in others)]


def _ranked(documents: Sequence[BillOutlook], factors: list[list[Factor]]) -> list[Priority]:
    found: list[Priority] = []
    order: list[tuple[int, bool, Day, str, int, Priority]] = []
    for outlook, own in zip(documents, factors, strict=True):
        own.sort(key=_POINTS, reverse=True)
        score = sum([points for _, points in own])
        priority = Priority(0, score, own)
        found.append(priority)
        due = outlook.due
        order.append((-score, due is None, due or 0, outlook.document.id, len(order), priority))
    order.sort()
    for rank, (*_, priority) in enumerate(order, start=1):
        priority.rank = rank
    return found


def _bill_factors(outlook: BillOutlook, cash: int, as_of: Day) -> list[Factor]:
    bill = outlook.document
    factors = []
    if bill.is_critical:
        factors.append((f"{_hard_name(bill)}, never late", _HARD))
    elif bill.tier is _KEY_TIER:
        factors.append(("key vendor (T2)", _KEY))
    if time := _time(outlook, as_of):
        factors.append(time)
    if bill.terms is not None and bill.terms.discount_basis_points:
        factors += _discount(bill.issue, bill.terms, as_of)
    if size := _size(bill.balance, cash):
        factors.append(size)
    return factors


def _hard_name(bill: Bill) -> str:
    if bill.by_law and bill.category not in _HARD_NAMES:
        return "asked for by law"
    return f"{_HARD_NAMES.get(bill.category, 'critical vendor')} (T1)"


def _time(bill: BillOutlook, as_of: Day) -> Factor | None:
    grace = bill.document.grace_days
    if (late := bill.overdue - grace) > 0:
        points = _TIME_LEFT + _TIME_OVERDUE * min(late, _TIME_DAYS) // _TIME_DAYS
        beyond = f", {words.days(grace)} of it in grace" if grace else ""
        return (f"{words.days(bill.overdue)} overdue{beyond}", points)
    left = bill.latest_safe - as_of
    if bill.due is None or left >= _TIME_DAYS:
        return None
    when = f"{words.days(left)} until it must be sent" if left else "must be sent today"
    return (when, _TIME_LEFT * (_TIME_DAYS - left) // _TIME_DAYS)


def _size(balance: int, cash: int) -> Factor | None:
    if balance > cash:
        return ("more than the cash there is", _SIZE) if balance else None
    points = _SIZE * balance // cash if cash else 0
    return (f"{100 * balance // cash}% of the cash there is", points) if points else None


def _discount(issue: Day, terms: Terms, as_of: Day) -> list[Factor]:
    until = issue + terms.discount_days
    rate = discount_rate(terms) * 100
    points = int(_DISCOUNT * min(1.0, rate / _FULL_RATE_PER_CENT))
    if until < as_of or not points:
        return []
    per_cent = f"{terms.discount_basis_points / 100:g}%"
    text = f"{per_cent} discount until {words.date(until)} ({rate:.1f}% a year)"
    return [(text, points)]
