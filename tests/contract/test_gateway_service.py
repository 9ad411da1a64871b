"""The gateway's promises over gRPC, kept by the real server before two fakes."""

import asyncio
import random
import time
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from runway.experience.v1 import decision_console_service_pb2 as experience_pb2
from runway.ledger.v1 import ledger_pb2
from runway.orchestrator.v1 import decision_console_service_pb2 as orchestrator_pb2

from service_kit.errors import ApiError, FieldViolation
from support import identity
from support.descriptors import shape
from support.gateway import (
    BUSINESS,
    SERVICE,
    Fake,
    Gateway,
    bill,
    console_data,
    console_request,
    date,
    decision,
    detail_of,
    invoice,
    mutations,
    reason_of,
    running_gateway,
    usd,
)

pytestmark = pytest.mark.asyncio


def fakes(gateway: Gateway) -> dict[str, Fake]:
    return {"orchestrator": gateway.orchestrator, "calculator": gateway.calculator}


async def refusal(gateway: Gateway, **options: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await gateway.get_console(**options)
    return caught.value


async def test_documents_stand_in_the_calculators_order_each_with_its_assessment() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(
            bills=[bill("b1"), bill("b2"), bill("b3")], invoices=[invoice("i1"), invoice("i2")]
        )
        gateway.calculator.ranking = ["b3", "b1", "b2", "i2", "i1"]
        console = await gateway.get_console()
    bills = [(item.bill.bill_id, item.assessment.bill_id) for item in console.bills]
    assert bills == [("b3", "b3"), ("b1", "b1"), ("b2", "b2")]
    invoices = [(item.invoice.invoice_id, item.assessment.invoice_id) for item in console.invoices]
    assert invoices == [("i2", "i2"), ("i1", "i1")]
    assert console.bills[0].bill.vendor_name == "Norton Lumber"
    assert console.bills[0].assessment.priority.score == 60.25


async def test_queued_decisions_stand_oldest_first_each_with_its_effect() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(
            bills=[bill("b1"), bill("b2")], decisions=[decision("d1"), decision("d2", "b2")]
        )
        gateway.calculator.ranking = ["d2", "d1"]
        console = await gateway.get_console()
    assert [item.decision.decision_id for item in console.decision_queue] == ["d1", "d2"]
    assert [item.impact.cash_zero_days for item in console.decision_queue] == [3, 3]


async def test_the_rest_of_the_console_is_what_the_two_services_said() -> None:
    async with running_gateway() as gateway:
        console = await gateway.get_console()
    assert (console.business_id, console.display_name) == (BUSINESS, "Acme Plumbing")
    assert (console.as_of, console.currency_code) == (date(2026, 5, 5), "USD")
    assert console.synced_at.seconds == 1_777_000_000
    assert console.balances.cash == usd(2901)
    assert console.runway.runway_days == 45
    assert (len(console.weeks), len(console.forecast_items)) == (1, 1)
    assert console.queue_impact.cash_zero_days == 5
    assert console.sum_of_impacts.cash_zero_days == 6
    assert console.guardrail_breaches[0].description == "too low"
    assert console.queue_etag == "etag-1"


async def test_bills_and_invoices_that_are_not_open_are_not_shown() -> None:
    paid, voided = ledger_pb2.DOCUMENT_STATE_PAID, ledger_pb2.DOCUMENT_STATE_VOIDED
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(
            bills=[bill("b1", paid), bill("b2"), bill("b3", voided)],
            invoices=[invoice("i1"), invoice("i2", paid)],
        )
        gateway.calculator.leaves_out = {"b3"}
        console = await gateway.get_console()
    assert [item.bill.bill_id for item in console.bills] == ["b2"]
    assert [item.invoice.invoice_id for item in console.invoices] == ["i1"]


async def test_a_console_takes_exactly_two_inner_calls_and_passes_the_ledger_on_whole() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(bills=[bill("b1")])
        await gateway.get_console()
        assert gateway.orchestrator.methods() == ["GetConsoleData"]
        assert gateway.calculator.methods() == ["CalculateDecisionConsole"]
        asked = gateway.orchestrator.received[0].request
        assert (asked.business_id, asked.as_of) == (BUSINESS, date(2026, 5, 5))
        calculated = gateway.calculator.received[0].request
        assert calculated.ledger == gateway.orchestrator.console_data.ledger


async def test_the_business_settings_become_the_calculators_policy() -> None:
    async with running_gateway() as gateway:
        business = gateway.orchestrator.console_data.business
        business.runway_thresholds.critical_days = 10
        business.runway_thresholds.warning_days = 20
        business.runway_thresholds.healthy_days = 40
        business.cash_floor.CopyFrom(usd(5000))
        await gateway.get_console()
        policy = gateway.calculator.received[0].request.policy
    assert (policy.critical_days, policy.warning_days, policy.healthy_days) == (10, 20, 40)
    assert policy.cash_floor == usd(5000)


async def test_a_business_without_a_cash_floor_has_none_in_its_policy() -> None:
    async with running_gateway() as gateway:
        await gateway.get_console()
        policy = gateway.calculator.received[0].request.policy
    assert not policy.HasField("cash_floor")
    assert policy.critical_days == 0


@pytest.mark.parametrize("service", ["orchestrator", "calculator"])
async def test_an_answer_for_another_business_is_refused_and_nothing_of_it_leaks(
    service: str,
) -> None:
    async with running_gateway() as gateway:
        fakes(gateway)[service].answers_for = "other-business"
        error = await refusal(gateway)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert reason_of(error) == "FOREIGN_ANSWER"
    told = str(error.details()) + str(error.trailing_metadata())
    assert "other-business" not in told
    assert "Acme" not in told


@pytest.mark.parametrize(("method", "request_"), mutations())
async def test_a_mutations_answer_for_another_business_is_refused(
    method: str, request_: Any
) -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.answers_for = "other-business"
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(gateway.console, method)(request_)
    assert reason_of(caught.value) == "FOREIGN_ANSWER"


@pytest.mark.parametrize("left_out", ["b1", "i1", "d1"])
async def test_a_missing_assessment_is_an_internal_error(left_out: str) -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.console_data = console_data(
            bills=[bill("b1"), bill("b2")], invoices=[invoice("i1")], decisions=[decision("d1")]
        )
        gateway.calculator.leaves_out = {left_out}
        error = await refusal(gateway)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert reason_of(error) == "INCONSISTENT_ANSWER"
    assert detail_of(error, error_details_pb2.RequestInfo) is not None


@pytest.mark.parametrize("service", ["orchestrator", "calculator"])
async def test_a_service_that_is_down_is_named_and_a_retry_is_offered(service: str) -> None:
    async with running_gateway() as gateway:
        await getattr(gateway, f"{service}_backend").stop()
        error = await refusal(gateway)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert reason_of(error) == f"{service.upper()}_UNAVAILABLE"
    assert service in str(error.details())
    retry = detail_of(error, error_details_pb2.RetryInfo)
    assert retry.retry_delay.seconds == 1


async def test_a_mutation_names_the_orchestrator_when_it_is_down() -> None:
    method, request = mutations()[0]
    async with running_gateway() as gateway:
        await gateway.orchestrator_backend.stop()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(gateway.console, method)(request)
    assert reason_of(caught.value) == "ORCHESTRATOR_UNAVAILABLE"


@pytest.mark.parametrize("service", ["orchestrator", "calculator"])
async def test_the_gateway_is_well_within_two_seconds_after_a_service_comes_back(
    service: str,
) -> None:
    async with running_gateway() as gateway:
        await gateway.get_console()
        backend = getattr(gateway, f"{service}_backend")
        await backend.stop()
        # Long enough for the pauses between attempts to have grown to their longest.
        until = time.monotonic() + 3
        while time.monotonic() < until:
            await refusal(gateway)
            await asyncio.sleep(0.1)
        await backend.start()
        back = time.monotonic()
        while True:
            try:
                await gateway.get_console()
                break
            except grpc.aio.AioRpcError:
                assert time.monotonic() - back < 2
                await asyncio.sleep(0.02)


async def test_the_callers_deadline_is_passed_on_and_the_second_call_gets_what_remains() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.seconds_to_answer = 0.3
        await gateway.get_console(timeout=4)
        first = gateway.orchestrator.received[0].seconds_left
        second = gateway.calculator.received[0].seconds_left
    assert first is not None
    assert second is not None
    assert 3.5 < first < 4.1  # gRPC rounds up on the way
    assert second < first - 0.2


async def test_without_a_deadline_the_default_one_holds_for_both_calls_together() -> None:
    async with running_gateway(default_deadline_seconds=2) as gateway:
        gateway.orchestrator.seconds_to_answer = 0.3
        await gateway.get_console()
        first = gateway.orchestrator.received[0].seconds_left
        second = gateway.calculator.received[0].seconds_left
    assert first is not None
    assert second is not None
    assert 1.5 < first < 2.1
    assert second < first - 0.2


async def test_an_inner_service_that_is_too_slow_is_a_deadline_exceeded() -> None:
    async with running_gateway(default_deadline_seconds=0.2) as gateway:
        gateway.calculator.seconds_to_answer = 5
        error = await refusal(gateway)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert reason_of(error) == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize("service", ["orchestrator", "calculator"])
async def test_a_runway_error_passes_through_with_all_its_details(service: str) -> None:
    async with running_gateway() as gateway:
        fakes(gateway)[service].error = ApiError(
            grpc.StatusCode.FAILED_PRECONDITION,
            "CURRENCY_RATE_MISSING",
            "There is no rate for EUR.",
            violations=[FieldViolation("ledger.bills[3].balance", "is in EUR")],
            metadata={"currencies": "EUR"},
            retry_after_seconds=2.5,
            correlation_id="abc",
        )
        error = await refusal(gateway)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert error.details() == "There is no rate for EUR."
    assert reason_of(error) == "CURRENCY_RATE_MISSING"
    assert detail_of(error, error_details_pb2.ErrorInfo).metadata["currencies"] == "EUR"
    violations = detail_of(error, error_details_pb2.BadRequest).field_violations
    assert [violation.field for violation in violations] == ["ledger.bills[3].balance"]
    delay = detail_of(error, error_details_pb2.RetryInfo).retry_delay
    assert delay.ToMilliseconds() == 2500
    assert detail_of(error, error_details_pb2.RequestInfo).request_id == "abc"


async def test_a_failure_that_is_no_runway_error_shows_a_correlation_id_and_nothing_else() -> None:
    secret = "postgresql://runway:secret@db/runway"

    class Raw(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: Any) -> Any:
            async def fail(request: bytes, context: Any) -> bytes:
                await context.abort(grpc.StatusCode.UNKNOWN, secret)
                return b""

            return grpc.unary_unary_rpc_method_handler(fail)

    async with running_gateway() as gateway:
        await gateway.orchestrator_backend.stop()
        server = grpc.aio.server(handlers=[Raw()])
        server.add_insecure_port(f"127.0.0.1:{gateway.orchestrator_backend.port}")
        await server.start()
        try:
            error = await refusal(gateway)
        finally:
            await server.stop(0)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert reason_of(error) == "INTERNAL"
    assert secret not in str(error.details()) + str(error.trailing_metadata())
    assert detail_of(error, error_details_pb2.RequestInfo).request_id


def unavailable() -> ApiError:
    return ApiError(grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database is away.")


async def test_a_read_is_repeated_by_itself_when_a_replica_is_away() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.error, gateway.orchestrator.errors_left = unavailable(), 1
        await gateway.get_console()
        assert gateway.orchestrator.methods() == ["GetConsoleData", "GetConsoleData"]


async def test_a_mutation_is_never_repeated_by_itself() -> None:
    async with running_gateway() as gateway:
        gateway.orchestrator.error, gateway.orchestrator.errors_left = unavailable(), 1
        method, request = mutations()[0]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await getattr(gateway.console, method)(request)
        assert gateway.orchestrator.methods() == [method]
    assert reason_of(caught.value) == "DATABASE_UNAVAILABLE"


@pytest.mark.parametrize(("method", "request_"), mutations())
async def test_a_mutation_reaches_the_orchestrator_field_for_field_with_its_caller(
    method: str, request_: Any
) -> None:
    headers = (("x-runway-correlation-id", "abc-123"),)
    async with running_gateway() as gateway:
        answer = await getattr(gateway.console, method)(request_, metadata=headers, timeout=5)
        (received,) = gateway.orchestrator.received
        assert gateway.calculator.received == []
    # What the gateway alone looks at.
    sent = type(request_).FromString(request_.SerializeToString())
    if method == "FinalizeDecisions":
        sent.ClearField("allow_breaches")
    assert received.request.SerializeToString(deterministic=True) == sent.SerializeToString(
        deterministic=True
    )
    assert identity.subject_of(received.headers) == identity.SUBJECT
    assert received.headers["x-runway-correlation-id"] == "abc-123"
    assert received.seconds_left is not None
    assert received.seconds_left < 5.1
    assert (answer.business_id, answer.queue_etag) == (BUSINESS, "etag-2")


async def test_every_part_of_a_mutations_answer_comes_back() -> None:
    requests = dict(mutations())
    async with running_gateway() as gateway:
        stub = gateway.console
        added = await stub.AddDecision(requests["AddDecision"])
        cleared = await stub.ClearDecisionQueue(requests["ClearDecisionQueue"])
        finalised = await stub.FinalizeDecisions(requests["FinalizeDecisions"])
    assert added.decision.pay_now.bill_id == "b1"
    assert cleared.removed_count == 3
    assert finalised.batch.batch_id == "batch-1"


PASSED_THROUGH = [
    *(
        (f"{method}Request", f"{method}Request")
        for method, _ in mutations()
        if method != "FinalizeDecisions"
    ),
    *((f"{method}Response", f"{method}Response") for method, _ in mutations()),
    ("GetDecisionConsoleRequest", "GetConsoleDataRequest"),
]


@pytest.mark.parametrize(("outer", "inner"), PASSED_THROUGH)
async def test_messages_that_pass_through_are_the_same_field_for_field(
    outer: str, inner: str
) -> None:
    ours = experience_pb2.DESCRIPTOR.message_types_by_name[outer]
    theirs = orchestrator_pb2.DESCRIPTOR.message_types_by_name[inner]
    assert shape(ours) == shape(theirs)


@pytest.mark.parametrize("business_id", ["", "Acme", "acme_plumbing", "a" * 64, "-acme", "a b"])
async def test_a_request_without_a_proper_business_id_is_refused_before_any_inner_call(
    business_id: str,
) -> None:
    async with running_gateway() as gateway:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await gateway.console.GetDecisionConsole(console_request(business_id))
        assert gateway.orchestrator.received == []
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    violations = detail_of(caught.value, error_details_pb2.BadRequest).field_violations
    assert {violation.field for violation in violations} == {"business_id"}


async def test_random_bytes_are_an_invalid_argument() -> None:
    chance = random.Random(20260505)
    async with running_gateway() as gateway:
        method = gateway.channel.unary_unary(f"/{SERVICE}/GetDecisionConsole")
        allowed = identity.bearer(SERVICE, BUSINESS)
        for _ in range(200):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await method(chance.randbytes(chance.randrange(1, 64)), metadata=allowed)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert reason_of(caught.value) in {"MALFORMED_REQUEST", "INVALID_FIELDS"}
        assert gateway.orchestrator.received == []
