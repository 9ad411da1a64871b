"""Answering: the engine's figures as messages of the protos.

Messages are given as mappings of their fields, which protobuf turns into messages where they
belong: half the time of building each message apart and copying it into its parent.
"""

import datetime
from collections.abc import Iterable, Sequence
from functools import lru_cache

from calculator_svc.engine.assumptions import Explained
from calculator_svc.engine.calculations import (
    Assessed,
    ForecastDay,
    ForecastFigures,
    ScenarioFigures,
)
from calculator_svc.engine.cashflow import Item
from calculator_svc.engine.forecast import BillOutlook, InvoiceOutlook
from calculator_svc.engine.guardrail import Breach
from calculator_svc.engine.impact import Impact
from calculator_svc.engine.inputs import HORIZON_DAYS, Books, Day
from calculator_svc.engine.pay_plan.chase import Chase
from calculator_svc.engine.priority import Priority
from calculator_svc.engine.runway import Runway, Week
from calculator_svc.engine.scenarios import RiskChange
from service_kit.wire import Fields, date_fields, money_fields


@lru_cache(maxsize=4096)
def _date(day: Day) -> Fields:
    return date_fields(datetime.date.fromordinal(day))


class Writer:
    """Writes the figures of one answer; each amount is worked out once."""

    def __init__(self, books: Books) -> None:
        self._currency = books.currency
        self._as_of = books.as_of
        self._amounts: dict[int, Fields] = {}

    def date(self, day: Day | None) -> Fields | None:
        """Return a day as `google.type.Date`; None stays None, an absent field."""
        return None if day is None else _date(day)

    def money(self, amount: int) -> Fields:
        """Return minor units as `google.type.Money`."""
        known = self._amounts.get(amount)
        if known is None:
            known = self._amounts[amount] = money_fields(amount, self._currency)
        return known

    def runway(self, runway: Runway) -> Fields:
        """Return a Runway."""
        payroll = runway.payroll
        return {
            "status": runway.status,
            "cash_zero_date": self.date(runway.zero),
            "runway_days": runway.days,
            "horizon_days": HORIZON_DAYS,
            "cash": self.money(runway.cash),
            "earmarked": self.money(runway.earmarked),
            "low_water_mark": self.money(runway.lowest),
            "low_water_date": self.date(runway.lowest_day),
            "gross_burn_per_day": self.money(runway.gross_burn),
            "net_burn_per_day": self.money(runway.net_burn),
            "burn_window_days": runway.burn_days,
            "closing_cash": self.money(runway.closing),
            "next_payroll": payroll
            and {
                "payroll_date": self.date(payroll.day),
                "amount": self.money(payroll.amount),
                "cash_after": self.money(payroll.cash_after),
                "clears": payroll.cash_after >= 0,
            },
        }

    def weeks(self, weeks: Iterable[Week]) -> list[Fields]:
        """Return ForecastWeeks."""
        return [
            {
                "start_date": self.date(week.start),
                "receipts": self.money(week.receipts),
                "disbursements": self.money(week.disbursements),
                "closing_cash": self.money(week.closing),
                "lowest_cash": self.money(week.lowest),
            }
            for week in weeks
        ]

    def days(self, days: Iterable[ForecastDay]) -> list[Fields]:
        """Return ForecastDays."""
        return [
            {
                "date": self.date(day.day),
                "receipts": self.money(day.receipts),
                "disbursements": self.money(day.disbursements),
                "closing_cash": self.money(day.closing),
            }
            for day in days
        ]

    def items(self, items: Iterable[Item]) -> list[Fields]:
        """Return ForecastItems."""
        date, money = self.date, self.money
        return [
            {
                "date": date(day),
                "amount": money(amount),
                "layer": layer,
                "source_id": source_id,
                "display_name": name,
                "counterparty": counterparty,
                "document_id": document_id,
            }
            for day, layer, source_id, name, amount, _, counterparty, document_id in items
        ]

    def explained(self, items: Sequence[Explained]) -> list[Fields]:
        """Return ForecastItems with their assumptions."""
        fields = self.items(one.item for one in items)
        for one, item in zip(items, fields, strict=True):
            item["assumption"] = one.assumption
        return fields

    def bills(self, bills: Iterable[Assessed[BillOutlook]]) -> list[Fields]:
        """Return BillAssessments."""
        date, impact = self.date, self.impact
        return [
            {
                "bill_id": outlook.document.id,
                "expected_date": date(outlook.expected),
                "latest_safe_date": date(outlook.latest_safe),
                "priority": _priority(priority),
                "impact": impact(difference),
                "days_overdue": outlook.overdue,
            }
            for outlook, priority, difference in bills
        ]

    def invoices(self, invoices: Iterable[Assessed[InvoiceOutlook]]) -> list[Fields]:
        """Return InvoiceAssessments."""
        date, impact = self.date, self.impact
        return [
            {
                "invoice_id": outlook.document.id,
                "expected_date": date(outlook.expected),
                "priority": _priority(priority),
                "impact": impact(difference),
                "days_overdue": outlook.overdue,
            }
            for outlook, priority, difference in invoices
        ]

    def decisions(self, decisions: Iterable[tuple[str, Impact]]) -> list[Fields]:
        """Return DecisionAssessments."""
        return [{"decision_id": key, "impact": self.impact(impact)} for key, impact in decisions]

    def impact(self, impact: Impact | None) -> Fields | None:
        """Return an Impact; None, when impacts are not asked for, stays None."""
        if impact is None:
            return None
        fields: Fields = {
            "low_water_mark_change": self.money(impact.lowest_change),
            "closing_cash_change": self.money(impact.closing_change),
        }
        if impact.zero_without is not None:
            fields["cash_zero_date_without"] = _date(impact.zero_without)
        if impact.zero_with is not None:
            fields["cash_zero_date_with"] = _date(impact.zero_with)
        if impact.cash_zero_days is not None:
            fields["cash_zero_days"] = impact.cash_zero_days
        return fields

    def forecast(self, figures: ForecastFigures) -> Fields:
        """Return a Forecast."""
        found = figures.uncertainty
        first = self._as_of + 1
        cash = zip(*found.cash, strict=True)
        fields: Fields = {
            "as_of": self.date(self._as_of),
            "runway": self.runway(figures.runway),
            "weeks": self.weeks(figures.weeks),
            "cash": [
                {"date": self.date(day), "cash": self.band(*amounts)}
                for day, amounts in enumerate(cash, first)
            ],
            "cash_zero_date": self.dates(found.zero),
            "low_water_mark": self.band(*found.lowest),
            "low_water_date": self.date(found.lowest_day),
            "probability_cash_below_zero": found.below_zero,
            "pay_dates": [
                {
                    "invoice_id": paid.invoice_id,
                    "pay_date": self.dates((paid.p10, paid.p50, paid.p90)),
                    "p25": _date(paid.p25),
                    "p75": _date(paid.p75),
                }
                for paid in found.pay_dates
            ],
            "receipts_by_week": self.weekly(found.receipts),
            "invoice_receipts_by_week": self.weekly(found.invoice_receipts),
            "paths": found.paths,
            "seed": found.seed,
            "days": self.days(figures.days),
            "items": self.explained(figures.items),
        }
        if found.payroll_missed is not None:
            fields["probability_payroll_missed"] = found.payroll_missed
        return fields

    def weekly(self, by_day: tuple[list[int], list[int], list[int]]) -> list[Fields]:
        """Return a MoneyBand for the last day of each week, from P10, P50 and P90 by day."""
        bands = list(zip(*by_day, strict=True))
        return [self.band(*bands[day]) for day in range(6, HORIZON_DAYS, 7)]

    def band(self, p10: int, p50: int, p90: int) -> Fields:
        """Return a MoneyBand."""
        return {"p10": self.money(p10), "p50": self.money(p50), "p90": self.money(p90)}

    def dates(self, days: tuple[Day | None, Day | None, Day | None]) -> Fields:
        """Return a DateBand."""
        names = ("p10", "p50", "p90")
        named = zip(names, days, strict=True)
        return {name: _date(day) for name, day in named if day is not None}

    def scenario(self, figures: ScenarioFigures) -> Fields:
        """Return a ScenarioOutcome."""
        return {
            "display_name": figures.name,
            "forecast": self.forecast(figures.forecast),
            "impact": self.impact(figures.effect.impact),
            "single_impacts": [self.impact(single.impact) for single in figures.singles],
            "sum_of_impacts": self.impact(figures.sum_of_singles.impact),
            "risk_change": self.risk_change(figures.effect.risk),
            "single_risk_changes": [self.risk_change(single.risk) for single in figures.singles],
            "sum_of_risk_changes": self.risk_change(figures.sum_of_singles.risk),
        }

    def risk_change(self, change: RiskChange) -> Fields:
        """Return a RiskChange."""
        fields: Fields = {
            "low_water_mark_change": self.band(*change.lowest),
            "probability_cash_below_zero_change": change.below_zero,
        }
        if any(day is not None for day in change.zero):
            fields["cash_zero_date"] = self.dates(change.zero)
        for level, days in zip(("p10", "p50", "p90"), change.zero_days, strict=True):
            if days is not None:
                fields[f"cash_zero_{level}_days"] = days
        if change.payroll_missed is not None:
            fields["probability_payroll_missed_change"] = change.payroll_missed
        return fields

    def chases(self, chases: Iterable[Chase]) -> list[Fields]:
        """Return Chases."""
        return [
            {
                "invoice_id": one.invoice.document.id,
                "probability_paid": one.invoice.chance / 10_000,
                "probability_paid_chased": one.chance_chased / 10_000,
                "sooner": self.money(one.sooner),
                "days_sooner": one.days,
                "value": self.money(one.value),
                "reason": one.reason,
                "for_a_person": one.for_a_person,
            }
            for one in chases
        ]

    def breaches(self, breaches: Iterable[Breach]) -> list[Fields]:
        """Return GuardrailBreaches."""
        return [
            {
                "kind": breach.promise,
                "date": self.date(breach.day),
                "amount": self.money(breach.amount),
                "description": breach.description,
                "caused_by_queue": breach.caused_by_queue,
            }
            for breach in breaches
        ]


def _priority(priority: Priority | None) -> Fields | None:
    if priority is None:
        return None
    return {
        "rank": priority.rank,
        "score": priority.hundredths / 100,
        "factors": [
            {"description": words, "points": hundredths / 100}
            for words, hundredths in priority.factors
        ],
    }
