"""A crude look ahead, to give the company just too little cash."""

import calendar
import datetime

from orchestrator_svc.connectors.demo_company import story
from orchestrator_svc.connectors.demo_company.company import CUSTOMERS, NET_DAYS
from orchestrator_svc.connectors.demo_company.ledger import Ledger

WEEKS = 8


def lowest_without_cash(ledger: Ledger, as_of: datetime.date) -> int:
    """Return, in cents, how low eight weeks of habit would take an account that starts at zero.

    Open invoices come in when their customers habitually pay, open bills go out when they fall due
    or a week from now, payroll, tax, rent, loan and card go on, and so do sales and purchases.
    """
    flows: dict[datetime.date, int] = {}

    def flow(day: datetime.date, cents: int) -> None:
        day = story.business_day_after(max(day, as_of + story.one_day()))
        flows[day] = flows.get(day, 0) + cents

    lateness = {customer.customer_id: customer.days_late for customer in CUSTOMERS}
    for invoice in ledger.invoices:
        if invoice.issued <= as_of and invoice.due is not None:
            expected = invoice.due + story.one_day(lateness[invoice.party])
            late = expected <= as_of
            flow(as_of + story.one_day(14) if late else expected, invoice.balance)
    for bill in ledger.bills:
        flow(bill.due or as_of + story.one_day(7), -bill.balance)
    last = as_of + story.one_day(7 * WEEKS)
    for year, month in story.months(as_of, last):
        for number, cents in (
            (15, story.PAYROLL + story.PAYROLL_TAX),
            (calendar.monthrange(year, month)[1], story.PAYROLL),
            (1, story.RENT),
            (5, story.LOAN_PAYMENT),
            (25, 220_000),
            (16, story.INCOME_TAX if month in story.TAX_MONTHS else 0),
        ):
            day = datetime.date(year, month, number)
            if as_of < day <= last:
                flow(story.business_day_before(day), -cents)
    shares = sum(customer.share for customer in CUSTOMERS)
    for number in range(1, 7 * WEEKS + 1):
        day = as_of + story.one_day(number)
        for customer in CUSTOMERS:
            if number > NET_DAYS[customer.terms] + customer.days_late:
                flow(day, story.MONTHLY_SALES * customer.share // shares // 30)
        if number > 30:
            flow(day, -story.MONTHLY_PURCHASES // 30)
    balance = lowest = 0
    for day in sorted(flows):
        if day <= last:
            balance += flows[day]
            lowest = min(lowest, balance)
    return lowest
