"""Calling the services from the command line; what they refuse becomes one sentence."""

import contextlib
import datetime
import socket
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import grpc
from google.protobuf import timestamp_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from runway.calculator.v1 import forecast_calculation_service_pb2 as calculator_pb
from runway.experience.v1 import (
    decision_console_service_pb2 as console_pb,
)
from runway.experience.v1 import (
    decision_console_service_pb2_grpc,
    digest_service_pb2_grpc,
    forecast_service_pb2_grpc,
    pay_plan_service_pb2_grpc,
    portfolio_service_pb2_grpc,
)
from runway.experience.v1 import (
    digest_service_pb2 as digest_pb,
)
from runway.experience.v1 import (
    forecast_service_pb2 as forecast_pb,
)
from runway.experience.v1 import (
    pay_plan_service_pb2 as pay_plan_pb,
)
from runway.experience.v1 import (
    portfolio_service_pb2 as portfolio_pb,
)
from runway.ledger.v1.digest_pb2 import DigestConfig

from runway_cli.channels import channel
from runway_cli.errors import CommandError
from runway_cli.keys import LocalKeys
from runway_cli.settings import Settings
from service_kit.client_tokens import TokenFor, authorized
from service_kit.identity import Role
from service_kit.wire import to_date

TIMEOUT_SECONDS = 30.0
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024


@contextlib.contextmanager
def channel_to(settings: Settings, service: str) -> Iterator[grpc.Channel]:
    """Yield a channel to one of the services.

    Raises CommandError for whatever a call over it is refused with, and before a token would go
    where it should not.
    """
    _check(settings, service)
    options = [("grpc.max_receive_message_length", LARGEST_ANSWER_BYTES)]
    with channel(settings, settings.called_at(service), options) as opened:
        try:
            yield authorized(opened, _token_for(settings, service))
        except grpc.RpcError as error:
            raise refusal(error, service, settings) from None


def _check(settings: Settings, service: str) -> None:
    if settings.gateway_address and service != "gateway":
        raise CommandError(
            f"This command asks the {service} of this machine, and RUNWAY_GATEWAY_ADDRESS is set",
            "run it there, or unset RUNWAY_GATEWAY_ADDRESS",
        )
    if settings.gateway_address and settings.token is None and settings.token_file is None:
        raise CommandError(
            "The gateway that RUNWAY_GATEWAY_ADDRESS names does not know the keys of this machine",
            "set RUNWAY_TOKEN or RUNWAY_TOKEN_FILE",
        )
    address = settings.called_at(service)
    if settings.client_tls_ca_file is None and not _is_here(address.rpartition(":")[0]):
        raise CommandError(
            f"{address} is beyond this machine: in plain text, anybody in between reads the token",
            "set RUNWAY_CLIENT_TLS_CA_FILE",
        )


def _is_here(host: str) -> bool:
    """Return whether a host is this one: then something can listen there."""
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), 0), family=family).close()
    except OSError:
        return False
    return True


def _token_for(settings: Settings, service: str) -> TokenFor:
    keys = LocalKeys(settings.state_dir)

    def token(_method: str, businesses: Sequence[str]) -> str:
        if service != "gateway":
            return keys.inner_token(service, businesses)
        if settings.token_file is not None:
            return _token_in(settings.token_file)
        if settings.token is not None:
            return settings.token.get_secret_value()
        return keys.user_token(businesses, Role.OWNER, TIMEOUT_SECONDS)

    return token


def _token_in(file: Path) -> str:
    # Read with every call: whoever runs for weeks is given a new one now and then.
    try:
        return file.read_text().strip()
    except (OSError, UnicodeError):
        problem = f"{file}, which RUNWAY_TOKEN_FILE names, cannot be read"
        raise CommandError(problem, "correct it or unset it") from None


def refusal(error: grpc.RpcError, service: str, settings: Settings) -> CommandError:
    """Return a refused call as one sentence."""
    code, details = error.code(), error.details() or ""
    if code is grpc.StatusCode.UNAVAILABLE and not details.endswith("try again."):
        remedy = "start Runway with `make run`"
        if settings.gateway_address or settings.client_tls_ca_file:
            remedy = "check that it runs there, and RUNWAY_CLIENT_TLS_*"
        return CommandError(
            f"The {service} does not answer at {settings.called_at(service)}", remedy
        )
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return CommandError(f"The {service} took too long", "try again")
    return CommandError(f"{_field_at_fault(error)}{details}".rstrip("."))


def _field_at_fault(error: grpc.RpcError) -> str:
    """Return the path of the field that is wrong, unless the message names it."""
    # An error of a call is the call as well; the stubs do not know it.
    status, wrong = rpc_status.from_call(cast(grpc.Call, error)), error_details_pb2.BadRequest()
    for detail in status.details if status else ():
        if detail.Unpack(wrong) and wrong.field_violations:
            field = wrong.field_violations[0].field
            return "" if field in (error.details() or "") else f"{field} "
    return ""


def ask_gateway(
    settings: Settings,
    stub: Any,
    method: str,
    request: Message,
    seconds: float = TIMEOUT_SECONDS,
) -> Any:
    """Return the gateway's answer to a request; `stub` is the class of the service's stub.

    Raises CommandError.
    """
    with channel_to(settings, "gateway") as opened:
        return getattr(stub(opened), method)(request, timeout=seconds)


def decision_console(
    settings: Settings, business_id: str, as_of: datetime.date | None
) -> console_pb.GetDecisionConsoleResponse:
    """Get a Decision Console from the gateway.

    Raises CommandError.
    """
    request = console_pb.GetDecisionConsoleRequest(
        business_id=business_id, as_of=None if as_of is None else to_date(as_of)
    )
    answer: console_pb.GetDecisionConsoleResponse = ask_gateway(
        settings,
        decision_console_service_pb2_grpc.DecisionConsoleServiceStub,
        "GetDecisionConsole",
        request,
    )
    return answer


def forecast(
    settings: Settings, business_id: str, as_of: datetime.date | None, seed: int, whole: bool
) -> forecast_pb.GetForecastResponse:
    """Get a forecast from the gateway; `whole` with its days and items.

    Raises CommandError.
    """
    request = forecast_pb.GetForecastRequest(
        business_id=business_id,
        as_of=None if as_of is None else to_date(as_of),
        seed=seed,
        view=calculator_pb.FORECAST_VIEW_FULL if whole else calculator_pb.FORECAST_VIEW_BASIC,
    )
    answer: forecast_pb.GetForecastResponse = ask_gateway(
        settings, forecast_service_pb2_grpc.ForecastServiceStub, "GetForecast", request
    )
    return answer


def compare_scenarios(
    settings: Settings,
    business_id: str,
    as_of: datetime.date | None,
    seed: int,
    scenario: calculator_pb.Scenario,
) -> forecast_pb.CompareScenariosResponse:
    """Have the gateway compare one what-if with the forecast as it stands.

    Raises CommandError.
    """
    request = forecast_pb.CompareScenariosRequest(
        business_id=business_id,
        as_of=None if as_of is None else to_date(as_of),
        seed=seed,
        scenarios=[scenario],
    )
    answer: forecast_pb.CompareScenariosResponse = ask_gateway(
        settings, forecast_service_pb2_grpc.ForecastServiceStub, "CompareScenarios", request
    )
    return answer


def pay_plan(
    settings: Settings, business_id: str, as_of: datetime.date | None, seed: int, weeks: int
) -> pay_plan_pb.GetPayPlanResponse:
    """Get a pay plan from the gateway.

    Raises CommandError.
    """
    request = pay_plan_pb.GetPayPlanRequest(
        business_id=business_id,
        as_of=None if as_of is None else to_date(as_of),
        seed=seed,
        weeks=weeks,
    )
    answer: pay_plan_pb.GetPayPlanResponse = ask_gateway(
        settings, pay_plan_service_pb2_grpc.PayPlanServiceStub, "GetPayPlan", request
    )
    return answer


def chase_list(
    settings: Settings, business_id: str, as_of: datetime.date | None
) -> pay_plan_pb.GetChaseListResponse:
    """Get a chase list from the gateway.

    Raises CommandError.
    """
    request = pay_plan_pb.GetChaseListRequest(
        business_id=business_id, as_of=None if as_of is None else to_date(as_of)
    )
    answer: pay_plan_pb.GetChaseListResponse = ask_gateway(
        settings, pay_plan_service_pb2_grpc.PayPlanServiceStub, "GetChaseList", request
    )
    return answer


def runway_history(
    settings: Settings, business_id: str, as_of: datetime.date | None, weeks: int
) -> forecast_pb.GetRunwayHistoryResponse:
    """Get what the runway was, week by week, from the gateway.

    Raises CommandError.
    """
    request = forecast_pb.GetRunwayHistoryRequest(
        business_id=business_id, as_of=None if as_of is None else to_date(as_of), weeks=weeks
    )
    answer: forecast_pb.GetRunwayHistoryResponse = ask_gateway(
        settings, forecast_service_pb2_grpc.ForecastServiceStub, "GetRunwayHistory", request
    )
    return answer


def digest(
    settings: Settings, business_id: str, as_of: datetime.date | None, config: DigestConfig
) -> digest_pb.Digest:
    """Get a digest from the gateway, as it would be sent.

    Raises CommandError.
    """
    request = digest_pb.GetDigestRequest(
        business_id=business_id,
        as_of=None if as_of is None else to_date(as_of),
        config=config,
    )
    answer: digest_pb.GetDigestResponse = ask_gateway(
        settings, digest_service_pb2_grpc.DigestServiceStub, "GetDigest", request
    )
    return answer.digest


def portfolio(
    settings: Settings,
    business_ids: Sequence[str],
    as_of: datetime.date | None,
    statuses: Sequence[str],
    text: str,
    order: int,
) -> portfolio_pb.GetPortfolioResponse:
    """Get a portfolio from the gateway, on behalf of the first of the businesses.

    Shown are those of some statuses (critical, warning, …; all without any) whose name or id
    contains the text.
    Raises CommandError.
    """
    request = portfolio_pb.GetPortfolioRequest(
        business_id=business_ids[0],
        business_ids=business_ids,
        as_of=None if as_of is None else to_date(as_of),
        statuses=[f"RUNWAY_STATUS_{one.upper()}" for one in statuses],
        text=text,
        order=order,  # type: ignore[arg-type]
    )
    answer: portfolio_pb.GetPortfolioResponse = ask_gateway(
        settings, portfolio_service_pb2_grpc.PortfolioServiceStub, "GetPortfolio", request
    )
    return answer


def run_backtest(settings: Settings, business_id: str) -> forecast_pb.RunBacktestResponse:
    """Have the gateway run a backtest and keep it.

    Raises CommandError.
    """
    request = forecast_pb.RunBacktestRequest(business_id=business_id, request_id=request_id())
    answer: forecast_pb.RunBacktestResponse = ask_gateway(
        settings, forecast_service_pb2_grpc.ForecastServiceStub, "RunBacktest", request
    )
    return answer


def refresh_pay_date_profile(
    settings: Settings, business_id: str
) -> forecast_pb.RefreshPayDateProfileResponse:
    """Have the gateway fit how customers pay on today's books, and keep that.

    Raises CommandError.
    """
    request = forecast_pb.RefreshPayDateProfileRequest(
        business_id=business_id, request_id=request_id()
    )
    answer: forecast_pb.RefreshPayDateProfileResponse = ask_gateway(
        settings, forecast_service_pb2_grpc.ForecastServiceStub, "RefreshPayDateProfile", request
    )
    return answer


def request_id() -> str:
    """Return a fresh request id."""
    return str(uuid.uuid4())


def to_instant(instant: datetime.datetime) -> timestamp_pb2.Timestamp:
    """Return an instant on the wire."""
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(instant)
    return message
