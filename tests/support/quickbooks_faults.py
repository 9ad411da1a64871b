"""Faults put into the demo company's books as QuickBooks keeps them, and near misses that are none.

A fault is what a person does wrong in QuickBooks, and it changes what QuickBooks would change: what
is owed by the party, the control account, the bank. How large it is comes from what is usual in the
company and never from a rule's own threshold. `support.faults` says what an item is.

Not here are three faults that no record of QuickBooks can show: a document that is marked as paid
and still owed (QuickBooks has no such mark), an old sync and a gap between syncs (both are about
the reading and not about the books). They are measured in memory (`support.faults`); the gap also
over an import, in `tests/journeys/test_hygiene_tray.py`.
"""

import copy
import datetime
import json
import random
import statistics
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from orchestrator_svc.connectors.demo_company import generate
from orchestrator_svc.connectors.demo_company.company import (
    CHECKING,
    EQUITY,
    OFFICE,
    PAYABLE,
    RECEIVABLE,
    TRUST,
    UNCATEGORISED,
    UNDEPOSITED,
)
from support.faults import Item, Planted, items_about, items_group, misspelt

Record = dict[str, Any]
Entities = dict[str, list[Record]]

AS_OF = datetime.date(2026, 5, 5)
SIDES = {"Invoice": ("Customer", RECEIVABLE, 1), "Bill": ("Vendor", PAYABLE, -1)}
_PARENT = "90"


@cache
def _demo(seed: int) -> str:
    return json.dumps(generate(AS_OF, seed))


def demo_entities(seed: int) -> Entities:
    """Return the demo company's records, its opening balance equity cleared for the fault of that
    name, and with an account that has a sub-account.
    """
    responses = json.loads(_demo(seed), parse_float=Decimal)
    entities = {
        name: response["QueryResponse"].get(name, []) for name, response in responses.items()
    }
    for account in entities["Account"]:
        if account["Id"] == EQUITY:
            account["CurrentBalance"] = account["CurrentBalanceWithSubAccounts"] = 0
    office = next(one for one in entities["Account"] if one["Id"] == OFFICE)
    parent = {**office, "Id": _PARENT, "Name": "Studio", "FullyQualifiedName": "Studio"}
    child = {
        **office,
        "Id": "91",
        "Name": "Plants",
        "FullyQualifiedName": "Studio:Plants",
        "SubAccount": True,
        "ParentRef": {"value": _PARENT},
    }
    entities["Account"] += [parent, child]
    return entities


class QuickBooks:
    """A company's records that can be changed as a person changes them."""

    def __init__(self, seed: int, chance: random.Random) -> None:
        self.entities = demo_entities(seed)
        self.chance = chance
        self._touched: set[tuple[str, str]] = set()
        self._last = 90_000

    def of(self, entity: str, key: str) -> Record:
        """Return a record."""
        return next(one for one in self.entities[entity] if one["Id"] == key)

    def take(self, entity: str, fits: Callable[[Record], bool]) -> Record:
        """Return a record that fits, and that no fault has touched yet."""
        free = [
            one
            for one in self.entities[entity]
            if (entity, one["Id"]) not in self._touched and fits(one)
        ]
        found = self.chance.choice(free)
        self.touch(entity, found)
        return found

    def touch(self, entity: str, record: Record) -> None:
        """Keep a record from other faults."""
        self._touched.add((entity, record["Id"]))

    def parties(self, entity: str) -> list[Record]:
        """Return the active parties with a few documents and nothing odd about their names."""
        documents = "Invoice" if entity == "Customer" else "Bill"
        counts = [self._party(one)["value"] for one in self.entities[documents]]
        return [
            one
            for one in self.entities[entity]
            if one["Active"]
            and counts.count(one["Id"]) >= 3
            and (entity, one["Id"]) not in self._touched
        ]

    def is_open(self, record: Record) -> bool:
        """Return whether nothing of a document is paid, and it was written in the last two months
        as most are.
        """
        age = (AS_OF - day_of(record)).days
        return record["Balance"] == record["TotalAmt"] > 0 and 3 < age <= 60

    def usual(self, entity: str, party: str) -> int:
        """Return an amount such as a party's documents have, to the cent unlike any of them."""
        totals = [
            cents(one["TotalAmt"])
            for one in self.entities[entity]
            if self._party(one)["value"] == party and one["TotalAmt"]
        ]
        return statistics.median_low(totals) * self.chance.randint(80_000, 125_000) // 100_000 + 1

    def owe(self, entity: str, party: str, amount: int) -> None:
        """Let more be owed by a customer, or to a vendor; the control account follows."""
        parties, control, sign = SIDES[entity]
        add(self.of(parties, party), "Balance", amount)
        self.move(control, sign * amount)

    def move(self, account: str, amount: int) -> None:
        """Change an account's balance."""
        for field in ("CurrentBalance", "CurrentBalanceWithSubAccounts"):
            add(self.of("Account", account), field, amount)

    def add(self, entity: str, like: Record, day: datetime.date, **fields: Any) -> Record:
        """Add a record like another one, of another day."""
        self._last += 1
        stamp = f"{day.isoformat()}T09:00:00-08:00"
        record = copy.deepcopy(like) | {
            "Id": str(self._last),
            "TxnDate": day.isoformat(),
            "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
            **fields,
        }
        self.entities[entity].append(record)
        self.touch(entity, record)
        return record

    def document(self, entity: str, party: str, ago: int, **fields: Any) -> Record:
        """Add an unpaid document of a party, due by its usual terms, without a number."""
        own = [one for one in self.entities[entity] if self._party(one)["value"] == party]
        like = own[-1]
        total = fields.pop("total", 0) or self.usual(entity, party)
        day = AS_OF - datetime.timedelta(ago)
        terms = datetime.timedelta(30)
        given = {
            "DueDate": (day + terms).isoformat(),
            "DocNumber": "",
            "PrivateNote": "",
            "LinkedTxn": [],
            "TotalAmt": dollars(total),
            "Balance": dollars(total),
            **fields,
        }
        made = self.add(entity, like, day, **given)
        made["Line"][0]["Amount"] = dollars(total)
        self.owe(entity, party, total)
        return made

    def drop(self, entity: str, record: Record) -> None:
        """Leave a record out."""
        self.entities[entity].remove(record)

    def late_days(self, customer: str) -> list[int]:
        """Return how late a customer's paid invoices of the last year were, ascending."""
        paid: dict[str, datetime.date] = {}
        for payment in self.entities["Payment"]:
            for line in payment["Line"]:
                for link in line["LinkedTxn"]:
                    paid[link["TxnId"]] = max(
                        day_of(payment), paid.get(link["TxnId"], datetime.date.min)
                    )
        return sorted(
            (paid[one["Id"]] - datetime.date.fromisoformat(one["DueDate"])).days
            for one in self.entities["Invoice"]
            if one["CustomerRef"]["value"] == customer
            and not one["Balance"]
            and one["Id"] in paid
            and "DueDate" in one
            and (AS_OF - paid[one["Id"]]).days < 400
        )

    @staticmethod
    def _party(record: Record) -> Record:
        found: Record = record.get("CustomerRef") or record["VendorRef"]
        return found

    def party_of(self, record: Record) -> str:
        """Return the id of a document's party."""
        return str(self._party(record)["value"])


def day_of(record: Record) -> datetime.date:
    """Return a record's date."""
    return datetime.date.fromisoformat(record["TxnDate"])


def ago(record: Record) -> int:
    """Return how many days ago a record is dated."""
    return (AS_OF - day_of(record)).days


def cents(amount: Any) -> int:
    """Return an amount in cents."""
    return int(Decimal(str(amount)) * 100)


def dollars(amount: int) -> Decimal:
    """Return cents as QuickBooks writes them."""
    return Decimal(amount) / 100


def add(record: Record, field: str, amount: int) -> None:
    """Add cents to a field."""
    record[field] = dollars(cents(record[field]) + amount)


def _kind(books: QuickBooks) -> str:
    return books.chance.choice(["Invoice", "Bill"])


def no_due_date(books: QuickBooks) -> Planted:
    """Write a document without due date and terms, for a party without terms."""
    entity = _kind(books)
    parties = SIDES[entity][0]
    document = books.take(
        entity, lambda one: books.is_open(one) and cents(one["TotalAmt"]) < 2_000_000
    )
    party = books.of(parties, books.party_of(document))
    for field in ("DueDate", "SalesTermRef"):
        document.pop(field, None)
    for field in ("SalesTermRef", "TermRef"):
        party.pop(field, None)
    return items_about("NO_DUE_DATE", entity, document["Id"], excused=[("NO_TERMS", party["Id"])])


def no_terms(books: QuickBooks) -> Planted:
    """Enter a party without terms."""
    entity, field = books.chance.choice([("Customer", "SalesTermRef"), ("Vendor", "TermRef")])
    party = books.take(entity, lambda one: one["Active"] and field in one)
    del party[field]
    return Planted([("NO_TERMS", party["Id"])])


def open_long(books: QuickBooks) -> Planted:
    """Forget a document for three and a half months to a year and a quarter."""
    entity = _kind(books)
    party = books.chance.choice(books.parties(SIDES[entity][0]))
    document = books.document(entity, party["Id"], books.chance.randint(105, 460))
    return items_about(
        "OPEN_LONG",
        entity,
        document["Id"],
        excused=[("OVERDUE_BEYOND_HABIT", f"OVERDUE_BEYOND_HABIT:invoice:{document['Id']}")],
    )


def overdue_beyond_habit(books: QuickBooks) -> Planted:
    """Leave an invoice overdue for two to six times what is late for its customer: as long as the
    latest tenth of its invoices, or a week for one that pays in time.
    """
    late = {one["Id"]: books.late_days(one["Id"]) for one in books.parties("Customer")}
    customer = books.chance.choice([key for key, days in late.items() if len(days) >= 8])
    usual = max(7, statistics.quantiles(late[customer], n=10)[-1])
    overdue = round(usual * books.chance.uniform(2, 6))
    due = AS_OF - datetime.timedelta(overdue)
    document = books.document("Invoice", customer, overdue + 30, DueDate=due.isoformat())
    long = ("OPEN_LONG", f"OPEN_LONG:invoice:{document['Id']}")
    return items_about("OVERDUE_BEYOND_HABIT", "Invoice", document["Id"], excused=[long])


def unapplied_payment(books: QuickBooks) -> Planted:
    """Enter a payment of a recent invoice, and forget to tick the invoice."""
    settled = {
        line["LinkedTxn"][0]["TxnId"]: payment
        for payment in books.entities["Payment"]
        if len(payment["Line"]) == 1 and payment["TotalAmt"] and ago(payment) < 45
        for line in payment["Line"]
    }
    invoice = books.take(
        "Invoice", lambda one: one["Id"] in settled and not one["Balance"] and ago(one) < 85
    )
    payment = settled[invoice["Id"]]
    books.touch("Payment", payment)
    invoice["Balance"], invoice["LinkedTxn"] = payment["TotalAmt"], []
    payment["UnappliedAmt"], payment["Line"] = payment["TotalAmt"], []
    key = f"UNAPPLIED_PAYMENT:customer_payment:{payment['Id']}"
    # It has been open for as long as it is old, and seems later than it was.
    excused = [("OVERDUE_BEYOND_HABIT", f"OVERDUE_BEYOND_HABIT:invoice:{invoice['Id']}")]
    return Planted([("UNAPPLIED_PAYMENT", key)], excused)


def unapplied_credit(books: QuickBooks) -> Planted:
    """Give a customer a credit of a tenth to all of a usual invoice, and apply it to none."""
    return _credit(books, "CreditMemo", "Invoice", "UNAPPLIED_CREDIT:credit_memo")


def unapplied_vendor_credit(books: QuickBooks) -> Planted:
    """Take a credit of a tenth to all of a usual bill, and apply it to none."""
    return _credit(books, "VendorCredit", "Bill", "UNAPPLIED_VENDOR_CREDIT:vendor_credit")


def _credit(books: QuickBooks, entity: str, document: str, key: str) -> Planted:
    parties = SIDES[document][0]
    party = books.chance.choice(books.parties(parties))
    total = books.usual(document, party["Id"]) * books.chance.randint(10, 100) // 100
    like = books.entities[entity][0]
    day = AS_OF - datetime.timedelta(books.chance.randint(0, 200))
    amounts = {field: dollars(total) for field in ("TotalAmt", "Balance", "RemainingCredit")}
    ref = {f"{parties}Ref": {"value": party["Id"], "name": party["DisplayName"]}}
    made = books.add(entity, like, day, **amounts, **ref)
    made["Line"][0]["Amount"] = dollars(total)
    books.owe(document, party["Id"], -total)
    return Planted([(key.partition(":")[0], f"{key}:{made['Id']}")])


def no_payee(books: QuickBooks) -> Planted:
    """Enter a purchase without saying who was paid."""
    purchase = books.take("Purchase", lambda one: ago(one) < 390)
    del purchase["EntityRef"]
    return Planted([("NO_PAYEE", f"NO_PAYEE:purchase:{purchase['Id']}")])


def duplicate_vendor(books: QuickBooks) -> Planted:
    """Enter a vendor for a second time, spelt differently."""
    spelt_twice = {"211", "212", "217", "218"}
    vendor = books.take(
        "Vendor", lambda one: len(one["DisplayName"]) > 9 and one["Id"] not in spelt_twice
    )
    name = misspelt(books.chance, vendor["DisplayName"])
    again = copy.deepcopy(vendor) | {"DisplayName": name, "Balance": 0}
    again["Id"] = str(80_000 + len(books.entities["Vendor"]))
    books.entities["Vendor"].append(again)
    books.touch("Vendor", again)
    terms = [] if "TermRef" in vendor else [("NO_TERMS", again["Id"])]
    return Planted([("DUPLICATE_VENDOR", items_group([vendor["Id"], again["Id"]]))], terms)


def inactive_with_balance(books: QuickBooks) -> Planted:
    """Make a party inactive that has something open."""
    entity = _kind(books)
    parties = SIDES[entity][0]
    owing = {books.party_of(one) for one in books.entities[entity] if one["Balance"]}
    party = books.take(parties, lambda one: one["Active"] and one["Id"] in owing)
    party["Active"] = False
    key = f"INACTIVE_WITH_BALANCE:{parties.lower()}:{party['Id']}"
    return Planted([("INACTIVE_WITH_BALANCE", key)])


def duplicate_document(books: QuickBooks) -> Planted:
    """Enter a document again: the same day or within two days, or with its number when it is
    reminded of, a week to a month later.
    """
    entity = _kind(books)
    is_reminder = books.chance.random() < 0.4
    original = books.take(
        entity,
        lambda one: (
            books.is_open(one)
            and ago(one) > 6
            and "DueDate" in one
            and (not is_reminder or bool(one.get("DocNumber")))
            and cents(one["TotalAmt"]) < 2_000_000
        ),
    )
    later = books.chance.randint(7, 30) if is_reminder else books.chance.choice([0, 0, 1, 1, 2])
    number = original.get("DocNumber", "")
    again = books.document(
        entity,
        books.party_of(original),
        max(0, ago(original) - later),
        total=cents(original["TotalAmt"]),
        DueDate=original["DueDate"],
        DocNumber=number if is_reminder else books.chance.choice([number, ""]),
    )
    group = items_group([original["Id"], again["Id"], books.party_of(original)])
    return Planted([("DUPLICATE_DOCUMENT", group)])


def negative_bank(books: QuickBooks) -> Planted:
    """Overdraw a bank account by a hundred to some thousands."""
    account = books.of("Account", books.chance.choice([CHECKING, TRUST]))
    account["CurrentBalance"] = dollars(-books.chance.randint(10_000, 900_000))
    return Planted([("NEGATIVE_BANK", f"NEGATIVE_BANK:{account['Id']}")])


def negative_receivable(books: QuickBooks) -> Planted:
    """Take a customer's payment twice, so that it seems to be owed something."""
    return _negative(books, "Invoice", "NEGATIVE_RECEIVABLE")


def negative_payable(books: QuickBooks) -> Planted:
    """Pay a vendor twice, so that it seems to owe something."""
    return _negative(books, "Bill", "NEGATIVE_PAYABLE")


def _negative(books: QuickBooks, entity: str, rule: str) -> Planted:
    parties = SIDES[entity][0]
    like = books.entities[parties][0]
    key = str(70_000 + len(books.entities[parties]))
    name = f"{books.chance.choice(['Amber', 'Birch', 'Cedar', 'Dune'])} Works {key}"
    books.entities[parties].append(
        {**like, "Id": key, "DisplayName": name, "Balance": 0, "Active": True}
    )
    books.touch(parties, books.of(parties, key))
    books.owe(entity, key, -books.chance.randint(5_000, 300_000))
    terms = ("NO_TERMS", key)
    return Planted([(rule, f"{rule}:{parties.lower()}:{key}")], [_gap(entity), terms])


def outlying_bill(books: QuickBooks) -> Planted:
    """Slip the decimal point of an open bill: ten times as much, or a hundred times."""
    counts = [books.party_of(one) for one in books.entities["Bill"] if ago(one) < 400]
    bill = books.take(
        "Bill", lambda one: books.is_open(one) and counts.count(books.party_of(one)) >= 10
    )
    before = cents(bill["TotalAmt"])
    total = before * books.chance.choice([10, 10, 100])
    bill["TotalAmt"] = bill["Balance"] = dollars(total)
    books.owe("Bill", books.party_of(bill), total - before)
    return items_about("OUTLYING_BILL", "Bill", bill["Id"])


def zero_amount(books: QuickBooks) -> Planted:
    """Save a document before its amount is known."""
    entity = _kind(books)
    party = books.chance.choice(books.parties(SIDES[entity][0]))
    document = books.document(entity, party["Id"], books.chance.randint(0, 300))
    books.owe(entity, party["Id"], -cents(document["Balance"]))
    document["TotalAmt"] = document["Balance"] = 0
    return items_about("ZERO_AMOUNT", entity, document["Id"])


def uncategorised(books: QuickBooks) -> Planted:
    """Leave a purchase where the bank's feed has put it."""
    return _coded(books, "UNCATEGORISED", UNCATEGORISED)


def parent_account(books: QuickBooks) -> Planted:
    """Code a record to an account that has sub-accounts."""
    return _coded(books, "PARENT_ACCOUNT", _PARENT)


def _coded(books: QuickBooks, rule: str, account: str) -> Planted:
    entity = books.chance.choice(["Purchase", "Bill"])
    record = books.take(entity, lambda one: ago(one) < 390 and one["TotalAmt"])
    record["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"] = {"value": account}
    return Planted([(rule, f"{rule}:{entity.lower()}:{record['Id']}")])


def opening_balance_equity(books: QuickBooks) -> Planted:
    """Leave what was brought in at the beginning where QuickBooks puts it."""
    books.move(EQUITY, -books.chance.randint(10_000, 5_000_000))
    return Planted([("OPENING_BALANCE_EQUITY", f"OPENING_BALANCE_EQUITY:{EQUITY}")])


def journal_to_control(books: QuickBooks) -> Planted:
    """Correct what is owed by a journal entry, a few hundred to a few thousand."""
    entity = _kind(books)
    _, control, sign = SIDES[entity]
    amount = books.chance.randint(20_000, 500_000)
    like = books.entities["JournalEntry"][0]
    day = AS_OF - datetime.timedelta(books.chance.randint(0, 300))
    entry = books.add("JournalEntry", like, day)
    entry["Line"] = entry["Line"][:2]
    for line, account, side in zip(
        entry["Line"], (control, OFFICE), ("Debit", "Credit")[::sign], strict=True
    ):
        line["Amount"] = dollars(amount)
        line["JournalEntryLineDetail"] = {"PostingType": side, "AccountRef": {"value": account}}
    books.move(control, sign * amount)
    key = f"JOURNAL_TO_CONTROL:journal_entry:{entry['Id']}"
    return Planted([("JOURNAL_TO_CONTROL", key)], [_gap(entity)])


def future_date(books: QuickBooks) -> Planted:
    """Mistype a date: the next month, or the next year."""
    ahead = books.chance.choice([books.chance.randint(20, 45), books.chance.randint(340, 390)])
    if books.chance.random() < 0.3:
        purchase = books.take("Purchase", lambda one: ago(one) < 60)
        purchase["TxnDate"] = (AS_OF + datetime.timedelta(ahead)).isoformat()
        return Planted([("FUTURE_DATE", f"FUTURE_DATE:purchase:{purchase['Id']}")])
    entity = _kind(books)
    party = books.chance.choice(books.parties(SIDES[entity][0]))
    document = books.document(entity, party["Id"], -ahead)
    return items_about("FUTURE_DATE", entity, document["Id"])


def changed_after_closing(books: QuickBooks) -> Planted:
    """Change a purchase of closed books in the last weeks."""
    purchase = books.take("Purchase", lambda one: 120 < ago(one) < 390)
    day = AS_OF - datetime.timedelta(books.chance.randint(0, 40))
    purchase["MetaData"]["LastUpdatedTime"] = f"{day.isoformat()}T10:00:00-08:00"
    key = f"CHANGED_AFTER_CLOSING:purchase:{purchase['Id']}"
    return Planted([("CHANGED_AFTER_CLOSING", key)])


def receivables_gap(books: QuickBooks) -> Planted:
    """Do not read an open invoice."""
    return _unread(books, "Invoice")


def payables_gap(books: QuickBooks) -> Planted:
    """Do not read an open bill."""
    return _unread(books, "Bill")


def _unread(books: QuickBooks, entity: str) -> Planted:
    document = books.take(
        entity, lambda one: books.is_open(one) and cents(one["TotalAmt"]) < 2_000_000
    )
    books.drop(entity, document)
    return Planted([_gap(entity)])


def stale_bank(books: QuickBooks) -> Planted:
    """Let the feed of the checking account end one to three months ago."""
    last = AS_OF - datetime.timedelta(books.chance.randint(30, 90))
    excused = []
    for entity in ("Payment", "BillPayment", "Purchase", "Deposit", "Transfer", "JournalEntry"):
        for one in books.entities[entity].copy():
            if day_of(one) > last and f"'value': '{CHECKING}'" in str(one):
                books.drop(entity, one)
                if one.get("UnappliedAmt"):
                    # Owed to the customer still, and nothing that is read says why.
                    key = f"NEGATIVE_RECEIVABLE:customer:{books.party_of(one)}"
                    excused += [_gap("Invoice"), ("NEGATIVE_RECEIVABLE", key)]
    return Planted([("STALE_BANK", f"STALE_BANK:{CHECKING}")], excused)


def aged_undeposited(books: QuickBooks) -> Planted:
    """Forget a cheque in a drawer for three weeks to three months."""
    payment = books.take(
        "Payment",
        lambda one: (
            21 <= ago(one) <= 90
            and bool(one["TotalAmt"])
            and one["DepositToAccountRef"]["value"] == UNDEPOSITED
            and bool(one.get("LinkedTxn"))
        ),
    )
    deposit = books.of("Deposit", payment.pop("LinkedTxn")[0]["TxnId"])
    deposit["Line"] = [
        line for line in deposit["Line"] if line["LinkedTxn"][0]["TxnId"] != payment["Id"]
    ]
    amount = cents(payment["TotalAmt"])
    add(deposit, "TotalAmt", -amount)
    if not deposit["Line"]:
        books.drop("Deposit", deposit)
    books.move(CHECKING, -amount)
    books.move(UNDEPOSITED, amount)
    key = f"AGED_UNDEPOSITED:payment:{payment['Id']}"
    return Planted([("AGED_UNDEPOSITED", key)])


def currency_or_rate(books: QuickBooks) -> Planted:
    """Write a document in a foreign currency without a rate."""
    entity = _kind(books)
    document = books.take(
        entity, lambda one: books.is_open(one) and cents(one["TotalAmt"]) < 2_000_000
    )
    currency = books.chance.choice(["EUR", "GBP", "CAD"])
    document["CurrencyRef"] = {"value": currency, "name": currency}
    books.owe(entity, books.party_of(document), -cents(document["Balance"]))
    return Planted([("CURRENCY_OR_RATE", f"CURRENCY_OR_RATE:{currency}")])


def _gap(entity: str) -> Item:
    if entity == "Invoice":
        return "RECEIVABLES_GAP", "RECEIVABLES_GAP:receivable"
    return "PAYABLES_GAP", "PAYABLES_GAP:payable"


FAULTS: dict[str, Callable[[QuickBooks], Planted]] = {
    fault.__name__.upper(): fault
    for fault in (
        no_due_date,
        no_terms,
        open_long,
        overdue_beyond_habit,
        unapplied_payment,
        unapplied_credit,
        unapplied_vendor_credit,
        no_payee,
        duplicate_vendor,
        inactive_with_balance,
        duplicate_document,
        negative_bank,
        negative_receivable,
        negative_payable,
        outlying_bill,
        zero_amount,
        uncategorised,
        parent_account,
        opening_balance_equity,
        journal_to_control,
        future_date,
        changed_after_closing,
        receivables_gap,
        payables_gap,
        aged_undeposited,
        currency_or_rate,
        stale_bank,
    )
}
NOT_IN_QUICKBOOKS = frozenset({"PAID_WITH_BALANCE", "OLD_SYNC", "SYNC_GAP"})
# A company has one of these at most, or the second hides behind the first.
ONCE = frozenset({"OPENING_BALANCE_EQUITY", "NEGATIVE_BANK", "STALE_BANK"})
# How many damaged companies are made of each demo company.
ROUNDS = 12


def near_misses(books: QuickBooks) -> None:
    """Add what looks like a fault and is none."""
    chance = books.chance
    customers = {one["Id"]: books.late_days(one["Id"]) for one in books.parties("Customer")}
    # Late, as this customer is late: between half and nine tenths of the latest tenth.
    late = [key for key, days in customers.items() if len(days) >= 8 and days[-1] >= 10]
    for key in chance.sample(late, 2):
        usual = statistics.quantiles(customers[key], n=10)[-1]
        overdue = round(usual * chance.uniform(0.5, 0.9))
        due = AS_OF - datetime.timedelta(overdue)
        books.document("Invoice", key, overdue + 30, DueDate=due.isoformat())
    # Two months old and not due yet; the same subscription a month apart; a bill half as large
    # again as usual; a cheque of last week; a void; a party that is gone and settled.
    due = AS_OF + datetime.timedelta(chance.randint(1, 20))
    books.document("Bill", "213", chance.randint(45, 75), DueDate=due.isoformat())
    for month in (1, 2):
        books.document("Bill", "216", 30 * month, total=47_713)
    usual = books.usual("Bill", "208")
    books.document("Bill", "208", chance.randint(4, 20), total=usual * 3 // 2)
    voided = books.document("Invoice", "104", chance.randint(5, 80), PrivateNote="Voided")
    books.owe("Invoice", "104", -cents(voided["Balance"]))
    voided["TotalAmt"] = voided["Balance"] = 0
    like = books.entities["Vendor"][0]
    for n, name in enumerate(("Clearwater Plumbing", "Pier 19 Properties", "Tom Okada Motion")):
        other = {**like, "Id": str(60_000 + n), "DisplayName": name, "Balance": 0}
        books.entities["Vendor"].append({**other, "Active": n != 0})
    recent = books.take("Purchase", lambda one: ago(one) < 60)
    recent["MetaData"]["LastUpdatedTime"] = f"{AS_OF.isoformat()}T10:00:00-08:00"


def damaged(seed: int, number: int) -> tuple[Entities, set[Item], set[Item]]:
    """Return a company with faults and near misses, what has to be found, and what may be.

    The last two companies' bank feeds have ended, and nothing else is wrong with them.
    """
    chance = random.Random(1_000 * seed + number)
    books = QuickBooks(seed, chance)
    if number % 2:
        near_misses(books)
    planted, excused = set(), set()
    for rule, fault in FAULTS.items():
        is_alone = rule == "STALE_BANK"
        if is_alone is (number >= ROUNDS - 2) and (is_alone or chance.random() < 0.6):
            for _ in range(1 if rule in ONCE else chance.randint(1, 2)):
                found = fault(books)
                planted.update(found.items)
                excused.update(found.excused)
    return books.entities, planted, excused
