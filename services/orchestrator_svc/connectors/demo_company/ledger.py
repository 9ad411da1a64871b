"""A small general ledger that writes QuickBooks records: every balance comes from postings."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator_svc.connectors.demo_company import company
from orchestrator_svc.connectors.demo_company.company import NET_DAYS, Customer, Vendor

Record = dict[str, Any]

# Accounts whose balance QuickBooks shows as debits less credits; it shows all others that way
# round too (liabilities negative), so that one sign serves every account.


def dollars(cents: int) -> int | float:
    """Return cents as the number that QuickBooks writes."""
    return cents // 100 if cents % 100 == 0 else cents / 100


@dataclass(slots=True)
class Document:
    """An invoice or bill being kept: its record, and what is still owed on it, in cents."""

    record: Record
    party: str
    issued: datetime.date
    due: datetime.date | None
    total: int
    balance: int


@dataclass(slots=True)
class Ledger:
    """The books being written. Amounts are cents; debits are positive."""

    records: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    owed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    invoices: list[Document] = field(default_factory=list)
    bills: list[Document] = field(default_factory=list)
    waiting: list[tuple[datetime.date, Record, int]] = field(default_factory=list)
    last_id: int = 1000

    def add(self, entity: str, day: datetime.date, **content: Any) -> Record:
        """Write a record of an entity, with an id that no other transaction has."""
        self.last_id += 1
        stamp = f"{day.isoformat()}T09:00:00-08:00"
        record: Record = {
            "Id": str(self.last_id),
            "SyncToken": "0",
            "domain": "QBO",
            "sparse": False,
            "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp},
            "TxnDate": day.isoformat(),
            "CurrencyRef": company.CURRENCY,
            **content,
        }
        self.records[entity].append(record)
        return record

    def post(self, *entries: tuple[str, int]) -> None:
        """Post a balanced entry."""
        if sum(cents for _, cents in entries):
            raise ValueError(f"the entry {entries} does not balance")
        for account, cents in entries:
            self.balances[account] += cents

    def invoice(self, day: datetime.date, customer: Customer, cents: int) -> Document:
        """Bill a customer."""
        due = day + datetime.timedelta(days=NET_DAYS[customer.terms])
        record = self.add(
            "Invoice",
            day,
            DocNumber=str(2000 + len(self.invoices)),
            CustomerRef=_ref(customer.customer_id, customer.name),
            SalesTermRef=_ref(*customer.terms),
            DueDate=due.isoformat(),
            Line=[_sales_line(cents)],
            LinkedTxn=[],
        )
        self.post((company.RECEIVABLE, cents), (company.SALES, -cents))
        self.owed[customer.customer_id] += cents
        document = Document(record, customer.customer_id, day, due, cents, cents)
        self.invoices.append(document)
        return document

    def bill(
        self,
        day: datetime.date,
        vendor: Vendor,
        cents: int,
        due: datetime.date | None,
        number: str = "",
    ) -> Document:
        """Enter a vendor's bill."""
        content: Record = {
            "VendorRef": _ref(vendor.vendor_id, vendor.name),
            "APAccountRef": _account(company.PAYABLE),
            "Line": [_expense_line(vendor.account, cents)],
            "LinkedTxn": [],
        }
        if number:
            content["DocNumber"] = number
        if due is not None:
            content["DueDate"] = due.isoformat()
        if vendor.terms is not None and due is not None:
            content["SalesTermRef"] = _ref(*vendor.terms)
        record = self.add("Bill", day, **content)
        self.post((vendor.account, cents), (company.PAYABLE, -cents))
        self.owed[vendor.vendor_id] += cents
        document = Document(record, vendor.vendor_id, day, due, cents, cents)
        self.bills.append(document)
        return document

    def receive(
        self,
        day: datetime.date,
        customer: Customer,
        settles: Sequence[tuple[Document, int]],
        extra: int = 0,
    ) -> Record:
        """Take a customer's payment; `extra` settles nothing yet."""
        total = sum(cents for _, cents in settles) + extra
        account = company.UNDEPOSITED if customer.by_cheque else company.CHECKING
        record = self.add(
            "Payment",
            day,
            CustomerRef=_ref(customer.customer_id, customer.name),
            DepositToAccountRef=_account(account),
            TotalAmt=dollars(total),
            UnappliedAmt=dollars(extra),
            Line=[_settling_line(document, "Invoice", cents) for document, cents in settles],
        )
        self._settle("Payment", record, settles)
        self.post((account, total), (company.RECEIVABLE, -total))
        self.owed[customer.customer_id] -= total
        if customer.by_cheque:
            self.waiting.append((day, record, total))
        return record

    def pay(self, day: datetime.date, vendor: Vendor, settles: Sequence[Document]) -> None:
        """Pay a vendor's bills in full from the checking account."""
        amounts = [(document, document.balance) for document in settles]
        total = sum(cents for _, cents in amounts)
        record = self.add(
            "BillPayment",
            day,
            VendorRef=_ref(vendor.vendor_id, vendor.name),
            PayType="Check",
            CheckPayment={"BankAccountRef": _account(company.CHECKING)},
            TotalAmt=dollars(total),
            Line=[_settling_line(document, "Bill", cents) for document, cents in amounts],
        )
        self._settle("BillPaymentCheck", record, amounts)
        self.post((company.PAYABLE, total), (company.CHECKING, -total))
        self.owed[vendor.vendor_id] -= total

    def _settle(self, kind: str, payment: Record, settles: Sequence[tuple[Document, int]]) -> None:
        for document, cents in settles:
            document.balance -= cents
            document.record["LinkedTxn"].append({"TxnId": payment["Id"], "TxnType": kind})

    def deposit(self, day: datetime.date) -> None:
        """Take what waits in undeposited funds to the bank."""
        if not self.waiting:
            return
        total = sum(cents for _, _, cents in self.waiting)
        record = self.add(
            "Deposit",
            day,
            DepositToAccountRef=_account(company.CHECKING),
            TotalAmt=dollars(total),
            Line=[
                {
                    "Amount": dollars(cents),
                    "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}],
                }
                for _, payment, cents in self.waiting
            ],
        )
        for _, payment, _ in self.waiting:
            payment["LinkedTxn"] = [{"TxnId": record["Id"], "TxnType": "Deposit"}]
        self.waiting.clear()
        self.post((company.CHECKING, total), (company.UNDEPOSITED, -total))

    def purchase(
        self, day: datetime.date, vendor: Vendor, cents: int, paid_from: str, account: str = ""
    ) -> None:
        """Buy something at once, from a bank account or the card."""
        account = account or vendor.account
        self.add(
            "Purchase",
            day,
            AccountRef=_account(paid_from),
            PaymentType="CreditCard" if paid_from == company.CARD else "Check",
            Credit=False,
            EntityRef={**_ref(vendor.vendor_id, vendor.name), "type": "Vendor"},
            TotalAmt=dollars(cents),
            Line=[_expense_line(account, cents)],
        )
        self.post((account, cents), (paid_from, -cents))

    def journal(self, day: datetime.date, note: str, *entries: tuple[str, int]) -> None:
        """Write a journal entry."""
        self.add(
            "JournalEntry",
            day,
            Adjustment=False,
            PrivateNote=note,
            TotalAmt=0,
            Line=[
                {
                    "Id": str(number),
                    "Description": note,
                    "Amount": dollars(abs(cents)),
                    "DetailType": "JournalEntryLineDetail",
                    "JournalEntryLineDetail": {
                        "PostingType": "Debit" if cents > 0 else "Credit",
                        "AccountRef": _account(account),
                    },
                }
                for number, (account, cents) in enumerate(entries)
            ],
        )
        self.post(*entries)

    def transfer(self, day: datetime.date, source: str, target: str, cents: int) -> None:
        """Move money between two accounts."""
        self.add(
            "Transfer",
            day,
            FromAccountRef=_account(source),
            ToAccountRef=_account(target),
            Amount=dollars(cents),
        )
        self.post((target, cents), (source, -cents))

    def credit_memo(self, day: datetime.date, customer: Customer, cents: int, used: int) -> Record:
        """Give a customer a credit, part of which is used already."""
        record = self.add(
            "CreditMemo",
            day,
            CustomerRef=_ref(customer.customer_id, customer.name),
            TotalAmt=dollars(cents),
            Balance=dollars(cents - used),
            RemainingCredit=dollars(cents - used),
            Line=[_sales_line(cents)],
        )
        self.post((company.SALES, cents), (company.RECEIVABLE, -cents))
        self.owed[customer.customer_id] -= cents
        return record

    def apply_credit(
        self, day: datetime.date, customer: Customer, memo: Record, document: Document, cents: int
    ) -> None:
        """Apply a credit memo to an invoice, as QuickBooks does: by a payment of nothing."""
        link = {"TxnId": memo["Id"], "TxnType": "CreditMemo"}
        record = self.add(
            "Payment",
            day,
            CustomerRef=_ref(customer.customer_id, customer.name),
            TotalAmt=0,
            UnappliedAmt=0,
            PrivateNote="Created by QB Online to link credits to charges.",
            Line=[
                _settling_line(document, "Invoice", cents),
                {"Amount": dollars(cents), "LinkedTxn": [link]},
            ],
        )
        self._settle("Payment", record, [(document, cents)])

    def vendor_credit(self, day: datetime.date, vendor: Vendor, cents: int) -> None:
        """Take a credit from a vendor, none of it used."""
        self.add(
            "VendorCredit",
            day,
            VendorRef=_ref(vendor.vendor_id, vendor.name),
            TotalAmt=dollars(cents),
            Balance=dollars(cents),
            Line=[_expense_line(vendor.account, cents)],
        )
        self.post((company.PAYABLE, cents), (vendor.account, -cents))
        self.owed[vendor.vendor_id] -= cents

    def sales_receipt(self, day: datetime.date, customer: Customer, cents: int) -> None:
        """Sell for money at once."""
        self.add(
            "SalesReceipt",
            day,
            CustomerRef=_ref(customer.customer_id, customer.name),
            DepositToAccountRef=_account(company.CHECKING),
            TotalAmt=dollars(cents),
            Balance=0,
            Line=[_sales_line(cents)],
        )
        self.post((company.CHECKING, cents), (company.SALES, -cents))

    def close(self) -> None:
        """Write what is owed on each document into its record."""
        for document in (*self.invoices, *self.bills):
            document.record["TotalAmt"] = dollars(document.total)
            document.record["Balance"] = dollars(document.balance)


def _ref(value: str, name: str) -> Record:
    return {"value": value, "name": name}


def _account(account: str) -> Record:
    return _ref(account, company.ACCOUNTS[account][0])


def _sales_line(cents: int) -> Record:
    return {
        "Id": "1",
        "LineNum": 1,
        "Description": "Design services",
        "Amount": dollars(cents),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemAccountRef": _account(company.SALES)},
    }


def _expense_line(account: str, cents: int) -> Record:
    return {
        "Id": "1",
        "LineNum": 1,
        "Amount": dollars(cents),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {
            "AccountRef": _account(account),
            "BillableStatus": "NotBillable",
        },
    }


def _settling_line(document: Document, kind: str, cents: int) -> Record:
    link = {"TxnId": document.record["Id"], "TxnType": kind}
    return {"Amount": dollars(cents), "LinkedTxn": [link]}
