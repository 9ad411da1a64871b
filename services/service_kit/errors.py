"""Errors as part of the interface: what a caller gets to see, and how it is put on the wire.

Domain code raises its own named exceptions and knows nothing of gRPC. Each service keeps one
`Catalogue` that maps every such exception to a status and a reason; whatever is not in it reaches
the caller as INTERNAL with a correlation id and nothing else.
"""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

DOMAIN = "runway"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of a request that is wrong: its path from the request, and what is wrong with
    it.
    """

    field: str
    description: str


@dataclass(slots=True)
class ApiError(Exception):
    """An error that a caller may see.

    `reason` is UPPER_SNAKE and stable; `message` is one sentence for a developer; `metadata` holds
    the figures of the sentence; `retry_after_seconds` is set only where a retry is safe.
    """

    code: grpc.StatusCode
    reason: str
    message: str
    violations: Sequence[FieldViolation] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_after_seconds: float | None = None
    correlation_id: str = ""

    def details(self) -> list[any_pb2.Any]:
        """Return the error's details, each packed as `google.rpc.Status` wants them."""
        messages: list[object] = [
            error_details_pb2.ErrorInfo(
                reason=self.reason, domain=DOMAIN, metadata=dict(self.metadata)
            )
        ]
        if self.violations:
            messages.append(
                error_details_pb2.BadRequest(
                    field_violations=[
                        error_details_pb2.BadRequest.FieldViolation(
                            field=violation.field, description=violation.description
                        )
                        for violation in self.violations
                    ]
                )
            )
        if self.retry_after_seconds is not None:
            delay = duration_pb2.Duration()
            delay.FromMilliseconds(int(self.retry_after_seconds * 1000))
            messages.append(error_details_pb2.RetryInfo(retry_delay=delay))
        if self.correlation_id:
            messages.append(error_details_pb2.RequestInfo(request_id=self.correlation_id))
        packed = []
        for message in messages:
            detail = any_pb2.Any()
            detail.Pack(message)  # type: ignore[arg-type]
            packed.append(detail)
        return packed

    def status(self) -> status_pb2.Status:
        """Return the error as `google.rpc.Status`."""
        return status_pb2.Status(
            code=self.code.value[0], message=self.message, details=self.details()
        )


MOST_VIOLATIONS = 16
"""How many wrong fields an error names: errors travel as metadata, which takes 8 KiB in all."""

_LONGEST_FIELD, _LONGEST_DESCRIPTION, _LONGEST_MESSAGE = 96, 96, 1024


def invalid_argument(*violations: FieldViolation, reason: str = "INVALID_FIELDS") -> ApiError:
    """Return the error for a request with wrong fields, naming the first sixteen of them."""
    named = [
        FieldViolation(v.field[:_LONGEST_FIELD], v.description[:_LONGEST_DESCRIPTION])
        for v in violations[:MOST_VIOLATIONS]
    ]
    message = "; ".join(f"{v.field or 'the request'}: {v.description}" for v in named)
    more = len(violations) - len(named)
    rest = f"; and {more} more" if more else ""
    message = message[: _LONGEST_MESSAGE - len(rest)] + rest
    return ApiError(grpc.StatusCode.INVALID_ARGUMENT, reason, message, named)


def from_status(code: grpc.StatusCode, raw: bytes | None, message: str) -> ApiError | None:
    """Read an error of another Runway service back from its `grpc-status-details-bin` trailer.

    Returns None when the trailer is missing or is not of a Runway service.
    """
    if raw is None:
        return None
    status = status_pb2.Status.FromString(raw)
    info = error_details_pb2.ErrorInfo()
    if not any(detail.Unpack(info) for detail in status.details) or info.domain != DOMAIN:
        return None
    error = ApiError(code, info.reason, message, metadata=dict(info.metadata))
    request, bad, retry = (
        error_details_pb2.RequestInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    for detail in status.details:
        if detail.Unpack(bad):
            error.violations = [
                FieldViolation(v.field, v.description) for v in bad.field_violations
            ]
        elif detail.Unpack(retry):
            error.retry_after_seconds = retry.retry_delay.ToMilliseconds() / 1000
        elif detail.Unpack(request):
            error.correlation_id = request.request_id
    return error


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """How one kind of exception is shown: status, reason, and after how long to try again."""

    code: grpc.StatusCode
    reason: str
    retry_after_seconds: float | None = None


class Catalogue:
    """The one place where a service says how each of its named exceptions is shown.

    An exception's text is shown to the caller, so that only exceptions written for that belong
    here. An exception may have a `field` (the path of the request's field that is at fault), a
    `reason` (overrides the entry's) and `metadata`.
    """

    def __init__(self, entries: Mapping[type[Exception], ErrorEntry]) -> None:
        self._entries = dict(entries)

    def __contains__(self, kind: type[Exception]) -> bool:
        return kind in self._entries

    def translate(self, error: Exception) -> ApiError | None:
        """Return what the caller sees, or None when the exception is not one to be shown."""
        entry = next((self._entries[k] for k in type(error).__mro__ if k in self._entries), None)
        if entry is None:
            return None
        message = str(error)
        at_fault = getattr(error, "field", "")
        return ApiError(
            entry.code,
            getattr(error, "reason", entry.reason),
            message,
            violations=[FieldViolation(at_fault, message)] if at_fault else (),
            metadata=getattr(error, "metadata", {}),
            retry_after_seconds=entry.retry_after_seconds,
        )


# What their errors say repeats rows and parameters.
_DATABASE_LIBRARIES = frozenset({"asyncpg", "sqlalchemy"})


def _described(error: BaseException) -> dict[str, Any]:
    """Return what the log says of an error: all of it, but of one of the database only its kind,
    its SQLSTATE and where it came about.
    """
    chain = list(_chain(error))
    if not any(_library(each) in _DATABASE_LIBRARIES for each in chain):
        return {"exc_info": error}
    return {
        "kinds": [f"{type(each).__module__}.{type(each).__qualname__}" for each in chain],
        "sqlstate": next((s for e in chain if (s := getattr(e, "sqlstate", None))), ""),
        "frames": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for each in chain
            for frame in traceback.extract_tb(each.__traceback__)
        ],
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it came of."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _library(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def shown_for(error: Exception, catalogue: Catalogue, correlation_id: str) -> ApiError:
    """Return what a caller sees of an error.

    What a service raises on purpose is in its catalogue. All else, and what has a name and still is
    ours to look into, is INTERNAL and goes to the log, where the correlation id finds it.
    """
    if isinstance(error, ApiError):
        return error
    if isinstance(error, TimeoutError):
        return ApiError(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "DEADLINE_EXCEEDED",
            "The deadline passed before the answer was ready.",
        )
    if shown := catalogue.translate(error):
        if shown.code is grpc.StatusCode.INTERNAL:
            shown.correlation_id = correlation_id
            log.error(
                "internal error",
                reason=shown.reason,
                text=shown.message,
                correlation_id=correlation_id,
            )
        return shown
    log.error("unexpected error", correlation_id=correlation_id, **_described(error))
    return ApiError(
        grpc.StatusCode.INTERNAL,
        "INTERNAL",
        "Something went wrong on our side; the correlation id finds it in our logs.",
        correlation_id=correlation_id,
    )
