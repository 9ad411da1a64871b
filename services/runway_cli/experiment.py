"""How the variants of an experiment did, in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text
from runway.experience.v1 import test_drive_service_pb2 as pb
from runway.experience.v1 import test_drive_service_pb2_grpc
from runway.ledger.v1.experiment_pb2 import Participation

from runway_cli.client import ask_gateway, request_id
from runway_cli.console import count, table
from runway_cli.settings import Settings
from runway_cli.tables import Columns, Row

COLUMNS: Columns = [
    ("variant", "left"),
    ("saw it", "right"),
    ("came over", "right"),
    ("share", "right"),
    ("share, low", "right"),
    ("share, high", "right"),
    ("difference", "right"),
    ("difference, low", "right"),
    ("difference, high", "right"),
]


def get_results(
    settings: Settings, experiment: str, business_ids: Sequence[str]
) -> pb.GetExperimentResultsResponse:
    """Get how the variants did from the gateway, on behalf of the first of the businesses.

    Raises CommandError.
    """
    request = pb.GetExperimentResultsRequest(
        business_id=business_ids[0], experiment=experiment, business_ids=business_ids
    )
    answer: pb.GetExperimentResultsResponse = ask_gateway(
        settings, test_drive_service_pb2_grpc.TestDriveServiceStub, "GetExperimentResults", request
    )
    return answer


def record_exposure(settings: Settings, experiment: str, business_id: str) -> Participation:
    """Have the gateway record that a business has seen its variant.

    Raises CommandError.
    """
    request = pb.RecordExposureRequest(
        business_id=business_id, request_id=request_id(), experiment=experiment
    )
    answer: pb.RecordExposureResponse = ask_gateway(
        settings, test_drive_service_pb2_grpc.TestDriveServiceStub, "RecordExposure", request
    )
    return answer.participation


def record_conversion(settings: Settings, experiment: str, business_id: str) -> Participation:
    """Have the gateway record that a business did what the experiment is about.

    Raises CommandError.
    """
    request = pb.RecordConversionRequest(
        business_id=business_id, request_id=request_id(), experiment=experiment
    )
    answer: pb.RecordConversionResponse = ask_gateway(
        settings, test_drive_service_pb2_grpc.TestDriveServiceStub, "RecordConversion", request
    )
    return answer.participation


def rows(answer: pb.GetExperimentResultsResponse) -> list[Row]:
    """Return the variants as rows of COLUMNS; shares and their differences are fractions of 1."""
    return [
        [
            result.variant,
            result.exposed_count,
            result.converted_count,
            *_bounds(result, "conversion"),
            *_bounds(result, "difference"),
        ]
        for result in answer.variants
    ]


def _bounds(result: pb.VariantResult, name: str) -> list[float | None]:
    if not result.HasField(name):
        return [None, None, None]
    interval: pb.Interval = getattr(result, name)
    return [interval.estimate, interval.low, interval.high]


def print_results(
    answer: pb.GetExperimentResultsResponse, experiment: str, console: Console | None = None
) -> None:
    """Print how the variants did, each share with the interval that holds it 95 times in 100."""
    console = console or Console(highlight=False)
    shown = table(
        f"How the variants of {experiment} did",
        ("variant", "left"),
        ("saw it", "right"),
        ("came over", "right"),
        ("share", "right"),
        ("against the first", "right"),
    )
    for result in answer.variants:
        shown.add_row(
            Text(result.variant),
            str(result.exposed_count),
            str(result.converted_count),
            _between(result, "conversion", ""),
            _between(result, "difference", "+"),
        )
    console.print(shown)
    if answer.warning:
        console.print(Text(f"! {answer.warning}", "yellow"))
    if answer.failed_count:
        failed = count(answer.failed_count, "business")
        console.print(Text(f"! Left out, as it could not be asked: {failed}.", "red"))


def _between(result: pb.VariantResult, name: str, sign: str) -> str:
    estimate, low, high = _bounds(result, name)
    if estimate is None or low is None or high is None:
        return ""
    return f"{estimate:{sign}.0%} ({low:{sign}.0%} to {high:{sign}.0%})"
