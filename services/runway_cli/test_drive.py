"""The test drive: what a prospect sees, on books of its own or on made-up ones."""

import datetime
import secrets

from rich.console import Console
from runway.experience.v1 import test_drive_service_pb2 as pb
from runway.experience.v1 import test_drive_service_pb2_grpc

from runway_cli.after_import import after_import
from runway_cli.client import ask_gateway, request_id
from runway_cli.settings import Settings
from service_kit.wire import to_date


def make_sandbox(settings: Settings, console: Console) -> str:
    """Have the gateway create a business with made-up books of today; return its id.

    Raises CommandError.
    """
    request = pb.CreateSandboxRequest(
        business_id=f"sandbox-{secrets.token_hex(6)}", request_id=request_id()
    )
    made: pb.CreateSandboxResponse = ask_gateway(
        settings, test_drive_service_pb2_grpc.TestDriveServiceStub, "CreateSandbox", request
    )
    console.print(f"Created business {made.business_id}, a sandbox: {made.display_name}.")
    after_import(settings, made.business_id, console)
    return made.business_id


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
