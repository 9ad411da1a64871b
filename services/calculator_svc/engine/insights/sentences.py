"""Sentences worth reading, each with its figures and the documents behind them.

No sentence is without a figure from the books, and each figure stands in its sentence in words.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from calculator_svc.engine import words
from calculator_svc.engine.forecast import BillOutlook, InvoiceOutlook
from calculator_svc.engine.inputs import Books, Day, Planned, Repeat
from calculator_svc.engine.runway import Runway

STALE_DAYS = 60
"""After so many days without a change, what is planned by hand is asked about."""

CONCENTRATED_PER_CENT = 40
"""From which share of what customers owe on, one customer is named for it."""


class Kind(IntEnum):
    """What an insight is about. The numbers are those of the protos."""

    RUNWAY = 1
    CASH = 2
    PAYROLL = 3
    LOW_WATER = 4
    OVERDUE_INVOICES = 5
    OVERDUE_BILLS = 6
    CONCENTRATION = 7
    NEW_INVOICES = 8
    STALE_PLANS = 9


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it stands in its sentence, and what it is: an amount, a number or a day."""

    text: str
    amount: int | None = None
    number: int | None = None
    day: Day | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence, its figures, and the documents behind them, by id."""

    kind: Kind
    sentence: str
    figures: list[Figure]
    bills: list[str] = field(default_factory=list)
    invoices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Situation:
    """What sentences are made of: the books before and now, with their runways, and the open
    documents now.
    """

    before: Books
    now: Books
    runway_before: Runway
    runway: Runway
    bills: Sequence[BillOutlook]
    invoices: Sequence[InvoiceOutlook]


def insights(of: Situation) -> list[Insight]:
    """Return what is worth knowing, the most pressing first."""
    write = _Writer(of.now)
    found = [
        *_runway(of, write),
        *_payroll(of.runway, write),
        *_low_water(of.runway, write),
        *_overdue_invoices(of.invoices, write),
        *_overdue_bills(of.bills, write),
        *_stale_plans(of.now, write),
        *_concentration(of.invoices, write),
        *_cash(of, write),
        *_new_invoices(of, write),
    ]
    return found


class _Writer:
    def __init__(self, books: Books) -> None:
        self._minor_units, self._currency = books.minor_units, books.currency

    def money(self, amount: int) -> Figure:
        return Figure(words.money(amount, self._minor_units, self._currency), amount=amount)

    @staticmethod
    def day(day: Day) -> Figure:
        return Figure(words.day(day), day=day)

    @staticmethod
    def days(number: int) -> Figure:
        return Figure(words.days(number), number=number)

    @staticmethod
    def count(number: int, noun: str) -> Figure:
        return Figure(f"{number} {noun}{'s' * (number != 1)}", number=number)


def _say(kind: Kind, text: str, *figures: Figure, **documents: list[str]) -> Insight:
    """Put figures into the places of a sentence."""
    sentence = text.format(*(figure.text for figure in figures))
    return Insight(kind, sentence, list(figures), **documents)


def _runway(of: Situation, write: _Writer) -> Iterator[Insight]:
    zero, before, since = of.runway.zero, of.runway_before.zero, write.day(of.before.as_of)
    if zero is None:
        if before is not None:
            text = "Cash no longer runs out within {}; on {} it was to run out on {}."
            horizon = write.days(91)
            yield _say(Kind.RUNWAY, text, horizon, since, write.day(before))
        return
    if before is None:
        text = "Cash runs out on {}; on {} no such day was in sight."
        yield _say(Kind.RUNWAY, text, write.day(zero), since)
    elif zero == before:
        text = "Cash runs out on {}, as was to be expected on {}."
        yield _say(Kind.RUNWAY, text, write.day(zero), since)
    else:
        moved = write.days(abs(zero - before))
        text = f"Cash runs out on {{}}, {{}} {'later' if zero > before else 'earlier'} than seemed"
        yield _say(Kind.RUNWAY, f"{text} on {{}}.", write.day(zero), moved, since)


def _payroll(runway: Runway, write: _Writer) -> Iterator[Insight]:
    payroll = runway.payroll
    if payroll is None:
        return
    amount, day = write.money(payroll.amount), write.day(payroll.day)
    if payroll.cash_after >= 0:
        text = "Payroll of {} on {} clears, with {} left that evening."
        yield _say(Kind.PAYROLL, text, amount, day, write.money(payroll.cash_after))
    else:
        text = "Payroll of {} on {} does not clear: {} are missing."
        yield _say(Kind.PAYROLL, text, amount, day, write.money(-payroll.cash_after))


def _low_water(runway: Runway, write: _Writer) -> Iterator[Insight]:
    text = "Within 13 weeks cash is lowest on {}, at {}."
    yield _say(Kind.LOW_WATER, text, write.day(runway.lowest_day), write.money(runway.lowest))


def _overdue_invoices(invoices: Sequence[InvoiceOutlook], write: _Writer) -> Iterator[Insight]:
    late = [one for one in invoices if one.overdue and one.document.balance]
    if late:
        oldest = max(late, key=lambda one: (one.overdue, one.document.id))
        name = _literal(oldest.document.name or "a customer")
        yield _say(
            Kind.OVERDUE_INVOICES,
            f"{{}} of {{}} are overdue, that of {name} the longest: for {{}}.",
            write.count(len(late), "invoice"),
            write.money(sum(one.document.balance for one in late)),
            write.days(oldest.overdue),
            invoices=[one.document.id for one in late],
        )


def _overdue_bills(bills: Sequence[BillOutlook], write: _Writer) -> Iterator[Insight]:
    late = [one for one in bills if one.overdue and one.document.balance and not one.decisions]
    if late:
        yield _say(
            Kind.OVERDUE_BILLS,
            "{} of {} are overdue and undecided.",
            write.count(len(late), "bill"),
            write.money(sum(one.document.balance for one in late)),
            bills=[one.document.id for one in late],
        )


def _stale_plans(now: Books, write: _Writer) -> Iterator[Insight]:
    """Prompt for what was entered by hand: no source corrects it, and the forecast goes by it."""
    lasts = ((_last_day(one), one) for one in now.planned)
    past = [(day, one.id, one) for day, one in lasts if day is not None and day < now.as_of]
    if past:
        day, _, oldest = min(past, key=lambda one: one[:2])
        yield _say(
            Kind.STALE_PLANS,
            f"{{}} planned by hand {'lies' if len(past) == 1 else 'lie'} in the past; move or "
            f"remove {_literal(oldest.name)}, {{}} planned for {{}}.",
            write.count(len(past), "item"),
            write.money(oldest.amount),
            write.day(day),
        )
    gone = {key for _, key, _ in past}
    old = [
        one
        for one in now.planned
        if one.id not in gone and one.changed and now.as_of - one.changed > STALE_DAYS
    ]
    if old:
        oldest = min(old, key=lambda one: (one.changed or 0, one.id))
        yield _say(
            Kind.STALE_PLANS,
            f"{{}} planned by hand {'was' if len(old) == 1 else 'were'} not looked at for {{}}; "
            f"does {_literal(oldest.name)} still stand at {{}}?",
            write.count(len(old), "item"),
            write.days(now.as_of - (oldest.changed or 0)),
            write.money(oldest.amount),
        )


def _last_day(planned: Planned) -> Day | None:
    """Return the last day of a planned item; None where it comes back without an end."""
    return planned.first if planned.repeat is Repeat.ONCE else planned.end


def _concentration(invoices: Sequence[InvoiceOutlook], write: _Writer) -> Iterator[Insight]:
    owed: dict[str, list[InvoiceOutlook]] = defaultdict(list)
    for one in invoices:
        owed[one.document.party_id].append(one)
    total = sum(one.document.balance for one in invoices)
    if len(owed) < 2 or not total:
        return
    largest = max(sorted(owed), key=lambda key: sum(one.document.balance for one in owed[key]))
    own = sum(one.document.balance for one in owed[largest])
    share = 100 * own // total
    if share >= CONCENTRATED_PER_CENT:
        name = owed[largest][0].document.name or "One customer"
        yield _say(
            Kind.CONCENTRATION,
            f"{_literal(name)} owes {{}}, {{}} of what all customers owe.",
            write.money(own),
            Figure(f"{share}%", number=share),
            invoices=[one.document.id for one in owed[largest]],
        )


def _cash(of: Situation, write: _Writer) -> Iterator[Insight]:
    change = of.now.cash - of.before.cash
    if change:
        word = "more" if change > 0 else "less"
        text = f"Cash is {{}}, {{}} {word} than on {{}}."
        yield _say(
            Kind.CASH,
            text,
            write.money(of.now.cash),
            write.money(abs(change)),
            write.day(of.before.as_of),
        )


def _new_invoices(of: Situation, write: _Writer) -> Iterator[Insight]:
    new = [one for one in of.now.invoices if one.issue > of.before.as_of and one.balance]
    if new:
        yield _say(
            Kind.NEW_INVOICES,
            "{} of {} written since {} are open.",
            write.count(len(new), "invoice"),
            write.money(sum(one.balance for one in new)),
            write.day(of.before.as_of),
            invoices=[one.id for one in new],
        )


def _literal(name: str) -> str:
    """Return a name that may hold braces as part of a template."""
    return name.replace("{", "{{").replace("}", "}}")
