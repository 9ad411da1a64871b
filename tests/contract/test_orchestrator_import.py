"""LedgerService: books in, books out as of a day, and lists by page; through pytest-grpc's stub."""

from typing import Any

import grpc
import pytest
from google.protobuf import timestamp_pb2
from runway.ledger.v1 import ledger_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc
from runway.orchestrator.v1 import ledger_service_pb2 as pb

from support import builders
from support.builders import account, bill, customer, day, invoice, usd, vendor
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"
PAID = {"state": ledger_pb2.DOCUMENT_STATE_PAID, "balance": usd("0.00")}


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return ledger_service_pb2_grpc.LedgerServiceStub


@pytest.fixture
def business(grpc_channel: grpc.Channel) -> str:
    business_id = builders.business_id()
    business_service_pb2_grpc.BusinessServiceStub(grpc_channel).CreateBusiness(
        builders.create_business(business_id)
    )
    return business_id


def give(stub: Any, business_id: str, *records: Any, **changes: Any) -> Any:
    return stub.ImportLedger(iter([builders.import_ledger(business_id, *records, **changes)]))


def counts(answer: Any) -> tuple[int, int, int, int, int]:
    """Return read, added, updated, unchanged, rejected."""
    found = answer.counts
    return found.read, found.added, found.updated, found.unchanged, found.rejected


def books(stub: Any, business_id: str, as_of: str | None = None) -> Any:
    request = pb.GetLedgerRequest(business_id=business_id, as_of=day(as_of) if as_of else None)
    return stub.GetLedger(request).ledger


def bills(stub: Any, business_id: str, **fields: Any) -> Any:
    return stub.ListBills(pb.ListBillsRequest(business_id=business_id, **fields))


def refused(stub_method: Any, request: Any) -> tuple[str, str, list[str]]:
    with pytest.raises(grpc.RpcError) as caught:
        stub_method(request)
    return caught.value.code().name, reason_of(caught.value), violations_of(caught.value)


def test_the_same_books_twice_change_nothing(grpc_stub: Any, business: str) -> None:
    assert counts(give(grpc_stub, business, *builders.small_books())) == (5, 5, 0, 0, 0)
    before = books(grpc_stub, business)
    assert counts(give(grpc_stub, business, *builders.small_books())) == (5, 0, 0, 5, 0)
    assert books(grpc_stub, business) == before


def test_the_same_request_twice_is_done_once_and_answered_alike(
    grpc_stub: Any, business: str
) -> None:
    request = builders.import_ledger(business, *builders.small_books())
    first = grpc_stub.ImportLedger(iter([request]))
    assert grpc_stub.ImportLedger(iter([request])) == first
    request.records[0].account.display_name = "Another"
    answer = refused(grpc_stub.ImportLedger, iter([request]))
    assert answer == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED", ["request_id"])


def test_a_newer_version_updates_and_an_older_one_is_old_news(
    grpc_stub: Any, business: str
) -> None:
    give(grpc_stub, business, vendor(), bill(source_version=5))
    newer = bill(source_version=6, document_number="newer")
    assert counts(give(grpc_stub, business, newer)) == (1, 0, 1, 0, 0)
    older = bill(source_version=4, document_number="older")
    assert counts(give(grpc_stub, business, older)) == (1, 0, 0, 1, 0)
    assert bills(grpc_stub, business).bills[0].document_number == "newer"


@pytest.mark.parametrize("state", ["VOIDED", "DELETED"])
def test_what_is_voided_or_deleted_leaves_the_open_items_and_stays_in_history(
    grpc_stub: Any, business: str, state: str
) -> None:
    give(grpc_stub, business, *builders.small_books())
    number = ledger_pb2.DocumentState.Value(f"DOCUMENT_STATE_{state}")
    gone = bill(state=number, total=usd("0.00"), balance=usd("0.00"), source_version=1)
    assert give(grpc_stub, business, gone).applied
    assert not books(grpc_stub, business).bills
    assert [found.state for found in bills(grpc_stub, business).bills] == [number]


def test_one_rejected_record_keeps_all_out_and_is_named(grpc_stub: Any, business: str) -> None:
    orphan = bill("7", vendor_id="nobody")
    answer = give(grpc_stub, business, *builders.small_books(), orphan)
    assert not answer.applied
    (rejection,) = answer.rejections
    assert (rejection.source_file, rejection.source_entity, rejection.source_id) == (
        "Bill.json",
        "Bill",
        "7",
    )
    assert rejection.field.endswith("vendor_id") and rejection.reason
    assert not bills(grpc_stub, business).bills


def test_the_rest_is_imported_when_that_is_asked_for(grpc_stub: Any, business: str) -> None:
    orphan = bill("7", vendor_id="nobody")
    answer = give(grpc_stub, business, vendor(), bill(), orphan, skip_rejected=True)
    assert answer.applied
    assert counts(answer) == (3, 2, 0, 0, 1)
    assert [found.bill_id for found in bills(grpc_stub, business).bills] == ["1"]


def test_an_import_may_come_in_several_messages(grpc_stub: Any, business: str) -> None:
    first = builders.import_ledger(business, vendor())
    second = builders.import_ledger(business, bill(), request_id=first.request_id)
    assert counts(grpc_stub.ImportLedger(iter([first, second]))) == (2, 2, 0, 0, 0)


def test_a_message_of_another_business_in_the_stream_is_refused(
    grpc_stub: Any, business: str
) -> None:
    first = builders.import_ledger(business, vendor())
    second = builders.import_ledger("another", bill(), request_id=first.request_id)
    assert refused(grpc_stub.ImportLedger, iter([first, second]))[0] == "PERMISSION_DENIED"


@pytest.mark.parametrize("field", ["synced_at", "changed_since"])
@pytest.mark.parametrize("instant", [{"nanos": -1}, {"seconds": 2**62}, {"seconds": -(2**62)}])
def test_an_instant_that_is_none_is_refused_with_its_field(
    grpc_stub: Any, business: str, field: str, instant: dict[str, int]
) -> None:
    message = builders.import_ledger(business, vendor())
    getattr(message, field).MergeFrom(timestamp_pb2.Timestamp(**instant))
    if field == "synced_at" and "nanos" not in instant:
        message.synced_at.seconds = instant["seconds"]
    message.synced_at.nanos = instant.get("nanos", 0) if field == "synced_at" else 0
    assert refused(grpc_stub.ImportLedger, iter([message]))[0::2] == ("INVALID_ARGUMENT", [field])


def test_a_stream_that_breaks_off_changes_nothing(grpc_stub: Any, business: str) -> None:
    class BrokeOff(Exception):
        pass

    def messages() -> Any:
        yield builders.import_ledger(business, *builders.small_books())
        raise BrokeOff

    with pytest.raises(grpc.RpcError):
        grpc_stub.ImportLedger(messages())
    assert not bills(grpc_stub, business).bills


def test_a_day_gone_by_is_rolled_back(grpc_stub: Any, business: str) -> None:
    payment = ledger_pb2.Payment(
        payment_id="p1",
        kind=ledger_pb2.PAYMENT_KIND_CUSTOMER_PAYMENT,
        party_id="c1",
        payment_date=day("2026-05-01"),
        total=usd("300.00"),
        unapplied=usd("0.00"),
        applications=[ledger_pb2.Application(invoice_id="2", amount=usd("300.00"))],
        postings=[ledger_pb2.CashPosting(account_id="35", amount=usd("300.00"), category=1)],
        state=ledger_pb2.DOCUMENT_STATE_PAID,
    )
    give(grpc_stub, business, account(), customer(), invoice(**PAID), payment)
    now, before = books(grpc_stub, business), books(grpc_stub, business, "2026-04-30")
    assert (now.balances.cash, before.balances.cash) == (usd("1000.00"), usd("700.00"))
    assert not now.invoices
    (was_open,) = before.invoices
    assert (was_open.balance, was_open.state) == (usd("300.00"), ledger_pb2.DOCUMENT_STATE_OPEN)
    assert not books(grpc_stub, business, "2026-04-01").invoices  # not written yet
    (settled,) = now.settlement_history
    assert (list(settled.days_to_pay), list(settled.days_late)) == ([21], [-9])
    assert list(settled.amounts_minor) == [300_00]


def test_a_list_comes_in_pages_that_stay_whole_while_records_are_added(
    grpc_stub: Any, business: str
) -> None:
    give(grpc_stub, business, vendor(), *(bill(f"b{n:02}") for n in range(25)))
    seen, token = [], ""
    while True:
        page = bills(grpc_stub, business, page_size=10, page_token=token)
        seen += [found.bill_id for found in page.bills]
        token = page.next_page_token
        if len(seen) == 10:
            give(grpc_stub, business, bill("a-new-one-before"), bill("b99"))
        if not token:
            break
    assert seen == [*(f"b{n:02}" for n in range(25)), "b99"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"page_size": -1}, "page_size"),
        ({"page_token": "rubbish"}, "page_token"),
        ({"page_token": "é" * 50}, "page_token"),
    ],
)
def test_a_page_that_is_none_is_refused(
    grpc_stub: Any, business: str, fields: dict[str, Any], field: str
) -> None:
    request = pb.ListBillsRequest(business_id=business, **fields)
    status, _, found = refused(grpc_stub.ListBills, request)
    assert (status, found) == ("INVALID_ARGUMENT", [field])


def test_a_token_is_of_one_query(grpc_stub: Any, business: str) -> None:
    give(grpc_stub, business, vendor(), customer(), *(bill(str(n)) for n in range(3)))
    token = bills(grpc_stub, business, page_size=1).next_page_token
    request = pb.ListInvoicesRequest(business_id=business, page_token=token)
    assert refused(grpc_stub.ListInvoices, request)[1] == "PAGE_TOKEN_INVALID"
