"""What belongs to another business answers exactly as what never existed.

Each test asks twice for the small business: once with an id or token of the large one, once with
one that nobody ever had. The two answers are the same to the last byte, the id itself apart.
So it is with all walls standing, and so it is where the statements stand alone.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf import field_mask_pb2
from google.protobuf.message import Message
from runway.ledger.v1 import business_pb2, decision_pb2, ledger_pb2
from runway.orchestrator.v1 import ledger_service_pb2

from support import builders
from support.builders import day
from support.calls import GRPC, HTTP, Answer, Calls, calling, request_class
from support.databases import DatabaseUrls
from support.every_request import GATEWAY, HANDED_OVER, PLANNING, SETTINGS
from support.servers import Stack
from support.two_businesses import (
    BUSINESSES,
    CONSOLES,
    HAND_OVERS,
    LEDGERS,
    Business,
    Two,
    rows_of,
)

pytestmark = pytest.mark.database  # Asked for by name, the database marks no test by itself.

LISTS = ["ListBills", "ListInvoices", "ListAccounts", "ListPlannedItems", "ListEarmarks"]
every_face_of_hand_overs = pytest.mark.parametrize(
    ("service", "face"), [(HAND_OVERS, GRPC), (HANDED_OVER, GRPC), (HANDED_OVER, HTTP)]
)
every_face_of_plans = pytest.mark.parametrize(
    ("service", "face"), [(LEDGERS, GRPC), (PLANNING, GRPC), (PLANNING, HTTP)]
)
every_face_of_settings = pytest.mark.parametrize(
    ("service", "face"), [(BUSINESSES, GRPC), (SETTINGS, GRPC), (SETTINGS, HTTP)]
)
every_face = pytest.mark.parametrize(
    ("service", "face"), [(CONSOLES, GRPC), (GATEWAY, GRPC), (GATEWAY, HTTP)]
)

Ask = Callable[[str], Answer]


@pytest.fixture(scope="module", params=["all walls", "statements alone"])
def walls(request: pytest.FixtureRequest) -> tuple[Stack, DatabaseUrls]:
    """The three services and their database, with its policies on or off."""
    names = (
        ("stack", "database") if request.param == "all walls" else ("open_stack", "open_database")
    )
    stack, database = map(request.getfixturevalue, names)
    return stack, database


@pytest.fixture(scope="module")
def calls(walls: tuple[Stack, DatabaseUrls]) -> Iterator[Calls]:
    """A way to call all services."""
    with calling(walls[0]) as calls:
        yield calls


@pytest.fixture
def alike(two: Two, walls: tuple[Stack, DatabaseUrls]) -> Callable[[str, Ask], Answer]:
    """Check that a foreign id and one that never was answer alike; return the answer.

    Neither changes a row of the large business.
    """

    def check(foreign: str, ask: Ask) -> Answer:
        database = walls[1]
        (before,) = rows_of(database, two.large)
        given = [foreign, never_used(foreign)]
        answers = [ask(value) for value in given]
        assert answers[0].without(given[0]) == answers[1].without(given[1])
        assert two.large.mark not in answers[0].everything
        assert rows_of(database, two.large) == [before]
        return answers[0]

    return check


def never_used(foreign: str) -> str:
    """Return a text that looks like another one and was never given to anything."""
    try:
        uuid.UUID(foreign)
    except ValueError:
        return foreign[:-1] + ("w" if foreign[-1] != "w" else "x")
    return str(uuid.uuid4())


def changing(
    calls: Calls, mine: Business, full_name: str, face: str = GRPC, **given: Any
) -> Answer:
    """Send a change for a business and return whatever comes back."""
    request = request_class(full_name)(
        business_id=mine.business_id, request_id=builders.request_id(), **given
    )
    return calls(full_name, request, face)


@every_face
@pytest.mark.parametrize("kind", ["bill", "invoice"])
def test_another_businesss_document_cannot_be_decided_about(
    service: str, face: str, kind: str, two: Two, calls: Calls, alike: Any
) -> None:
    def ask(document_id: str) -> Answer:
        collect = decision_pb2.Collect(invoice_id=document_id, expected_date=day("2026-06-01"))
        action: dict[str, Any] = (
            {"pay_now": decision_pb2.PayNow(bill_id=document_id)}
            if kind == "bill"
            else {"collect": collect}
        )
        decision = two.small.decision(**action)
        return changing(calls, two.small, f"{service}/AddDecision", face, decision=decision)

    answer = alike(f"open-{two.large.only}", ask)
    assert answer.code == "NOT_FOUND"
    assert f"{kind.upper()}_NOT_FOUND" in answer.everything
    assert ask(f"open-{two.small.only}").code in ("OK", "ALREADY_EXISTS")


@every_face
@pytest.mark.parametrize("method", ["UpdateDecision", "RemoveDecision"])
def test_another_businesss_decision_cannot_be_touched(
    service: str, face: str, method: str, two: Two, calls: Calls, alike: Any
) -> None:
    foreign = two.large.queue_decision()

    def ask(decision_id: str) -> Answer:
        fields: dict[str, Any] = {"decision_id": decision_id}
        if method == "UpdateDecision":
            mask = field_mask_pb2.FieldMask(paths=["note"])
            fields |= {"decision": foreign, "update_mask": mask}
        else:
            fields["etag"] = foreign.etag
        return changing(calls, two.small, f"{service}/{method}", face, **fields)

    answer = alike(foreign.decision_id, ask)
    assert answer.code == "NOT_FOUND"
    assert "DECISION_NOT_FOUND" in answer.everything


@every_face_of_plans
@pytest.mark.parametrize("method", ["Update", "Delete"])
@pytest.mark.parametrize(
    ("noun", "field"), [("PlannedItem", "planned_item"), ("Earmark", "earmark")]
)
def test_another_businesss_plans_cannot_be_touched(
    service: str,
    face: str,
    method: str,
    noun: str,
    field: str,
    two: Two,
    calls: Calls,
    alike: Any,
) -> None:
    draft = getattr(two.large, field)()
    created = two.large.change(f"{LEDGERS}/Create{noun}", **{field: draft})
    foreign = getattr(created, field)

    def ask(entry_id: str) -> Answer:
        mask = field_mask_pb2.FieldMask(paths=["amount"])
        update = {field: foreign, "update_mask": mask}
        how = update if method == "Update" else {"etag": foreign.etag}
        fields = {f"{field}_id": entry_id, **how}
        return changing(calls, two.small, f"{service}/{method}{noun}", face, **fields)

    answer = alike(getattr(foreign, f"{field}_id"), ask)
    assert answer.code == "NOT_FOUND"
    assert f"{field.upper()}_NOT_FOUND" in answer.everything


@every_face_of_plans
@pytest.mark.parametrize("method", ["DisputeInvoice", "SettleDispute"])
def test_another_businesss_invoice_cannot_be_disputed_or_settled(
    service: str, face: str, method: str, two: Two, calls: Calls, alike: Any
) -> None:
    def ask(invoice_id: str) -> Answer:
        fields = {"invoice_id": invoice_id}
        if method == "DisputeInvoice":
            fields["reason"] = two.small.text("Came broken")
        return changing(calls, two.small, f"{service}/{method}", face, **fields)

    answer = alike(f"open-{two.large.only}", ask)
    assert answer.code == "NOT_FOUND"
    assert "INVOICE_NOT_FOUND" in answer.everything


@every_face_of_hand_overs
def test_another_businesss_hand_over_cannot_be_touched(
    service: str, face: str, two: Two, calls: Calls, alike: Any
) -> None:
    foreign = two.large.change(
        f"{HAND_OVERS}/CreateHandOver", hand_over=two.large.hand_over()
    ).hand_over

    def ask(hand_over_id: str) -> Answer:
        mask = field_mask_pb2.FieldMask(paths=["note"])
        fields = {"hand_over_id": hand_over_id, "hand_over": foreign, "update_mask": mask}
        return changing(calls, two.small, f"{service}/UpdateHandOver", face, **fields)

    answer = alike(foreign.hand_over_id, ask)
    assert answer.code == "NOT_FOUND"
    assert "HAND_OVER_NOT_FOUND" in answer.everything


@every_face_of_hand_overs
@pytest.mark.parametrize("kind", ["bill", "invoice"])
def test_another_businesss_document_cannot_be_handed_over(
    service: str, face: str, kind: str, two: Two, calls: Calls, alike: Any
) -> None:
    def ask(document_id: str) -> Answer:
        hand_over = two.small.hand_over()
        setattr(hand_over, f"{kind}_id", document_id)
        return changing(calls, two.small, f"{service}/CreateHandOver", face, hand_over=hand_over)

    answer = alike(f"open-{two.large.only}", ask)
    assert answer.code == "NOT_FOUND"
    assert f"{kind.upper()}_NOT_FOUND" in answer.everything
    assert ask(f"open-{two.small.only}").code == "OK"


@every_face_of_hand_overs
def test_another_businesss_page_token_of_hand_overs_is_refused(
    service: str, face: str, two: Two, calls: Calls, alike: Any
) -> None:
    for business in two:
        business.change(f"{HAND_OVERS}/CreateHandOver", hand_over=business.hand_over())

    def ask(token: str) -> Answer:
        full_name = f"{service}/ListHandOvers"
        request = request_class(full_name)(
            business_id=two.small.business_id, page_size=1, page_token=token
        )
        return calls(full_name, request, face)

    def token_of(business: Business) -> str:
        return str(business.ask(f"{service}/ListHandOvers", page_size=1).next_page_token)

    answer = alike(token_of(two.large), ask)
    assert answer.code == "INVALID_ARGUMENT"
    assert "PAGE_TOKEN_INVALID" in answer.everything
    assert ask(token_of(two.small)).code == "OK"


@every_face_of_settings
@pytest.mark.parametrize(
    "field", ["vendor_tiers", "vendor_late_payment_terms", "restricted_account_ids"]
)
def test_another_businesss_parties_and_accounts_cannot_be_named_in_settings(
    service: str, face: str, field: str, two: Two, calls: Calls, alike: Any
) -> None:
    def ask(named: str) -> Answer:
        business = business_pb2.Business(
            etag=two.small.ask(f"{BUSINESSES}/GetBusiness").business.etag
        )
        if field == "vendor_tiers":
            tier = ledger_pb2.VENDOR_TIER_KEY
            business.vendor_tiers.add(vendor_id=named, tier=tier)
        elif field == "vendor_late_payment_terms":
            terms = ledger_pb2.LatePaymentTerms(grace_days=1)
            business.vendor_late_payment_terms.add(vendor_id=named, terms=terms)
        else:
            business.restricted_account_ids.append(named)
        mask = field_mask_pb2.FieldMask(paths=[field])
        full_name = f"{service}/UpdateBusiness"
        return changing(calls, two.small, full_name, face, business=business, update_mask=mask)

    assert alike(two.large.only, ask).code == "NOT_FOUND"
    assert ask(two.small.only).code == "OK"


@pytest.mark.parametrize("method", LISTS)
def test_another_businesss_page_token_is_refused(
    method: str, two: Two, calls: Calls, alike: Any
) -> None:
    for business in two:
        business.change(f"{LEDGERS}/CreatePlannedItem", planned_item=business.planned_item())
        business.change(f"{LEDGERS}/CreateEarmark", earmark=business.earmark())

    def ask(token: str) -> Answer:
        full_name = f"{LEDGERS}/{method}"
        request = request_class(full_name)(
            business_id=two.small.business_id, page_size=1, page_token=token
        )
        return calls(full_name, request)

    def token_of(business: Business) -> str:
        return str(business.ask(f"{LEDGERS}/{method}", page_size=1).next_page_token)

    answer = alike(token_of(two.large), ask)
    assert answer.code == "INVALID_ARGUMENT"
    assert "PAGE_TOKEN_INVALID" in answer.everything
    assert ask(token_of(two.small)).code == "OK"


@every_face
@pytest.mark.parametrize("method", ["ClearDecisionQueue", "FinalizeDecisions"])
def test_another_businesss_queue_etag_is_stale(
    service: str, face: str, method: str, two: Two, calls: Calls, alike: Any
) -> None:
    two.large.queue_decision()
    if two.large.queue_etag() == two.small.queue_etag():
        two.large.queue_decision()

    def ask(etag: str) -> Answer:
        return changing(calls, two.small, f"{service}/{method}", face, etag=etag)

    answer = alike(two.large.queue_etag(), ask)
    assert answer.code == "ABORTED"
    assert "ETAG_MISMATCH" in answer.everything


def imports_that_name(mine: Business) -> dict[str, Callable[[str], Message]]:
    """Return records of a business that refer to something by its id."""

    def payment(reference: str, **application: Any) -> ledger_pb2.Payment:
        settled: Any = ledger_pb2.Application(amount=mine.usd(1), **application)
        return ledger_pb2.Payment(
            payment_id="new",
            kind=ledger_pb2.PAYMENT_KIND_BILL_PAYMENT,
            party_id="c1",
            payment_date=day("2026-05-01"),
            total=mine.usd(1),
            unapplied=mine.usd(0),
            applications=[settled],
            state=ledger_pb2.DOCUMENT_STATE_PAID,
        )

    def transaction(account_id: str) -> ledger_pb2.CashTransaction:
        return ledger_pb2.CashTransaction(
            transaction_id="new",
            source_kind="Purchase",
            transaction_date=day("2026-05-01"),
            postings=[ledger_pb2.CashPosting(account_id=account_id, amount=mine.usd(-1))],
            state=ledger_pb2.DOCUMENT_STATE_PAID,
        )

    amount: dict[str, Any] = {"total": mine.usd(1), "balance": mine.usd(1)}
    return {
        "vendor": lambda i: builders.bill("new", vendor_id=i, **amount),
        "customer": lambda i: builders.invoice("new", customer_id=i, **amount),
        "account": transaction,
        "paid bill": lambda i: payment(i, bill_id=f"open-{i}"),
        "deleted bill": lambda i: ledger_service_pb2.Deletion(bill_id=f"open-{i}"),
        "deleted invoice": lambda i: ledger_service_pb2.Deletion(invoice_id=f"open-{i}"),
    }


@pytest.mark.parametrize(
    "reference", ["vendor", "customer", "account", "paid bill", "deleted bill", "deleted invoice"]
)
def test_an_import_cannot_refer_to_another_businesss_records(
    reference: str, two: Two, calls: Calls, alike: Any
) -> None:
    make = imports_that_name(two.small)[reference]

    def ask(named: str) -> Answer:
        return calls(f"{LEDGERS}/ImportLedger", [two.small.import_message(make(named))])

    answer = alike(two.large.only, ask)
    assert answer.code == "OK"
    deletes = reference.startswith("deleted")
    assert answer.response.counts.rejected == (0 if deletes else 1)
    assert answer.response.counts.unchanged == (1 if deletes else 0)
    own = ask(two.small.only).response.counts
    assert (own.rejected, own.unchanged) == (0, 0)
