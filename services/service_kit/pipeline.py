"""What happens to every call before and after its handler, over gRPC and over HTTP alike.

A step wraps the next one. `Pipeline` keeps them in one list; each line there says why it stands
where it stands.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import protovalidate
import structlog
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from service_kit import calls
from service_kit.admission import Admission
from service_kit.calls import NOBODY, Call, clipped
from service_kit.errors import ApiError, Catalogue, FieldViolation, invalid_argument, shown_for
from service_kit.identity import check_permission
from service_kit.metrics import Metrics
from service_kit.tokens import Verifier

Handler = Callable[[Any], Awaitable[Any]]
Step = Callable[[Call, MethodDescriptor, Any, Handler], Awaitable[Any]]

log = structlog.get_logger()


LONGEST_CALL_SECONDS = 600.0
"""How long a call may take whose caller sets no deadline, or a later one: until then it holds its
business's place.
"""


class Malformed:
    """Stands for a request whose bytes are no message of the expected type."""


class Pipeline:
    """Runs the steps around a handler."""

    def __init__(
        self,
        catalogue: Catalogue,
        verifier: Verifier,
        admission: Admission,
        shortest_deadline_seconds: float = 0.005,
        reaches_database: bool = True,
        metrics: Metrics | None = None,
        most_elements: int | None = None,
        longest_seconds: float = LONGEST_CALL_SECONDS,
    ) -> None:
        self._validator = protovalidate.Validator()
        self._verifier = verifier
        self._catalogue = catalogue
        self._admission = admission
        self._shortest_deadline_seconds = shortest_deadline_seconds
        self._reaches_database = reaches_database
        self._metrics = metrics or Metrics()
        self._metrics.watch(admission)
        self._most_elements = most_elements
        self._longest_seconds = longest_seconds
        self._steps: list[Step] = [
            self._tell,  # outermost: sees the final status of everything within
            self._translate_errors,  # next: whatever is raised below leaves as an ApiError
            self._refuse_short_deadline,  # before any work: an answer in vain costs others theirs
            self._end_in_time,  # round all that waits: for keys, a stream's rest, a turn, the work
            self._authenticate,  # before the request is looked at: strangers cost no more than that
            self._validate,  # then: handlers see valid requests only
            self._admit,  # last: the business is known, and what is refused above waits for nobody
        ]

    async def run(
        self, call: Call, method: MethodDescriptor, request: Any, handler: Handler
    ) -> Any:
        """Handle one call; `request` is a message or, for a client stream, an async iterator of
        them.

        Raises `ApiError`, and nothing else but cancellation.
        """
        calls.enter(call)

        async def step(index: int, request: Any) -> Any:
            if index == len(self._steps):
                return await handler(request)
            return await self._steps[index](
                call, method, request, lambda passed: step(index + 1, passed)
            )

        return await step(0, request)

    async def authenticate(self, call: Call) -> None:
        """Verify who makes a call, unless that was done: a server that must read a request's body
        itself asks before it does.

        Raises ApiError (UNAUTHENTICATED).
        """
        if call.identity is NOBODY:
            call.identity = await self._verifier.identity(call.token)

    async def _tell(self, call: Call, method: MethodDescriptor, request: Any, go: Handler) -> Any:
        started = time.monotonic()
        code, reason = "CANCELLED", ""
        try:
            response = await go(request)
            code = "OK"
            return response
        except ApiError as error:
            code, reason = error.code.name, f" {error.reason}"
            raise
        finally:
            seconds = time.monotonic() - started
            self._metrics.ended(method, code, seconds)
            log.info(
                "call",
                method=call.method,
                business_id=call.business_id,
                actor=call.identity.subject,
                status=f"{code}{reason}",
                milliseconds=round(seconds * 1000, 2),
                correlation_id=call.correlation_id,
            )

    async def _translate_errors(
        self, call: Call, method: MethodDescriptor, request: Any, go: Handler
    ) -> Any:
        try:
            return await go(request)
        except ApiError:
            raise
        except Exception as error:
            raise shown_for(error, self._catalogue, call.correlation_id) from error

    async def _refuse_short_deadline(
        self, call: Call, method: MethodDescriptor, request: Any, go: Handler
    ) -> Any:
        remaining = call.remaining_seconds()
        if remaining is not None and remaining < self._shortest_deadline_seconds:
            raise ApiError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                "DEADLINE_TOO_SHORT",
                "Too little time was left to begin; nothing was done.",
            )
        return await go(request)

    async def _end_in_time(
        self, call: Call, method: MethodDescriptor, request: Any, go: Handler
    ) -> Any:
        remaining = call.remaining_seconds()
        if remaining is not None and remaining <= self._longest_seconds:
            # gRPC and connectrpc cancel it by themselves.
            return await go(request)
        async with asyncio.timeout(self._longest_seconds):
            return await go(request)

    async def _authenticate(
        self, call: Call, method: MethodDescriptor, request: Any, go: Handler
    ) -> Any:
        await self.authenticate(call)
        return await go(request)

    async def _validate(
        self, call: Call, method: MethodDescriptor, request: Any, go: Handler
    ) -> Any:
        if hasattr(request, "__aiter__"):
            return await go(self._validated(call, method, request))
        self._check(call, method, request)
        return await go(request)

    async def _validated(
        self, call: Call, method: MethodDescriptor, requests: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        async for request in requests:
            self._check(call, method, request)
            yield request

    async def _admit(self, call: Call, method: MethodDescriptor, request: Any, go: Handler) -> Any:
        if hasattr(request, "__aiter__"):
            # Whose call a stream is, its first message says; until then it takes nobody's place.
            request = await _begun(request)
        async with self._admission.turn(call.business_id):
            return await self._refuse_short_deadline(call, method, request, go)

    def _check(self, call: Call, method: MethodDescriptor, request: Any) -> None:
        if isinstance(request, Malformed):
            raise invalid_argument(
                FieldViolation("", f"is no {method.input_type.full_name}"),
                reason="MALFORMED_REQUEST",
            )
        call.business_id = call.business_id or clipped(request.business_id)
        if self._most_elements is not None:
            _check_size(request, self._most_elements)
        violations = [
            FieldViolation(_path(violation.proto), violation.proto.message)
            for violation in self._validator.collect_violations(request)
        ]
        if self._reaches_database:
            violations += _unprintable(request, "")
        if violations:
            raise invalid_argument(*violations)
        # Here and not in a step of its own: of a stream, every message names its business.
        check_permission(call.identity, method, request.business_id)


async def _begun(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Wait for a stream's first message, and return the stream with all its messages."""
    first = await anext(requests, None)

    async def whole() -> AsyncIterator[Any]:
        if first is not None:
            yield first
        async for message in requests:
            yield message

    return whole()


def reads_only(method: MethodDescriptor) -> bool:
    """Return whether the method is declared to have no side effects."""
    options = method.GetOptions()
    return bool(options.idempotency_level == options.NO_SIDE_EFFECTS)


def _check_size(request: Message, most: int) -> None:
    """Check that a request has no more list items and nested messages than it may.

    To validate each takes some microseconds in which nothing else is answered, and there is room
    for two million in a request of the largest size. Raises ApiError RESOURCE_EXHAUSTED.
    """
    # Each takes a byte at least.
    if request.ByteSize() <= most:
        return
    count, rest = 0, [request]
    while rest:
        for field, value in rest.pop().ListFields():
            count += len(value) if field.is_repeated else 1
            if count > most:
                raise ApiError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    "REQUEST_TOO_LARGE",
                    f"The request has more than {most} fields and list items.",
                )
            if field.type == FieldDescriptor.TYPE_MESSAGE and not _is_map(field):
                rest.extend(value if field.is_repeated else [value])


def _path(violation: Any) -> str:
    """Return a violation's field as a dotted path, with indices: `ledger.bills[3].due_date`."""
    path = ""
    for element in violation.field.elements if violation.field else ():
        path += f".{element.field_name}" if path else element.field_name
        subscript = element.subscript
        if subscript is not None and subscript.value is not None:
            path += f"[{subscript.value}]"
    return path


def _unprintable(message: Message, prefix: str) -> list[FieldViolation]:
    """Find text with a NUL character, which no database column can hold or be compared with."""
    found: list[FieldViolation] = []
    for field, value in message.ListFields():
        path = f"{prefix}.{field.name}" if prefix else field.name
        if field.type == FieldDescriptor.TYPE_STRING:
            texts = value if field.is_repeated else [value]
            if any("\0" in text for text in texts):
                found.append(FieldViolation(path, "must not contain a NUL character"))
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            if not field.is_repeated:
                found += _unprintable(value, path)
            elif not _is_map(field):
                for index, item in enumerate(value):
                    found += _unprintable(item, f"{path}[{index}]")
    return found


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry
