"""The test drive: what a prospect sees, on books of its own or on made-up ones."""

import datetime
import secrets
import tempfile
from pathlib import Path

from rich.console import Console
from runway.experience.v1 import test_drive_service_pb2 as pb
from runway.experience.v1 import test_drive_service_pb2_grpc

from runway_cli.after_import import after_import
from runway_cli.books import import_quickbooks, print_import
from runway_cli.client import ask_gateway
from runway_cli.demo_company import write
from runway_cli.settings import Settings
from service_kit.wire import to_date


def make_sandbox(settings: Settings, as_of: datetime.date, console: Console) -> str:
    """Create a business with the demo company's books for a prospect without any; return its id.

    Raises CommandError.
    """
    business_id = f"sandbox-{secrets.token_hex(6)}"
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), as_of)
        print_import(import_quickbooks(settings, Path(folder), business_id), console)
    after_import(settings, business_id, console)
    return business_id


def get_test_drive(
    settings: Settings, business_id: str, experiment: str, as_of: datetime.date | None
) -> pb.GetTestDriveResponse:
    """Get a business's test drive from the gateway.

    Raises CommandError.
    """
    request = pb.GetTestDriveRequest(
        business_id=business_id,
        experiment=experiment,
        as_of=None if as_of is None else to_date(as_of),
    )
    answer: pb.GetTestDriveResponse = ask_gateway(
        settings, test_drive_service_pb2_grpc.TestDriveServiceStub, "GetTestDrive", request
    )
    return answer
