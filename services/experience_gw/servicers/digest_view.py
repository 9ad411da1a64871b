"""From a digest's figures to what it shows."""

import datetime
from typing import Any

from runway.calculator.v1 import assessment_pb2, insight_calculation_service_pb2
from runway.experience.v1 import digest_service_pb2 as pb
from runway.ledger.v1 import digest_pb2

from experience_gw.digest import wording
from experience_gw.digest.view import ChartData, DigestView, Line
from service_kit.wire import from_date, from_money, minor_units

DUE_SHOWN, CHASES_SHOWN, TO_DO_SHOWN = 8, 5, 3
CASH_FIRST = "cash-first"
"""The variant of a test drive that begins with the cash and not with the date."""

_STATUS = {
    assessment_pb2.RUNWAY_STATUS_CRITICAL: "critical",
    assessment_pb2.RUNWAY_STATUS_WARNING: "warning",
    assessment_pb2.RUNWAY_STATUS_HEALTHY: "healthy",
    assessment_pb2.RUNWAY_STATUS_EXCELLENT: "excellent",
}
_NEVER = {assessment_pb2.RUNWAY_STATUS_UNSPECIFIED: "not calculated"}


def view_of(digest: pb.Digest) -> DigestView:
    """Return what a digest shows; its figures must be set, its texts are not looked at."""
    insights = digest.insights
    forecast = insights.forecast
    write = _Writer(digest)
    chases = [
        write.chase(chase, invoice)
        for chase, invoice in zip(insights.chases, digest.chased_invoices, strict=True)
    ]
    return DigestView(
        business=digest.display_name,
        status=(_STATUS | _NEVER)[forecast.runway.status],
        headline=write.headline(),
        change=write.change(),
        sure=write.sure(),
        as_of=wording.date(write.today),
        freshness=write.freshness(),
        to_do=write.to_do()[:TO_DO_SHOWN],
        due=write.due(),
        chases=chases[:CHASES_SHOWN],
        movements=write.movements(),
        movements_title=write.movements_title(),
        insights=[one.sentence for one in insights.insights],
        chart=write.chart(),
        chart_description=write.chart_description(),
    )


class _Writer:
    """Writes the parts of one digest."""

    def __init__(self, digest: pb.Digest) -> None:
        self._digest = digest
        self._insights: insight_calculation_service_pb2.Insights = digest.insights
        self._forecast = digest.insights.forecast
        self.today = from_date(digest.as_of)

    def money(self, amount: Any) -> str:
        return wording.money(from_money(amount), self._digest.currency_code)

    def headline(self) -> str:
        runway = self._forecast.runway
        if self._digest.config.experiment_variant == CASH_FIRST:
            return f"{self.money(runway.cash)} of cash, {self._lasting()}"
        return f"Cash lasts {self._lasting()}"

    def _lasting(self) -> str:
        runway = self._forecast.runway
        if not runway.HasField("cash_zero_date"):
            return f"beyond the next {wording.count(runway.horizon_days // 7, 'week')}"
        zero = from_date(runway.cash_zero_date)
        if runway.runway_days < 14:
            return f"until {wording.date(zero)} ({wording.count(runway.runway_days, 'day')})"
        return f"until {wording.date(zero)} ({wording.count(runway.runway_days // 7, 'week')})"

    def change(self) -> str:
        """Return how the cash-zero date and the cash moved."""
        runway, before = self._forecast.runway, self._insights.runway_before
        since = wording.date(from_date(self._insights.before))
        moved = from_money(runway.cash) - from_money(before.cash)
        cash = f"Cash is {self.money(runway.cash)}"
        if moved:
            amount = wording.money(abs(moved), self._digest.currency_code)
            cash += f", {amount} {'more' if moved > 0 else 'less'} than on {since}"
        if not (runway.HasField("cash_zero_date") and before.HasField("cash_zero_date")):
            return f"{cash}."
        days = (from_date(runway.cash_zero_date) - from_date(before.cash_zero_date)).days
        if not days:
            return f"{cash}; the day on which it runs out has not moved."
        later = "later" if days > 0 else "earlier"
        return f"{cash}; it runs out {wording.count(abs(days), 'day')} {later} than seemed then."

    def sure(self) -> str:
        """Return how sure the forecast is."""
        chance = round(100 * self._forecast.probability_cash_below_zero)
        if not chance:
            return "In none of 100 courses does it run out within 13 weeks."
        return f"In {chance} of 100 courses it runs out within 13 weeks."

    def freshness(self) -> str:
        if not self._digest.HasField("synced_at"):
            return "No books were imported yet."
        synced = self._digest.synced_at.ToDatetime(tzinfo=datetime.UTC)
        return (
            f"From the books as they were read on {wording.date(synced.date())} at "
            f"{synced:%H:%M} UTC; the bank may differ by some days."
        )

    def to_do(self) -> list[str]:
        """Return what cannot wait: the payroll that does not clear, what to pay, whom to call."""
        found = []
        runway = self._forecast.runway
        if runway.HasField("next_payroll") and not runway.next_payroll.clears:
            when = wording.short_date(from_date(runway.next_payroll.payroll_date))
            missing = wording.money(
                -from_money(runway.next_payroll.cash_after), self._digest.currency_code
            )
            found.append(f"Find {missing} for the payroll of {when}.")
        now = [
            item
            for item in self._insights.due_items
            if item.bill_id and from_date(item.date) <= self.today + datetime.timedelta(days=1)
        ]
        if now:
            total = wording.money(
                sum(from_money(item.amount) for item in now), self._digest.currency_code
            )
            one = f"the bill of {now[0].display_name or 'a vendor'}"
            found.append(f"Pay {one if len(now) == 1 else f'{len(now)} bills'}: {total}.")
        return [*found, *self._calls()]

    def _calls(self) -> list[str]:
        """Return whom to call: a customer once, about all that it is worth to ask for."""
        by_customer: dict[str, list[Any]] = {}
        for invoice in self._digest.chased_invoices:
            by_customer.setdefault(invoice.customer_id, []).append(invoice)
        found = []
        for invoices in by_customer.values():
            owed = sum(from_money(invoice.balance) for invoice in invoices)
            total = wording.money(owed, self._digest.currency_code)
            about = wording.count(len(invoices), "overdue invoice")
            name = invoices[0].customer_name or "a customer"
            found.append(f"Call {name} about {about}: {total}.")
        return found

    def due(self) -> list[Line]:
        """Return what is due by day. Where there is too much, what is critical stays, then the
        earliest; the rest is one line.
        """
        items = list(self._insights.due_items)
        if len(items) > DUE_SHOWN:
            by_weight = sorted(items, key=lambda item: not item.is_critical)
            kept = {id(item) for item in by_weight[: DUE_SHOWN - 1]}
            rest = [item for item in items if id(item) not in kept]
            total = sum(from_money(item.amount) for item in rest)
            more = Line(f"{len(rest)} more", wording.money(total, self._digest.currency_code))
            return [*(self._due(item) for item in items if id(item) in kept), more]
        return [self._due(item) for item in items]

    def _due(self, item: insight_calculation_service_pb2.DueItem) -> Line:
        note = f"{wording.count(item.days_overdue, 'day')} overdue" if item.days_overdue else ""
        return Line(
            item.display_name or "Unnamed",
            self.money(item.amount),
            wording.short_date(from_date(item.date)),
            note,
            item.is_critical,
        )

    def chase(self, chase: Any, invoice: Any) -> Line:
        overdue = ""
        if invoice.HasField("due_date"):
            days = (self.today - from_date(invoice.due_date)).days
            overdue = f"{wording.count(days, 'day')} overdue"
        number = f"invoice {invoice.document_number}" if invoice.document_number else ""
        return Line(
            invoice.customer_name or "Unnamed", self.money(invoice.balance), overdue, number
        )

    def movements_title(self) -> str:
        return f"What moved the cash since {wording.date(from_date(self._insights.before))}"

    def movements(self) -> list[Line]:
        found = [Line(one.display_name, self.money(one.amount)) for one in self._insights.movements]
        total = sum(from_money(one.amount) for one in self._insights.movements)
        if len(found) > 1:
            amount = wording.money(total, self._digest.currency_code)
            found.append(Line("Together", amount, is_pressing=True))
        return found

    def chart(self) -> ChartData:
        scale = minor_units(self._digest.currency_code)
        days = self._forecast.cash
        return ChartData(
            [from_date(one.date) for one in days],
            [from_money(one.cash.p10) / scale for one in days],
            [from_money(one.cash.p50) / scale for one in days],
            [from_money(one.cash.p90) / scale for one in days],
            self._digest.currency_code,
        )

    def chart_description(self) -> str:
        forecast = self._forecast
        last = forecast.cash[-1]
        return (
            f"The cash of the next 13 weeks: most likely lowest around "
            f"{wording.date(from_date(forecast.low_water_date))}, and "
            f"{self.money(last.cash.p50)} on {wording.date(from_date(last.date))}; in 8 of 10 "
            f"courses between {self.money(last.cash.p10)} and {self.money(last.cash.p90)} then."
        )


def is_preview(config: digest_pb2.DigestConfig) -> bool:
    """Return whether nothing is to be kept: a test drive writes nothing either."""
    return config.preview_mode or config.trigger_type == digest_pb2.DIGEST_TRIGGER_TEST_DRIVE
