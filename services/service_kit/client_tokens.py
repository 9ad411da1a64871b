"""A token on every call of a channel, made for the businesses that the request names."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import grpc

from service_kit.calls import AUTHORIZATION_HEADER

TokenFor = Callable[[str, Sequence[str]], str]
"""Given the method's path and the businesses, returns a token; an empty one is not sent."""


def authorized(channel: grpc.Channel, token_for: TokenFor) -> grpc.Channel:
    """Return the channel with a token on every call."""
    return grpc.intercept_channel(channel, _Tokens(token_for))


def businesses_of(request: Any) -> list[str]:
    """Return the businesses that a request names, each once."""
    return list(dict.fromkeys([request.business_id, *getattr(request, "business_ids", ())]))


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Sequence[tuple[str, str | bytes]]
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class _Tokens(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
):
    def __init__(self, token_for: TokenFor) -> None:
        self._token_for = token_for

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._with_token(details, request), request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._with_token(details, request), request)

    def intercept_stream_unary(
        self, continuation: Any, details: Any, request_iterator: Iterator[Any]
    ) -> Any:
        first = next(request_iterator, None)
        if first is None:
            return continuation(details, iter(()))
        requests = itertools.chain([first], request_iterator)
        return continuation(self._with_token(details, first), requests)

    def _with_token(self, details: Any, request: Any) -> Any:
        given = list(details.metadata or ())
        # Runway's own services alone; health and reflection need no token.
        if any(name == AUTHORIZATION_HEADER for name, _ in given) or not hasattr(
            request, "business_id"
        ):
            return details
        if token := self._token_for(details.method, businesses_of(request)):
            given.append((AUTHORIZATION_HEADER, f"Bearer {token}"))
        return _Details(
            details.method,
            details.timeout,
            given,
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )
