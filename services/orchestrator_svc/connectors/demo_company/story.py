"""What happened in eighteen months: work, wages, rent, tax, late payers and a few mistakes."""

import calendar
import datetime
import random
from collections.abc import Iterator

from orchestrator_svc.connectors.demo_company import company
from orchestrator_svc.connectors.demo_company.company import (
    CUSTOMERS,
    FREELANCERS,
    NET_DAYS,
    OCCASIONAL,
    VENDORS,
)
from orchestrator_svc.connectors.demo_company.ledger import Document, Ledger

DAYS = 548
PAYROLL = 3_720_000
PAYROLL_TAX = 910_000
RENT = 850_000
LOAN_PAYMENT = 145_000
INCOME_TAX = 600_000
MONTHLY_SALES = 11_600_000
INVOICES_A_MONTH = 15
FREELANCE_BILL, OCCASIONAL_BILL = 130_000, 38_000
FREELANCE_BILLS_A_MONTH, OCCASIONAL_BILLS_A_MONTH = 7, 4
MONTHLY_PURCHASES = (
    FREELANCE_BILLS_A_MONTH * FREELANCE_BILL + OCCASIONAL_BILLS_A_MONTH * OCCASIONAL_BILL
)
TAX_MONTHS = (1, 4, 6, 9)
# The one large bill that takes the cash below zero, and in how many days it is due.
REFIT, REFIT_DUE = 10_200_000, 40

Day = datetime.date


def one_day(days: int = 1) -> datetime.timedelta:
    """Return a span of days."""
    return datetime.timedelta(days=days)


def is_business_day(day: Day) -> bool:
    """Return whether banks work, holidays left out."""
    return day.weekday() < 5


def business_day_before(day: Day) -> Day:
    """Return the day itself, or the last business day before it."""
    while not is_business_day(day):
        day -= one_day()
    return day


def business_day_after(day: Day) -> Day:
    """Return the day itself, or the first business day after it."""
    while not is_business_day(day):
        day += one_day()
    return day


def months(first: Day, last: Day) -> Iterator[tuple[int, int]]:
    """Yield year and month of each month that the span touches."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


class Story:
    """Writes the books of the days up to `as_of`."""

    def __init__(self, as_of: Day, seed: int) -> None:
        self.as_of = as_of
        self.first = as_of - one_day(DAYS)
        self.ledger = Ledger()
        self._random = random.Random(seed)
        # What happens on a day, in the order in which it was planned.
        self._agenda: dict[Day, list[tuple[str, object]]] = {}

    def tell(self) -> Ledger:
        """Write the books, day by day, and return them."""
        self._plan_months()
        self._plan_sales()
        self._plan_purchases()
        day = self.first
        while day <= self.as_of:
            for what, about in self._agenda.pop(day, []):
                getattr(self, f"_{what}")(day, about)
            if day.weekday() == 3:
                self.ledger.deposit(day)
            day += one_day()
        due = business_day_after(self.as_of + one_day(REFIT_DUE))
        self.ledger.bill(self.as_of - one_day(6), VENDORS["221"], REFIT, due, "LJ-2")
        self._mistakes()
        self.ledger.close()
        return self.ledger

    def _on(self, day: Day, what: str, about: object = None) -> None:
        if self.first <= day <= self.as_of:
            self._agenda.setdefault(day, []).append((what, about))

    def _around(self, cents: int, percent: int) -> int:
        return cents * self._random.randint(100 - percent, 100 + percent) // 100

    def _plan_months(self) -> None:
        for year, month in months(self.first, self.as_of):
            last = calendar.monthrange(year, month)[1]
            for number in (15, last):
                self._on(business_day_before(Day(year, month, number)), "payroll")
            self._on(business_day_after(Day(year, month, 15)), "payroll_tax")
            self._on(Day(year, month, 1), "rent")
            self._on(business_day_after(Day(year, month, 5)), "loan")
            self._on(business_day_after(Day(year, month, 20)), "set_aside_for_tax")
            self._on(business_day_after(Day(year, month, 25)), "pay_off_card")
            for number in (3, 9, 14, 22):
                self._on(business_day_after(Day(year, month, number)), "software")
            self._on(Day(year, month, 12), "monthly_bill", ("202", 48_000))
            self._on(Day(year, month, 8), "monthly_bill", ("203", 21_900))
            if month in TAX_MONTHS:
                self._on(business_day_after(Day(year, month, 15)), "income_tax")
            if month in (2, 5, 8, 11):
                self._on(Day(year, month, 10), "monthly_bill", ("204", 420_000))

    def _plan_sales(self) -> None:
        shares = [customer.share for customer in CUSTOMERS]
        whole = sum(shares)
        for year, month in months(self.first, self.as_of):
            last = calendar.monthrange(year, month)[1]
            # The one large customer is billed on the same day of each month.
            self._on(Day(year, month, 7), "sale", (0, self._around(30 * MONTHLY_SALES // whole, 6)))
            chosen = self._random.choices(
                range(1, len(CUSTOMERS)), shares[1:], k=INVOICES_A_MONTH - 1
            )
            rest = MONTHLY_SALES * (whole - 30) // whole // len(chosen)
            for index in chosen:
                day = business_day_before(Day(year, month, self._random.randint(2, last)))
                self._on(day, "sale", (index, self._around(rest, 45)))
            if self._random.random() < 0.3:
                day = business_day_before(Day(year, month, self._random.randint(2, last)))
                self._on(day, "sale_at_once", self._random.randrange(1, len(CUSTOMERS)))

    def _plan_purchases(self) -> None:
        for year, month in months(self.first, self.as_of):
            for vendor_id in self._random.choices(FREELANCERS, k=FREELANCE_BILLS_A_MONTH):
                day = Day(year, month, self._random.randint(2, 28))
                self._on(day, "occasional_bill", (vendor_id, self._around(FREELANCE_BILL, 50)))
            for vendor_id in self._random.sample(OCCASIONAL, k=OCCASIONAL_BILLS_A_MONTH):
                day = Day(year, month, self._random.randint(2, 28))
                self._on(day, "occasional_bill", (vendor_id, self._around(OCCASIONAL_BILL, 60)))

    def _payroll(self, day: Day, _: object) -> None:
        cents = self._around(PAYROLL, 1)
        self.ledger.journal(day, "Payroll", (company.WAGES, cents), (company.CHECKING, -cents))

    def _payroll_tax(self, day: Day, _: object) -> None:
        self.ledger.purchase(day, VENDORS["205"], self._around(PAYROLL_TAX, 2), company.CHECKING)

    def _income_tax(self, day: Day, _: object) -> None:
        self.ledger.purchase(
            day, VENDORS["205"], INCOME_TAX, company.TAX_SAVINGS, company.INCOME_TAX
        )

    def _set_aside_for_tax(self, day: Day, _: object) -> None:
        self.ledger.transfer(day, company.CHECKING, company.TAX_SAVINGS, INCOME_TAX // 3)

    def _rent(self, day: Day, _: object) -> None:
        bill = self.ledger.bill(day, VENDORS["201"], RENT, day)
        self._on(business_day_after(day + one_day()), "payment_of_bill", bill)

    def _loan(self, day: Day, _: object) -> None:
        interest = 22_000
        self.ledger.journal(
            day,
            "Equipment loan",
            (company.LOAN, LOAN_PAYMENT - interest),
            (company.INTEREST, interest),
            (company.CHECKING, -LOAN_PAYMENT),
        )

    def _software(self, day: Day, _: object) -> None:
        self.ledger.purchase(day, VENDORS["217"], self._around(52_000, 15), company.CARD)

    def _pay_off_card(self, day: Day, _: object) -> None:
        owed = -self.ledger.balances[company.CARD]
        if owed > 0:
            self.ledger.transfer(day, company.CHECKING, company.CARD, owed)

    def _monthly_bill(self, day: Day, about: tuple[str, int]) -> None:
        vendor_id, cents = about
        self._occasional_bill(day, (vendor_id, self._around(cents, 8)))

    def _occasional_bill(self, day: Day, about: tuple[str, int]) -> None:
        vendor_id, cents = about
        vendor = VENDORS[vendor_id]
        due = day + one_day(NET_DAYS[vendor.terms] if vendor.terms else 30)
        number = f"{vendor_id}-{len(self.ledger.bills)}"
        bill = self.ledger.bill(day, vendor, cents, due, number)
        late = self._random.randint(-2, 9)
        self._on(
            business_day_after(max(due + one_day(late), day + one_day())), "payment_of_bill", bill
        )

    def _payment_of_bill(self, day: Day, bill: Document) -> None:
        if bill.balance:
            self.ledger.pay(day, VENDORS[bill.party], [bill])

    def _sale(self, day: Day, about: tuple[int, int]) -> None:
        index, cents = about
        customer = CUSTOMERS[index]
        invoice = self.ledger.invoice(day, customer, cents)
        late = customer.days_late + self._random.randint(-customer.spread, customer.spread)
        due = day + one_day(NET_DAYS[customer.terms] + late)
        self._on(
            business_day_after(max(due, day + one_day())), "payment_of_invoice", (index, invoice)
        )

    def _sale_at_once(self, day: Day, index: int) -> None:
        self.ledger.sales_receipt(day, CUSTOMERS[index], self._around(60_000, 40))

    def _payment_of_invoice(self, day: Day, about: tuple[int, Document]) -> None:
        index, invoice = about
        customer = CUSTOMERS[index]
        cents = invoice.balance
        if customer.terms == company.EARLY:
            discount = cents * 2 // 100
            memo = self.ledger.credit_memo(day, customer, discount, discount)
            self.ledger.apply_credit(day, customer, memo, invoice, discount)
            cents -= discount
        self.ledger.receive(day, customer, [(invoice, cents)])

    def _mistakes(self) -> None:
        """Leave what a hygiene check should find."""
        ledger, as_of = self.ledger, self.as_of
        ledger.invoice(as_of - one_day(128), CUSTOMERS[6], 184_000)
        ledger.invoice(as_of + one_day(20), CUSTOMERS[9], 96_000)
        ledger.invoice(as_of - one_day(61), CUSTOMERS[21], 58_500)
        voided = ledger.invoice(as_of - one_day(40), CUSTOMERS[12], 0)
        voided.record["PrivateNote"] = "Voided"
        ledger.receive(as_of - one_day(9), CUSTOMERS[16], [], extra=42_000)
        ledger.credit_memo(as_of - one_day(17), CUSTOMERS[7], 25_000, 0)
        ledger.vendor_credit(as_of - one_day(22), VENDORS["210"], 18_500)
        # A cheque that nobody took to the bank.
        forgotten = ledger.invoice(as_of - one_day(96), CUSTOMERS[2], 77_500)
        ledger.receive(as_of - one_day(44), CUSTOMERS[2], [(forgotten, 77_500)])
        ledger.bill(as_of - one_day(12), VENDORS["220"], 12_400, None)
        for days in (6, 4):
            due = as_of + one_day(30 - days)
            ledger.bill(as_of - one_day(days), VENDORS["211"], 31_900, due, "NG-7741")
        ledger.bill(as_of - one_day(3), VENDORS["212"], 8_700, as_of + one_day(27))
        ledger.bill(as_of - one_day(4), VENDORS["208"], 240_000, as_of + one_day(26), "SP-310")
        ledger.bill(as_of - one_day(2), VENDORS["209"], 165_000, as_of + one_day(28), "HP-88")
        for days in (33, 19, 5):
            ledger.purchase(
                as_of - one_day(days), VENDORS["218"], 14_900, company.CARD, company.UNCATEGORISED
            )
