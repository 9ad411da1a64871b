"""What the gateway refuses to finalise, on the real three services."""

from typing import Any

import grpc
import pytest
from runway.experience.v1 import decision_console_service_pb2 as pb
from runway.experience.v1 import decision_console_service_pb2_grpc
from runway.ledger.v1 import decision_pb2, ledger_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from support import builders, identity
from support.builders import day
from support.errors import reason_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return decision_console_service_pb2_grpc.DecisionConsoleServiceStub


RENT = builders.bill(
    "rent", "600.00", due_date=day("2026-05-20"), category=ledger_pb2.CASH_CATEGORY_RENT
)


@pytest.fixture
def business(stack: Stack) -> str:
    """A business that has 1,000.00, a bill of 200.00 and a rent to pay."""
    business_id = builders.business_id("guard")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *builders.small_books(), RENT)])
        )
    return business_id


def queue(stub: Any, business_id: str, decision: decision_pb2.Decision) -> str:
    """Queue a decision, and return the queue's etag."""
    added = stub.AddDecision(
        pb.AddDecisionRequest(
            business_id=business_id, request_id=builders.request_id(), decision=decision
        )
    )
    etag: str = added.queue_etag
    return etag


def delay_the_rent() -> decision_pb2.Decision:
    return decision_pb2.Decision(
        delay_payment=decision_pb2.DelayPayment(bill_id="rent", until_date=day("2026-06-30"))
    )


def finalize(business_id: str, etag: str, **fields: Any) -> pb.FinalizeDecisionsRequest:
    return pb.FinalizeDecisionsRequest(
        **{"request_id": builders.request_id(), **fields}, business_id=business_id, etag=etag
    )


def refused(stub: Any, request: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        stub.FinalizeDecisions(request)
    return caught.value


def console(stub: Any, business_id: str) -> pb.GetDecisionConsoleResponse:
    answer: pb.GetDecisionConsoleResponse = stub.GetDecisionConsole(
        pb.GetDecisionConsoleRequest(business_id=business_id)
    )
    return answer


def test_a_queue_that_breaks_no_promise_is_finalised(grpc_stub: Any, business: str) -> None:
    etag = queue(grpc_stub, business, builders.pay_now("1"))
    assert len(grpc_stub.FinalizeDecisions(finalize(business, etag)).batch.decisions) == 1


def test_a_queue_that_breaks_a_promise_is_refused_in_words_and_nothing_is_done(
    grpc_stub: Any, business: str
) -> None:
    etag = queue(grpc_stub, business, delay_the_rent())
    error = refused(grpc_stub, finalize(business, etag))
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert reason_of(error) == "GUARDRAIL_BREACHED"
    (breach,) = console(grpc_stub, business).guardrail_breaches
    assert breach.caused_by_queue
    assert breach.description in (error.details() or "")
    assert "allow_breaches" in (error.details() or "")
    assert len(console(grpc_stub, business).decision_queue) == 1


def test_a_person_who_has_seen_the_breach_may_finalise_all_the_same(
    grpc_stub: Any, business: str
) -> None:
    etag = queue(grpc_stub, business, delay_the_rent())
    request = finalize(business, etag, allow_breaches=True)
    batch = grpc_stub.FinalizeDecisions(request).batch
    assert [decision.WhichOneof("action") for decision in batch.decisions] == ["delay_payment"]


def test_what_is_broken_without_the_queue_does_not_hold_it_up(
    grpc_stub: Any, business: str, stack: Stack
) -> None:
    more = builders.bill("large", "5000.00", due_date=day("2026-05-25"))
    with identity.channel(stack.orchestrator) as channel:
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business, more)])
        )
    etag = queue(grpc_stub, business, builders.pay_now("1"))
    assert [one.caused_by_queue for one in console(grpc_stub, business).guardrail_breaches] == [
        False
    ]
    grpc_stub.FinalizeDecisions(finalize(business, etag))


def test_what_the_queue_breaks_earlier_than_it_is_broken_anyway_is_refused(
    grpc_stub: Any, business: str, stack: Stack
) -> None:
    late = builders.bill("late", "2500.00", due_date=day("2026-06-20"))
    with identity.channel(stack.orchestrator) as channel:
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business, late)])
        )
    (before,) = console(grpc_stub, business).guardrail_breaches
    assert not before.caused_by_queue
    etag = queue(grpc_stub, business, builders.pay_now("late"))
    (breach,) = console(grpc_stub, business).guardrail_breaches
    assert breach.caused_by_queue and breach.amount == before.amount
    assert (breach.date.month, before.date.month) == (5, 6)
    assert "the queue takes it" in breach.description
    error = refused(grpc_stub, finalize(business, etag))
    assert reason_of(error) == "GUARDRAIL_BREACHED"
    assert breach.description in (error.details() or "")


def test_a_repeated_request_gets_its_answer_although_the_queue_has_moved_on(
    grpc_stub: Any, business: str
) -> None:
    etag = queue(grpc_stub, business, builders.pay_now("1"))
    request = finalize(business, etag)
    first = grpc_stub.FinalizeDecisions(request)
    queue(grpc_stub, business, delay_the_rent())
    assert grpc_stub.FinalizeDecisions(request) == first


def test_a_stale_etag_is_stale_whatever_the_queue_would_break(
    grpc_stub: Any, business: str
) -> None:
    stale = queue(grpc_stub, business, builders.pay_now("1"))
    queue(grpc_stub, business, delay_the_rent())
    assert reason_of(refused(grpc_stub, finalize(business, stale))) == "ETAG_MISMATCH"
