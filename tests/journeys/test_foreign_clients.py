"""The gateway, called by clients that this project did not write: buf's and grpc-js.

Each gets the Decision Console of a business whose books the test has imported, and an error with
its details.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from google.rpc import error_details_pb2, status_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from support import builders, identity
from support.servers import Stack

REPOSITORY = Path(__file__).resolve().parents[2]
BUF = Path(sys.executable).with_name("buf")
# `make` writes it with the stubs.
IMAGE = REPOSITORY / "build" / "image.binpb"
METHOD = "runway.experience.v1.DecisionConsoleService/GetDecisionConsole"
AS_OF = {"year": 2026, "month": 5, "day": 5}
NOT_FOUND = 5

# Each protocol at the port that speaks it; gRPC's describes itself, so that buf needs no schema.
PROTOCOLS = {
    "grpc": ("gateway_grpc", ["--http2-prior-knowledge"]),
    "grpcweb": ("gateway_http", ["--schema", str(IMAGE)]),
    "connect": ("gateway_http", ["--schema", str(IMAGE)]),
}
# How npm says that it reached no registry.
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")


@pytest.fixture(scope="module")
def business(stack: Stack) -> str:
    """A business with a checking account, an open bill of 200.00 and an open invoice of 300.00."""
    business_id = builders.business_id("foreign")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(  # type: ignore[no-untyped-call]
            builders.create_business(business_id, display_name="Café Ölsen 🥐"), timeout=20
        )
        books = builders.import_ledger(business_id, *builders.small_books())
        answer = ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(  # type: ignore[no-untyped-call]
            iter([books]), timeout=20
        )
    assert answer.applied
    return business_id


def run(
    command: Sequence[str | Path], folder: Path, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    # What is called is on this machine, whatever proxy the environment names for the web.
    environment = {**os.environ, "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


# buf


def buf_curl(
    stack: Stack, protocol: str, business_id: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    port, options = PROTOCOLS[protocol]
    body = json.dumps({"businessId": business_id, "asOf": AS_OF})
    url = f"http://{getattr(stack, port)}/{METHOD}"
    ((name, value),) = identity.bearer(METHOD, business_id)
    options = [*options, "-H", f"{name}: {value}"]
    return run([BUF, "curl", "--protocol", protocol, *options, "-d", body, url], folder)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_buf_gets_a_decision_console(
    stack: Stack, business: str, protocol: str, tmp_path: Path
) -> None:
    result = buf_curl(stack, protocol, business, tmp_path)
    assert result.returncode == 0, result.stderr
    console = json.loads(result.stdout)
    assert console["businessId"] == business
    assert console["displayName"] == "Café Ölsen 🥐"
    assert console["asOf"] == AS_OF
    assert console["balances"]["cash"] == {"currencyCode": "USD", "units": "1000"}
    (bill,) = console["bills"]
    assert bill["bill"]["billId"] == "1"
    assert bill["bill"]["balance"] == {"currencyCode": "USD", "units": "200"}
    assert bill["assessment"]["priority"]["rank"] == 1
    (invoice,) = console["invoices"]
    assert invoice["invoice"]["balance"] == {"currencyCode": "USD", "units": "300"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_buf_is_told_the_reason_of_an_error(
    stack: Stack, protocol: str, tmp_path: Path, business: str
) -> None:
    result = buf_curl(stack, protocol, f"{business}-not", tmp_path)
    # buf's exit code is eight times the gRPC code.
    assert result.returncode == 8 * NOT_FOUND, result.stderr
    error = json.loads(result.stderr)
    assert error["code"] == "not_found"
    (info,) = (d for d in error["details"] if d["type"] == "google.rpc.ErrorInfo")
    told = error_details_pb2.ErrorInfo.FromString(base64.b64decode(info["value"] + "=="))
    assert (told.reason, told.domain) == ("BUSINESS_NOT_FOUND", "runway")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_buf_is_told_which_field_is_wrong(stack: Stack, protocol: str, tmp_path: Path) -> None:
    result = buf_curl(stack, protocol, "Not An Id", tmp_path)
    error = json.loads(result.stderr)
    assert error["code"] == "invalid_argument"
    (bad,) = (d for d in error["details"] if d["type"] == "google.rpc.BadRequest")
    told = error_details_pb2.BadRequest.FromString(base64.b64decode(bad["value"] + "=="))
    assert [violation.field for violation in told.field_violations] == ["business_id"]


# grpc-js


@pytest.fixture(scope="module")
def grpc_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with client.js and the packages that its lock file pins."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here")
    folder = tmp_path_factory.mktemp("grpc_js") / "client"
    source = REPOSITORY / "tests" / "journeys" / "grpc_js"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules"))
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
    result = subprocess.run(
        ["npm", "ci", *options], cwd=folder, capture_output=True, text=True, timeout=120
    )
    if result.returncode != 0 and any(word in result.stderr for word in UNREACHABLE):
        pytest.skip("npm reaches no registry")
    assert result.returncode == 0, result.stderr
    return folder


def call(
    grpc_js: Path, address: str, business_id: str
) -> tuple[subprocess.CompletedProcess[str], Any]:
    token = identity.token(METHOD, [business_id])
    command = ["node", "client.js", address, business_id, "2026-05-05", IMAGE, token]
    result = run(command, grpc_js)
    assert result.stdout, result.stderr
    return result, json.loads(result.stdout)


def test_grpc_js_gets_a_decision_console(stack: Stack, business: str, grpc_js: Path) -> None:
    result, console = call(grpc_js, stack.gateway_grpc, business)
    assert result.returncode == 0
    assert console["business_id"] == business
    assert console["display_name"] == "Café Ölsen 🥐"
    assert console["balances"]["cash"]["units"] == "1000"
    assert [item["bill"]["bill_id"] for item in console["bills"]] == ["1"]
    assert console["bills"][0]["assessment"]["priority"]["rank"] == 1
    assert [item["invoice"]["balance"]["units"] for item in console["invoices"]] == ["300"]
    assert console["invoices"][0]["invoice"]["state"] == "DOCUMENT_STATE_OPEN"


def test_grpc_js_is_told_the_reason_of_an_error(stack: Stack, business: str, grpc_js: Path) -> None:
    result, error = call(grpc_js, stack.gateway_grpc, f"{business}-not")
    assert result.returncode == 1
    assert error["code"] == "NOT_FOUND"
    status = status_pb2.Status.FromString(base64.b64decode(error["status"]))
    assert (status.code, status.message) == (NOT_FOUND, error["message"])
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    assert (info.reason, info.domain) == ("BUSINESS_NOT_FOUND", "runway")


def test_grpc_js_without_its_arguments_says_how_it_is_used(grpc_js: Path) -> None:
    result = run(["node", "client.js", "127.0.0.1:1"], grpc_js)
    assert result.returncode == 2
    assert result.stderr.startswith("usage: node client.js <host:port> <business_id>")
