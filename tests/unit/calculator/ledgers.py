"""A ledger on the wire for tests of mapping, services and speed: of the size of a busy client."""

import datetime
import random

from runway.ledger.v1 import decision_pb2, ledger_pb2

from service_kit.wire import to_date, to_money

AS_OF = datetime.date(2026, 5, 5)


def day(ahead: int):
    """Return the date `ahead` days from as_of, on the wire."""
    return to_date(AS_OF + datetime.timedelta(days=ahead))


def usd(minor: int):
    """Return cents on the wire."""
    return to_money(minor, "USD")


def bill(key: str = "b1", due: int = 10, minor: int = 10_000, **fields) -> ledger_pb2.Bill:
    """Return an open bill, due in `due` days."""
    given = {"vendor_id": "v1", "vendor_name": "Acme", "issue_date": day(due - 20), **fields}
    return ledger_pb2.Bill(
        bill_id=key,
        **{"due_date": day(due), "total": usd(minor), "balance": usd(minor), "state": 1, **given},
    )


def invoice(key: str = "i1", due: int = 10, minor: int = 10_000, **fields) -> ledger_pb2.Invoice:
    """Return an open invoice, due in `due` days."""
    given = {"customer_id": "c1", "customer_name": "Bolt", "issue_date": day(due - 20), **fields}
    return ledger_pb2.Invoice(
        invoice_id=key,
        **{"due_date": day(due), "total": usd(minor), "balance": usd(minor), "state": 1, **given},
    )


def ledger(**fields) -> ledger_pb2.Ledger:
    """Return a ledger with 1,000.00 USD of cash and nothing else."""
    given = {
        "as_of": day(0),
        "currency_code": "USD",
        "balances": ledger_pb2.Balances(cash=usd(100_000)),
        **fields,
    }
    return ledger_pb2.Ledger(**given)


def busy_ledger(seed: int = 1) -> ledger_pb2.Ledger:
    """Return 50 bills, 50 invoices, 30 series of 1,000 movements together, and 3 decisions."""
    chance = random.Random(seed)
    return ledger(
        balances=ledger_pb2.Balances(cash=usd(5_000_000)),
        bills=[_busy_bill(chance, i) for i in range(50)],
        invoices=[_busy_invoice(chance, i) for i in range(50)],
        cash_history=_history(chance),
        settlement_history=[
            ledger_pb2.SettlementHistory(
                role=role,
                party_id=f"{kind}{i}",
                days_to_pay=[chance.randint(10, 70) for _ in range(10)],
                days_late=[chance.randint(-20, 40) for _ in range(10)],
            )
            for role, kind in ((1, "c"), (2, "v"))
            for i in range(20)
        ],
        queued_decisions=[
            decision_pb2.Decision(decision_id="d1", pay_now={"bill_id": "b1"}),
            decision_pb2.Decision(
                decision_id="d2", delay_payment={"bill_id": "b2", "until_date": day(30)}
            ),
            decision_pb2.Decision(
                decision_id="d3", collect={"invoice_id": "i3", "expected_date": day(9)}
            ),
        ],
        planned_items=[
            ledger_pb2.PlannedItem(
                planned_item_id="p1",
                display_name="New hire",
                amount=usd(-400_000),
                planned_date=day(20),
                recurrence=ledger_pb2.RECURRENCE_MONTHLY,
            )
        ],
        earmarks=[
            ledger_pb2.Earmark(
                earmark_id="e1", display_name="Tax", amount=usd(100_000), release_date=day(40)
            )
        ],
    )


def _busy_bill(chance: random.Random, i: int) -> ledger_pb2.Bill:
    return bill(
        f"b{i}",
        chance.randint(-40, 40),
        chance.randint(1_000, 500_000),
        vendor_id=f"v{i % 20}",
        vendor_name=f"Vendor {i % 20}",
        category=chance.choice([2, 2, 2, 5, 8]),
        vendor_tier=chance.choice([0, 0, 1, 2, 3]),
        terms={
            "net_days": 30,
            "discount_days": 10,
            "discount_basis_points": chance.choice([0, 0, 200]),
        },
    )


def _busy_invoice(chance: random.Random, i: int) -> ledger_pb2.Invoice:
    return invoice(
        f"i{i}",
        chance.randint(-40, 40),
        chance.randint(1_000, 900_000),
        customer_id=f"c{i % 20}",
        customer_name=f"Customer {i % 20}",
    )


def _history(chance: random.Random) -> list[ledger_pb2.CashSeries]:
    """Return payroll, tax, rent, subscriptions, and irregular trade with customers and vendors."""
    fortnights, weeks = [3 + 14 * k for k in range(28)], [3 + 7 * k for k in range(57)]
    months = [_monthly(3 + i, 13) for i in range(11)]
    irregular = [sorted(chance.choices(range(400), k=45)) for _ in range(16)]
    columns = [
        (3, "Staff", fortnights, -900_000, 0.02),
        (4, "Treasury", fortnights, -200_000, 0.02),
        (8, "Coffee", weeks, -5_000, 0.2),
        (5, "Landlord", months[10], -300_000, 0.0),
        *((2 if i % 2 else 8, f"Subscription {i}", months[i], -10_000, 0.0) for i in range(10)),
        *((1, f"Customer {i}", irregular[i], 200_000, 0.9) for i in range(10)),
        *((2, f"Vendor {i}", irregular[10 + i], -50_000, 0.9) for i in range(6)),
    ]
    return [
        ledger_pb2.CashSeries(
            category=category,
            counterparty=name,
            days_ago=ago,
            amounts_minor=[round(amount * (1 + chance.uniform(-off, off))) for _ in ago],
        )
        for category, name, ago, amount, off in columns
    ]


def _monthly(day_of_month: int, count: int) -> list[int]:
    """Return how long ago a day of the month last came, moved to Monday from a weekend."""
    ago = []
    for k in range(count):
        year, month = divmod(AS_OF.year * 12 + AS_OF.month - 2 - k, 12)
        date = datetime.date(year, month + 1, day_of_month)
        date += datetime.timedelta(days=max(0, 7 - date.weekday()) if date.weekday() > 4 else 0)
        ago.append((AS_OF - date).days)
    return ago
