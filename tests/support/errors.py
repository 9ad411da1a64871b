"""Reading Runway's errors as a client does."""

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status


def reason_of(error: grpc.RpcError) -> str:
    """Return the reason of an error's ErrorInfo; "" when it has none."""
    info = _detail(error, error_details_pb2.ErrorInfo())
    return info.reason if info else ""


def violations_of(error: grpc.RpcError) -> list[str]:
    """Return the fields that an error says are wrong."""
    bad = _detail(error, error_details_pb2.BadRequest())
    return [violation.field for violation in bad.field_violations] if bad else []


def retry_after_of(error: grpc.RpcError) -> float | None:
    """Return after how many seconds an error says to try again, or None."""
    retry = _detail(error, error_details_pb2.RetryInfo())
    return retry.retry_delay.ToMilliseconds() / 1000 if retry else None


def _detail(error: grpc.RpcError, kind):  # type: ignore[no-untyped-def]
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        if detail.Unpack(kind):
            return kind
    return None
