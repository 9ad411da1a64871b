"""The orchestrator's DecisionConsoleService, called through pytest-grpc's stub."""

import uuid
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from runway.ledger.v1 import decision_pb2, ledger_pb2
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    decision_console_service_pb2,
    decision_console_service_pb2_grpc,
    ledger_service_pb2_grpc,
)

from support import builders
from support.builders import day, request_id, usd
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"
pb = decision_console_service_pb2


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return decision_console_service_pb2_grpc.DecisionConsoleServiceStub


@pytest.fixture
def business(grpc_channel: grpc.Channel) -> str:
    """A business with an open bill "1" of 200.00 and an open invoice "2" of 300.00."""
    business_id = builders.business_id()
    business_service_pb2_grpc.BusinessServiceStub(grpc_channel).CreateBusiness(
        builders.create_business(business_id)
    )
    give(grpc_channel, business_id, *builders.small_books())
    return business_id


def give(channel: grpc.Channel, business_id: str, *records: Any) -> None:
    """Import records."""
    request = builders.import_ledger(business_id, *records)
    assert ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(iter([request])).applied


def add(business_id: str, decision: decision_pb2.Decision | None = None) -> Any:
    """Return the request to queue a decision, to pay bill 1 unless told otherwise."""
    return pb.AddDecisionRequest(
        business_id=business_id,
        request_id=request_id(),
        decision=decision or builders.pay_now(),
    )


def data(stub: Any, business_id: str) -> Any:
    return stub.GetConsoleData(pb.GetConsoleDataRequest(business_id=business_id))


def finalize(business_id: str, etag: str) -> Any:
    return pb.FinalizeDecisionsRequest(business_id=business_id, request_id=request_id(), etag=etag)


def refused(call: Callable[[Any], Any], request: Any) -> tuple[str, str, list[str]]:
    """Return the status, the reason and the fields with which a request is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value.code().name, reason_of(caught.value), violations_of(caught.value)


def decision(action: str, **fields: Any) -> decision_pb2.Decision:
    return decision_pb2.Decision(**{action: fields})


EVERY_DECISION = {
    "pay_now": {"bill_id": "1"},
    "schedule_payment": {"bill_id": "1", "pay_date": day("2026-05-20")},
    "delay_payment": {"bill_id": "1", "until_date": day("2026-05-20")},
    "part_payment": {"bill_id": "1", "amount": usd("50.00"), "pay_date": day("2026-05-06")},
    "earmark": {"bill_id": "1", "amount": usd("50.00")},
    "collect": {"invoice_id": "2", "expected_date": day("2026-05-20")},
    "write_off": {"invoice_id": "2"},
}


def test_the_servers_interceptors_are_in_the_way(grpc_stub: Any) -> None:
    request = pb.GetConsoleDataRequest(business_id="Not a business")
    assert refused(grpc_stub.GetConsoleData, request) == (
        "INVALID_ARGUMENT",
        "INVALID_FIELDS",
        ["business_id"],
    )


def test_every_kind_of_decision_is_one_of_these() -> None:
    actions = decision_pb2.Decision.DESCRIPTOR.oneofs_by_name["action"].fields
    assert {action.name for action in actions} == set(EVERY_DECISION)


@pytest.mark.parametrize("action", EVERY_DECISION)
def test_a_decision_is_queued_as_it_was_given(grpc_stub: Any, business: str, action: str) -> None:
    given = decision(action, **EVERY_DECISION[action])
    answer = grpc_stub.AddDecision(add(business, given))
    assert answer.business_id == business
    assert getattr(answer.decision, action) == getattr(given, action)
    uuid.UUID(answer.decision.decision_id)
    now = data(grpc_stub, business)
    assert list(now.ledger.queued_decisions) == [answer.decision]
    assert now.queue_etag == answer.queue_etag


def test_the_same_request_twice_is_done_once(grpc_stub: Any, business: str) -> None:
    request = add(business)
    assert grpc_stub.AddDecision(request) == grpc_stub.AddDecision(request)
    assert len(data(grpc_stub, business).ledger.queued_decisions) == 1


def test_a_request_id_is_refused_with_another_body(grpc_stub: Any, business: str) -> None:
    request = add(business)
    grpc_stub.AddDecision(request)
    request.decision.note = "another"
    assert refused(grpc_stub.AddDecision, request) == (
        "INVALID_ARGUMENT",
        "REQUEST_ID_REUSED",
        ["request_id"],
    )


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (
            decision("pay_now", bill_id="none"),
            ("NOT_FOUND", "BILL_NOT_FOUND", []),
        ),
        (
            decision("write_off", invoice_id="none"),
            ("NOT_FOUND", "INVOICE_NOT_FOUND", []),
        ),
        (
            decision("earmark", bill_id="1", amount={"currency_code": "EUR", "units": 5}),
            ("INVALID_ARGUMENT", "CURRENCY_MISMATCH", ["decision.earmark.amount.currency_code"]),
        ),
        (
            decision(
                "schedule_payment", bill_id="1", pay_date={"year": 2026, "month": 2, "day": 30}
            ),
            ("INVALID_ARGUMENT", "INVALID_FIELDS", ["decision.schedule_payment.pay_date"]),
        ),
        (
            decision("schedule_payment", bill_id="1", pay_date=day("2026-05-04")),
            ("INVALID_ARGUMENT", "INVALID_FIELDS", ["decision.schedule_payment.pay_date"]),
        ),
        (
            decision("part_payment", bill_id="1", amount=usd("200.01"), pay_date=day("2026-05-06")),
            ("INVALID_ARGUMENT", "INVALID_FIELDS", ["decision.part_payment.amount"]),
        ),
        (decision_pb2.Decision(), ("INVALID_ARGUMENT", "INVALID_FIELDS", ["decision.action"])),
    ],
    ids=["bill", "invoice", "currency", "no date", "past date", "too much", "nothing"],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    grpc_stub: Any, business: str, given: Any, answer: Any
) -> None:
    before = data(grpc_stub, business)
    status, reason, fields = refused(grpc_stub.AddDecision, add(business, given))
    assert (status, reason) == answer[:2]
    if status == "INVALID_ARGUMENT":
        assert fields == answer[2]
    assert data(grpc_stub, business) == before


def test_a_paid_bill_takes_no_decision(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    pay_bill(grpc_channel, business)
    assert refused(grpc_stub.AddDecision, add(business))[:2] == (
        "FAILED_PRECONDITION",
        "BILL_NOT_OPEN",
    )


def pay_bill(channel: grpc.Channel, business_id: str) -> None:
    paid = builders.bill(
        balance=usd("0.00"), state=ledger_pb2.DOCUMENT_STATE_PAID, source_version=1
    )
    give(channel, business_id, paid)


def test_a_document_takes_one_decision_at_a_time(grpc_stub: Any, business: str) -> None:
    grpc_stub.AddDecision(add(business))
    assert refused(grpc_stub.AddDecision, add(business))[:2] == (
        "ALREADY_EXISTS",
        "DECISION_ALREADY_QUEUED",
    )


def update(business_id: str, queued: Any, *paths: str) -> Any:
    return pb.UpdateDecisionRequest(
        business_id=business_id,
        request_id=request_id(),
        decision_id=queued.decision_id,
        decision=queued,
        update_mask=field_mask_pb2.FieldMask(paths=paths),
    )


def test_an_update_changes_what_the_mask_names_and_nothing_else(
    grpc_stub: Any, business: str
) -> None:
    queued = grpc_stub.AddDecision(add(business)).decision
    queued.note = "by cheque"
    queued.schedule_payment.CopyFrom(
        decision_pb2.SchedulePayment(bill_id="1", pay_date=day("2026-05-20"))
    )
    noted = grpc_stub.UpdateDecision(update(business, queued, "note")).decision
    assert (noted.note, noted.WhichOneof("action")) == ("by cheque", "pay_now")
    assert noted.etag != queued.etag
    assert refused(grpc_stub.UpdateDecision, update(business, queued, "action"))[:2] == (
        "ABORTED",
        "ETAG_MISMATCH",
    )
    queued.etag = noted.etag
    changed = grpc_stub.UpdateDecision(update(business, queued, "action")).decision
    assert changed.schedule_payment == queued.schedule_payment


def test_a_decision_is_removed_by_who_has_seen_it_last(grpc_stub: Any, business: str) -> None:
    queued = grpc_stub.AddDecision(add(business)).decision

    def remove(etag: str, decision_id: str = queued.decision_id) -> Any:
        return pb.RemoveDecisionRequest(
            business_id=business, request_id=request_id(), decision_id=decision_id, etag=etag
        )

    assert refused(grpc_stub.RemoveDecision, remove("v99"))[1] == "ETAG_MISMATCH"
    gone = refused(grpc_stub.RemoveDecision, remove(queued.etag, str(uuid.uuid4())))
    assert gone[:2] == ("NOT_FOUND", "DECISION_NOT_FOUND")
    grpc_stub.RemoveDecision(remove(queued.etag))
    assert not data(grpc_stub, business).ledger.queued_decisions


def test_the_queue_is_cleared_as_it_was_seen(grpc_stub: Any, business: str) -> None:
    seen = data(grpc_stub, business).queue_etag
    now = grpc_stub.AddDecision(add(business)).queue_etag

    def clear(etag: str) -> Any:
        return pb.ClearDecisionQueueRequest(
            business_id=business, request_id=request_id(), etag=etag
        )

    assert refused(grpc_stub.ClearDecisionQueue, clear(seen))[:2] == ("ABORTED", "ETAG_MISMATCH")
    assert grpc_stub.ClearDecisionQueue(clear(now)).removed_count == 1
    assert not data(grpc_stub, business).ledger.queued_decisions


def test_finalising_makes_a_batch_with_totals_and_empties_the_queue(
    grpc_stub: Any, business: str
) -> None:
    grpc_stub.AddDecision(add(business))
    collect = decision("collect", invoice_id="2", expected_date=day("2026-05-20"))
    etag = grpc_stub.AddDecision(add(business, collect)).queue_etag
    queued = list(data(grpc_stub, business).ledger.queued_decisions)
    batch = grpc_stub.FinalizeDecisions(finalize(business, etag)).batch
    assert [d.decision_id for d in batch.decisions] == [d.decision_id for d in queued]
    assert (batch.total_payments, batch.total_collections) == (usd("200.00"), usd("300.00"))
    assert (batch.total_earmarked, batch.total_written_off) == (usd("0.00"), usd("0.00"))
    now = data(grpc_stub, business)
    assert not now.ledger.queued_decisions
    pending = {d.decision_id for d in now.ledger.pending_decisions}
    assert pending == {d.decision_id for d in queued}


def test_finalising_again_with_the_same_request_id_gives_the_same_batch(
    grpc_stub: Any, business: str
) -> None:
    request = finalize(business, grpc_stub.AddDecision(add(business)).queue_etag)
    first = grpc_stub.FinalizeDecisions(request)
    assert grpc_stub.FinalizeDecisions(request) == first
    assert len(data(grpc_stub, business).ledger.pending_decisions) == 1


def test_only_the_queue_that_was_seen_is_finalised(grpc_stub: Any, business: str) -> None:
    seen = data(grpc_stub, business).queue_etag
    empty = refused(grpc_stub.FinalizeDecisions, finalize(business, seen))
    assert empty[:2] == ("FAILED_PRECONDITION", "DECISION_QUEUE_EMPTY")
    grpc_stub.AddDecision(add(business))
    stale = refused(grpc_stub.FinalizeDecisions, finalize(business, seen))
    assert stale[:2] == ("ABORTED", "ETAG_MISMATCH")
    assert len(data(grpc_stub, business).ledger.queued_decisions) == 1


def test_a_bill_that_was_paid_since_keeps_the_queue_from_being_finalised(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    etag = grpc_stub.AddDecision(add(business)).queue_etag
    pay_bill(grpc_channel, business)
    answer = refused(grpc_stub.FinalizeDecisions, finalize(business, etag))
    assert answer[:2] == ("FAILED_PRECONDITION", "BILL_NOT_OPEN")
    assert len(data(grpc_stub, business).ledger.queued_decisions) == 1


def test_a_finalised_decision_counts_until_the_books_show_it(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    grpc_stub.FinalizeDecisions(finalize(business, grpc_stub.AddDecision(add(business)).queue_etag))
    assert len(data(grpc_stub, business).ledger.pending_decisions) == 1
    pay_bill(grpc_channel, business)
    assert not data(grpc_stub, business).ledger.pending_decisions
