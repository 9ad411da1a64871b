"""Errors as Connect says them, with the same code, reason and details as over gRPC."""

import grpc
from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from protobuf.wkt import Any as AnyMessage

from service_kit.errors import ApiError

# Why connectrpc itself refuses a request, before any handler sees it. Its sentences are its own and
# hold no exception's text, as long as the codecs and the decompression raise ConnectError.
_REASONS = {
    Code.INVALID_ARGUMENT: "MALFORMED_REQUEST",
    Code.RESOURCE_EXHAUSTED: "REQUEST_TOO_LARGE",
    Code.UNIMPLEMENTED: "UNSUPPORTED_REQUEST",
    Code.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
    Code.CANCELED: "CANCELLED",
}


class ShownError(ConnectError):
    """An error of Runway as Connect says it; `logged` says whether the pipeline has seen it."""

    def __init__(self, error: ApiError, logged: bool = False) -> None:
        details = [
            ErrorDetail(AnyMessage(type_url=detail.type_url, value=detail.value))
            for detail in error.details()
        ]
        super().__init__(_code(error.code), error.message, details)
        self.status = f"{error.code.name} {error.reason}"
        self.logged = logged


def with_reason(error: ConnectError) -> ShownError:
    """Return one of connectrpc's own errors with a reason, as every error of Runway has one."""
    reason = _REASONS.get(error.code, "MALFORMED_REQUEST")
    return ShownError(ApiError(_status(error.code), reason, error.message))


def _code(status: grpc.StatusCode) -> Code:
    # The two differ in the spelling of one name.
    return Code.CANCELED if status is grpc.StatusCode.CANCELLED else Code[status.name]


def _status(code: Code) -> grpc.StatusCode:
    return grpc.StatusCode.CANCELLED if code is Code.CANCELED else grpc.StatusCode[code.name]
