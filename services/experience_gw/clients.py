"""The services behind the gateway: one channel each, and what all calls to them have in common."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import structlog
from google.protobuf.descriptor_pool import Default
from grpc_health.v1 import health_pb2, health_pb2_grpc

from service_kit import calls, errors
from service_kit.pipeline import reads_only
from service_kit.tls import ClientTls
from service_kit.tokens import LONGEST_INNER_SECONDS, Signer, inner_audience

ORCHESTRATOR_SERVICES = (
    "runway.orchestrator.v1.AuditService",
    "runway.orchestrator.v1.BusinessService",
    "runway.orchestrator.v1.DecisionConsoleService",
    "runway.orchestrator.v1.DigestService",
    "runway.orchestrator.v1.LedgerService",
    "runway.orchestrator.v1.BacktestService",
    "runway.orchestrator.v1.HandOverService",
    "runway.orchestrator.v1.HygieneTrayService",
    "runway.orchestrator.v1.PayDateProfileService",
    "runway.orchestrator.v1.TestDriveService",
)
CALCULATOR_SERVICES = (
    "runway.calculator.v1.DecisionConsoleCalculationService",
    "runway.calculator.v1.ForecastCalculationService",
    "runway.calculator.v1.InsightCalculationService",
    "runway.calculator.v1.PayPlanCalculationService",
    "runway.calculator.v1.RunwayCalculationService",
    "runway.calculator.v1.BacktestCalculationService",
    "runway.calculator.v1.DataQualityCalculationService",
)
DETAILS_TRAILER = "grpc-status-details-bin"
MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024

log = structlog.get_logger()


class InnerServiceError(Exception):
    """A service behind the gateway could not do its part; `service` says which."""

    def __init__(self, service: str, text: str) -> None:
        super().__init__(text)
        self.metadata: Mapping[str, str] = {"service": service}


class OrchestratorUnavailable(InnerServiceError):
    """The orchestrator cannot be reached."""


class CalculatorUnavailable(InnerServiceError):
    """The calculator cannot be reached."""


class ForeignAnswer(InnerServiceError):
    """An answer names another business than the one asked for. Nothing of it may be shown."""


class UnexpectedInnerError(Exception):
    """An inner service failed in a way that Runway services do not; never shown to a caller."""


class InnerService:
    """One service behind the gateway.

    The channel connects with the first call, and again by itself after the service was away.
    """

    def __init__(
        self,
        name: str,
        address: str,
        services: Sequence[str],
        unavailable: type[InnerServiceError],
        default_deadline_seconds: float,
        signer: Signer,
        tls: ClientTls | None,
    ) -> None:
        self.name = name
        self._signer = signer
        self.channel = _channel(address, _options(services), tls)
        self._unavailable = unavailable
        self._default_deadline_seconds = default_deadline_seconds
        self._health: Any = health_pb2_grpc.HealthStub(self.channel)

    async def call(self, method: Any, request: Any) -> Any:
        """Call a method of the service's stub on behalf of the call at hand.

        The caller's deadline and correlation id go with it, and a token for this business and this
        service alone, with the caller's role in the business. Raises `ApiError` as the service
        raised it, or when the caller has no role in the business; the service's own "unavailable"
        when it cannot be reached; ForeignAnswer when the answer is for another business;
        TimeoutError when the deadline passes.
        """
        call = calls.current()
        try:
            answer = await method(
                request,
                timeout=self._remaining_seconds(call),
                metadata=self._metadata(call, request.business_id),
            )
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from None
        if not is_for_the_business(answer, request):
            log.critical(
                "alarm: an answer for another business was refused",
                service=self.name,
                asked_for=request.business_id,
                answered_for=answer.business_id,
                correlation_id=call.correlation_id,
            )
            raise ForeignAnswer(self.name, "An inner service gave no valid answer; it was refused.")
        return answer

    async def is_serving(self, timeout_seconds: float = 1.0) -> bool:
        """Return whether the service says that it is ready."""
        try:
            answer = await self._health.Check(
                health_pb2.HealthCheckRequest(), timeout=timeout_seconds
            )
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def close(self) -> None:
        """Close the channel."""
        await self.channel.close()

    def _metadata(self, call: calls.Call, business_id: str) -> tuple[tuple[str, str], ...]:
        token = self._signer.token(
            call.identity.subject,
            inner_audience(self.name),
            {business_id: call.identity.role_in(business_id)},
            LONGEST_INNER_SECONDS,
        )
        return (
            (calls.AUTHORIZATION_HEADER, f"Bearer {token}"),
            (calls.CORRELATION_HEADER, call.correlation_id),
        )

    def _remaining_seconds(self, call: calls.Call) -> float:
        if call.deadline is None:
            # Kept with the call, so that a second inner call gets what the first one left.
            call.deadline = time.monotonic() + self._default_deadline_seconds
        remaining = call.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return remaining

    def _translated(self, error: grpc.aio.AioRpcError) -> Exception:
        raw = dict(error.trailing_metadata() or ()).get(DETAILS_TRAILER)
        message = error.details() or ""
        if shown := errors.from_status(error.code(), raw, message):
            return shown
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            log.warning("an inner service cannot be reached", service=self.name, text=message)
            return self._unavailable(self.name, f"The {self.name} cannot be reached right now.")
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return TimeoutError()
        return UnexpectedInnerError(f"{self.name}: {error.code().name}: {message}")


@dataclass(frozen=True, slots=True)
class InnerServices:
    """The two services behind the gateway."""

    orchestrator: InnerService
    calculator: InnerService

    @classmethod
    def at(
        cls,
        orchestrator: str,
        calculator: str,
        default_deadline_seconds: float,
        signer: Signer,
        tls: ClientTls | None = None,
    ) -> "InnerServices":
        """Return the services at two addresses (`host:port`). Nothing is connected yet."""
        return cls(
            InnerService(
                "orchestrator",
                orchestrator,
                ORCHESTRATOR_SERVICES,
                OrchestratorUnavailable,
                default_deadline_seconds,
                signer,
                tls,
            ),
            InnerService(
                "calculator",
                calculator,
                CALCULATOR_SERVICES,
                CalculatorUnavailable,
                default_deadline_seconds,
                signer,
                tls,
            ),
        )

    async def close(self) -> None:
        """Close both channels."""
        await self.orchestrator.close()
        await self.calculator.close()


def is_for_the_business(answer: Any, request: Any) -> bool:
    """Return whether an answer is for the business that was asked for."""
    return bool(answer.business_id == request.business_id)


def _channel(address: str, options: Any, tls: ClientTls | None) -> grpc.aio.Channel:
    if tls is None:
        return grpc.aio.insecure_channel(address, options=options)
    return grpc.aio.secure_channel(address, tls.credentials(), options=options)


def _options(services: Sequence[str]) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_receive_message_length", MAXIMUM_ANSWER_BYTES),
        # A dead peer is noticed although no call is under way.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", 1),
        # A service that comes back is found again within two seconds.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 500),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        # Inner services are never behind a web proxy, whatever the environment says.
        ("grpc.enable_http_proxy", 0),
        ("grpc.enable_retries", 1),
        ("grpc.service_config", json.dumps(_service_config(services))),
    ]


def _service_config(services: Sequence[str]) -> dict[str, Any]:
    """Spread calls over all replicas, and repeat reads, and reads alone, when a replica is gone."""
    reads = [
        {"service": name, "method": method.name}
        for name in services
        for method in Default().FindServiceByName(name).methods
        if reads_only(method)
    ]
    return {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": reads,
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "0.2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
