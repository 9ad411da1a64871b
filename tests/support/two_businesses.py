"""Two businesses that a leak would mix up: the same ids everywhere, other texts, other amounts.

Every text of a business holds its mark. The small one's figures all stay below a million, and
every amount of the large one lies above: where its money went into a sum, it shows.
"""

import asyncio
import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from google.protobuf import field_mask_pb2
from google.protobuf.message import Message
from google.type import money_pb2
from runway.ledger.v1 import (
    decision_pb2,
    digest_pb2,
    hand_over_pb2,
    hygiene_tray_pb2,
    ledger_history_pb2,
    ledger_pb2,
)
from sqlalchemy import text

from support import builders, catalogue
from support.builders import day
from support.calls import Calls
from support.databases import DatabaseUrls

BUSINESSES = "runway.orchestrator.v1.BusinessService"
AUDITS = "runway.orchestrator.v1.AuditService"
BACKTESTS = "runway.orchestrator.v1.BacktestService"
LEDGERS = "runway.orchestrator.v1.LedgerService"
TEST_DRIVES = "runway.orchestrator.v1.TestDriveService"
DIGESTS = "runway.orchestrator.v1.DigestService"
CONSOLES = "runway.orchestrator.v1.DecisionConsoleService"
HAND_OVERS = "runway.orchestrator.v1.HandOverService"
TRAYS = "runway.orchestrator.v1.HygieneTrayService"
DOCUMENTS = 90
A_MILLION = 1_000_000

_PAID = {"state": ledger_pb2.DOCUMENT_STATE_PAID, "balance": builders.usd("0.00")}


@dataclass
class Business:
    """One of the two, and how to ask for it."""

    calls: Calls
    business_id: str
    mark: str
    dollars: int
    _documents: Any = field(default_factory=lambda: itertools.count(10))
    _requests: Any = field(default_factory=itertools.count)

    @property
    def only(self) -> str:
        """Return the id of those records that this business has and the other has not."""
        return f"only-{self.mark[-1]}"

    @property
    def all_ids(self) -> list[str]:
        """Return the ids of this business, of the one that its CreateBusiness makes, of the one
        that its EraseBusiness erases, and of the one that its CreateSandbox makes.
        """
        return [self.business_id, *(f"{self.business_id}-{number}" for number in (2, 3, 4))]

    def usd(self, dollars: int) -> money_pb2.Money:
        """Return an amount of this business's size."""
        return builders.usd(str(dollars * self.dollars))

    def text(self, text: str) -> str:
        """Return a text that is recognised wherever it turns up."""
        return f"{text} {self.mark}"

    def request_id(self) -> str:
        """Return a fresh request id; the other business uses the very same ones."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, str(next(self._requests))))

    def next_document(self) -> str:
        """Return the id of an open bill and invoice about which nothing is decided yet."""
        return str(next(self._documents))

    def ask(self, full_name: str, **fields: Any) -> Any:
        """Return the response of a call about this business that must succeed."""
        return self.calls.of(full_name, business_id=self.business_id, **fields)

    def change(self, full_name: str, **fields: Any) -> Any:
        """Return the response of a change of this business that must succeed."""
        return self.ask(full_name, request_id=self.request_id(), **fields)

    def settings(self) -> Any:
        """Return the business as one creates it."""
        return builders.create_business(self.business_id, display_name=self.text("Acme")).business

    def decision(self, **action: Any) -> decision_pb2.Decision:
        """Return a decision to pay the next bill now, or another one."""
        action = action or {"pay_now": decision_pb2.PayNow(bill_id=self.next_document())}
        return decision_pb2.Decision(note=self.text("Because"), **action)

    def queue_decision(self, **action: Any) -> decision_pb2.Decision:
        """Queue a decision and return it as it now stands."""
        decision = self.decision(**action)
        return self.change(f"{CONSOLES}/AddDecision", decision=decision).decision

    def queue_etag(self) -> str:
        """Return the queue's etag."""
        return str(self.ask(f"{CONSOLES}/GetConsoleData").queue_etag)

    def planned_item(self) -> ledger_pb2.PlannedItem:
        """Return a planned item as one creates it."""
        return builders.planned_item(display_name=self.text("Tax"), amount=self.usd(-50))

    def earmark(self) -> ledger_pb2.Earmark:
        """Return an earmark as one creates it."""
        return builders.earmark(display_name=self.text("Deposit"), amount=self.usd(10))

    def backtest(self) -> ledger_history_pb2.BacktestRecord:
        """Return how this business's forecasts did."""
        cash = ledger_history_pb2.CashAccuracy(weeks=1, mean_absolute_error=self.usd(7))
        return ledger_history_pb2.BacktestRecord(as_of=day("2026-05-05"), cash=[cash])

    def hand_over(self, **subject: str) -> hand_over_pb2.HandOver:
        """Return a hand-over, of a bill unless told otherwise, as one creates it."""
        return hand_over_pb2.HandOver(
            **(subject or {"bill_id": "1"}),
            from_person=self.text("Ann"),
            to_person=self.text("Bob"),
            note=self.text("Please look"),
        )

    def findings(self, *more: str) -> dict[str, Any]:
        """Return issues found in this business's books, as one records them."""
        keys = ["1", f"issue-{self.only}", *more]
        return {
            "synced_at": self.ask(f"{TRAYS}/GetTrayData").synced_at,
            "findings": [
                hygiene_tray_pb2.Finding(issue_key=key, rule=f"RULE {self.mark}") for key in keys
            ],
        }

    def records(self) -> list[Message]:
        """Return this business's books, as its source has them."""
        return [
            record
            for account, party, document in [("35", "c1", "1"), (self.only,) * 3]
            for record in [*self._nouns(account, party), *self._past(account, party, document)]
        ] + [
            document
            for number in [*map(str, range(1, DOCUMENTS)), f"open-{self.only}"]
            for document in self._open(number)
        ]

    def import_message(self, *records: Message, **fields: Any) -> Any:
        """Return the single message of an import."""
        message = builders.import_ledger(
            self.business_id, *records, request_id=self.request_id(), **fields
        )
        for record in message.records:
            record.source_file = self.text("books.json")
        return message

    def _nouns(self, account: str, party: str) -> list[Message]:
        terms = ledger_pb2.PaymentTerms(display_name=self.text("Net 30"), net_days=30)
        named: dict[str, Any] = {"balance": self.usd(300), "terms": terms}
        return [
            builders.account(account, display_name=self.text("Bank"), balance=self.usd(900)),
            builders.account(
                f"tied-{account}", display_name=self.text("Tied"), balance=self.usd(9)
            ),
            builders.customer(party, display_name=self.text("Customer"), **named),
            builders.vendor(party, display_name=self.text("Vendor"), **named),
        ]

    def _open(self, number: str) -> list[Message]:
        fields = {"document_number": self.text(number), "total": self.usd(3)}
        fields["balance"] = self.usd(2)
        return [
            builders.bill(number, vendor_id="c1", **fields),
            builders.invoice(number, customer_id="c1", **fields),
        ]

    def _past(self, account: str, party: str, number: str) -> list[Message]:
        """Return a paid bill and invoice with their payments, and a rent that comes back."""
        fields = {"document_number": self.text("Old"), "total": self.usd(30), **_PAID}
        return [
            builders.bill(f"paid-{number}", vendor_id=party, **fields),
            builders.invoice(f"paid-{number}", customer_id=party, **fields),
            self._payment(account, party, number, "bill_id", -30),
            self._payment(account, party, number, "invoice_id", 30),
            ledger_pb2.Payment(
                payment_id=f"unapplied-{number}",
                kind=ledger_pb2.PAYMENT_KIND_BILL_PAYMENT,
                party_id=party,
                payment_date=day("2026-04-10"),
                total=self.usd(5),
                unapplied=self.usd(5),
                state=ledger_pb2.DOCUMENT_STATE_OPEN,
            ),
            *(
                ledger_pb2.CashTransaction(
                    transaction_id=f"rent-{number}-{month}",
                    source_kind="Purchase",
                    transaction_date=day(f"2026-0{month}-01"),
                    postings=[self._posting(account, -20)],
                    state=ledger_pb2.DOCUMENT_STATE_PAID,
                )
                for month in range(1, 6)
            ),
        ]

    def _payment(
        self, account: str, party: str, number: str, document: str, dollars: int
    ) -> ledger_pb2.Payment:
        kinds = {
            "bill_id": ledger_pb2.PAYMENT_KIND_BILL_PAYMENT,
            "invoice_id": ledger_pb2.PAYMENT_KIND_CUSTOMER_PAYMENT,
        }
        settled: dict[str, Any] = {document: f"paid-{number}", "amount": self.usd(30)}
        return ledger_pb2.Payment(
            payment_id=number,
            kind=kinds[document],
            party_id=party,
            payment_date=day("2026-04-20"),
            total=self.usd(30),
            unapplied=self.usd(0),
            applications=[ledger_pb2.Application(**settled)],
            postings=[self._posting(account, dollars)],
            state=ledger_pb2.DOCUMENT_STATE_PAID,
        )

    def digest(self) -> digest_pb2.DigestRecord:
        """Return a digest to record."""
        return digest_pb2.DigestRecord(
            config=digest_pb2.DigestConfig(trigger_type=digest_pb2.DIGEST_TRIGGER_WEEKLY),
            as_of=day("2026-05-05"),
            subject=self.text("Cash lasts"),
            content_digest=bytes(32),
        )

    def digest_settings(self) -> dict[str, Any]:
        """Return the fields of a change of when digests are wanted."""
        settings = self.ask(f"{DIGESTS}/GetDigestSettings").settings
        settings.hour = (settings.hour + 1) % 24
        settings.recipients[:] = [f"{self.mark}@example.com"]
        mask = field_mask_pb2.FieldMask(paths=["hour", "recipients"])
        return {"settings": settings, "update_mask": mask}

    def _posting(self, account: str, dollars: int) -> ledger_pb2.CashPosting:
        return ledger_pb2.CashPosting(
            account_id=account,
            amount=self.usd(dollars),
            category=ledger_pb2.CASH_CATEGORY_RENT,
            counterparty=self.text("Landlord"),
        )


def begin(calls: Calls, business_id: str, mark: str, dollars: int) -> Business:
    """Create a business with rows in every table."""
    new = Business(calls, business_id, mark, dollars)
    new.change(f"{BUSINESSES}/CreateBusiness", business=new.settings())
    imported = calls(f"{LEDGERS}/ImportLedger", [new.import_message(*new.records())])
    assert imported.response is not None and imported.response.applied, imported
    later = new.import_message()
    later.changed_since.seconds = later.synced_at.seconds + 1
    later.synced_at.seconds += 2
    assert calls(f"{LEDGERS}/ImportLedger", [later]).code == "OK"
    new.change(f"{LEDGERS}/CreatePlannedItem", planned_item=new.planned_item())
    new.change(f"{LEDGERS}/CreateEarmark", earmark=new.earmark())
    new.change(f"{BACKTESTS}/RecordBacktest", record=new.backtest())
    new.change(f"{TRAYS}/RecordFindings", **new.findings())
    for bill_or_invoice in ("1", "2"):
        collect = decision_pb2.Collect(invoice_id=bill_or_invoice, expected_date=day("2026-06-01"))
        new.queue_decision(pay_now=decision_pb2.PayNow(bill_id=bill_or_invoice))
        new.queue_decision(collect=collect)
        if bill_or_invoice == "1":
            new.change(f"{CONSOLES}/FinalizeDecisions", etag=new.queue_etag())
    new.change(
        f"{TEST_DRIVES}/RecordExposure", experiment="digest-headline", variant=new.text("Shown")
    )
    new.change(f"{HAND_OVERS}/CreateHandOver", hand_over=new.hand_over())
    new.change(f"{HAND_OVERS}/CreateHandOver", hand_over=new.hand_over(invoice_id="1"))
    new.change(f"{DIGESTS}/RecordDigest", digest=new.digest())
    new.change(f"{DIGESTS}/UpdateDigestSettings", **new.digest_settings())
    return new


def begin_small(calls: Calls) -> Business:
    """Create a business whose figures all lie below a million."""
    return begin(calls, builders.business_id("small"), f"mark-{uuid.uuid4().hex}-s", 1)


def begin_large(calls: Calls) -> Business:
    """Create a business whose every amount lies above a million."""
    return begin(calls, builders.business_id("large"), f"mark-{uuid.uuid4().hex}-l", A_MILLION)


class Two(NamedTuple):
    """The two businesses."""

    small: Business
    large: Business


def assert_tells_nothing_of(other: Business, seen: str) -> None:
    """Check that a text, however it came about, has nothing in it of a business."""
    for secret in (other.business_id, other.mark, other.only):
        assert secret not in seen


Rows = dict[str, list[str]]


def rows_of(database: DatabaseUrls, *businesses: Business) -> list[Rows]:
    """Return every row of each business as text, by table, past all policies."""
    return asyncio.run(_rows_of(database, businesses))


async def _rows_of(database: DatabaseUrls, businesses: Sequence[Business]) -> list[Rows]:
    found: list[Rows] = [{} for _ in businesses]
    async with catalogue.passing_transaction(database.owner) as owner:
        for table in await catalogue.tenant_tables(owner):
            # The owner is bound as well; the transaction is rolled back.
            await owner.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
            query = text(f"SELECT t::text FROM {table} t WHERE business_id = ANY (:ids) ORDER BY 1")
            for rows, business in zip(found, businesses, strict=True):
                result = await owner.execute(query, {"ids": business.all_ids})
                rows[table] = [row[0] for row in result]
    return found
