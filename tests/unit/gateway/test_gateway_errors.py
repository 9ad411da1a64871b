"""Every named error of the gateway has its place in the catalogue."""

import grpc
import pytest

from experience_gw import clients
from experience_gw.compose import joining
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.web.errors import ShownError
from service_kit.errors import ApiError

NOT_SHOWN = {clients.InnerServiceError, clients.UnexpectedInnerError}


def named_errors() -> list[type[Exception]]:
    return [
        kind
        for module in (clients, joining)
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and kind.__module__ == module.__name__
        and kind not in NOT_SHOWN
    ]


@pytest.mark.parametrize("kind", named_errors())
def test_a_named_error_is_in_the_catalogue(kind: type[Exception]) -> None:
    assert kind in CATALOGUE


def test_an_error_that_is_not_meant_to_be_shown_is_not_in_the_catalogue() -> None:
    assert CATALOGUE.translate(clients.UnexpectedInnerError("orchestrator: UNKNOWN: dsn")) is None


def test_an_unavailable_service_is_named_and_offers_a_retry() -> None:
    shown = CATALOGUE.translate(clients.CalculatorUnavailable("calculator", "It is away."))
    assert shown is not None
    assert (shown.code, shown.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "CALCULATOR_UNAVAILABLE",
    )
    assert shown.metadata == {"service": "calculator"}
    assert shown.retry_after_seconds == 1


@pytest.mark.parametrize(
    "status", [status for status in grpc.StatusCode if status is not grpc.StatusCode.OK]
)
def test_every_grpc_status_has_a_connect_code(status: grpc.StatusCode) -> None:
    said = ShownError(ApiError(status, "SOME_REASON", "Some sentence."))
    spelling = {"cancelled": "canceled"}
    name = status.name.lower()
    assert said.code.value == spelling.get(name, name)
