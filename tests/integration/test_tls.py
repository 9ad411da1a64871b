"""TLS on every port, with certificates that are made for the test, over real sockets."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from runway.experience.v1 import decision_console_service_pb2 as pb
from runway.experience.v1 import decision_console_service_pb2_grpc
from runway.orchestrator.v1 import business_service_pb2_grpc

from service_kit.identity import Role
from support import builders, identity
from support.certificates import Authority
from support.databases import DatabaseUrls
from support.processes import HOST, REAL, Process, environment_of_three, free_ports

REPOSITORY = Path(__file__).resolve().parents[2]
Files = tuple[Path, Path]


@dataclass(frozen=True)
class World:
    """Two authorities, and what the right one has signed."""

    ours: Authority
    others: Authority
    server: Files
    client: Files
    stranger: Files


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("certificates")
    ours, others = Authority(folder, "ours"), Authority(folder, "others")
    return World(ours, others, ours.issue("server"), ours.issue("client"), others.issue("stranger"))


@pytest.fixture(scope="module")
def environment(world: World, database: DatabaseUrls) -> dict[str, str]:
    """All three servers with mutual TLS, the gateway towards the others as well."""
    ports = zip(REAL, free_ports(len(REAL)), strict=True)
    return {
        **environment_of_three(database.app),
        **{f"RUNWAY_{name.upper()}_METRICS_PORT": str(port) for name, port in ports},
        "RUNWAY_TLS_CERTIFICATE_FILE": str(world.server[0]),
        "RUNWAY_TLS_KEY_FILE": str(world.server[1]),
        "RUNWAY_TLS_CLIENT_CA_FILE": str(world.ours.file),
        "RUNWAY_INNER_TLS_CA_FILE": str(world.ours.file),
        "RUNWAY_INNER_TLS_CERTIFICATE_FILE": str(world.client[0]),
        "RUNWAY_INNER_TLS_KEY_FILE": str(world.client[1]),
    }


@pytest.fixture(scope="module")
def running(world: World, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Where the three servers listen."""
    processes = []
    try:
        for name, module in REAL.items():
            port = int(environment[f"RUNWAY_{name.upper()}_PORT"])
            process = Process(module, port, environment)
            processes.append(process)
            process.start(credentials(world.ours, world.client))
        yield {process.module: process.address for process in processes}
    finally:
        for process in processes:
            process.stop()


def credentials(authority: Authority, shown: Files | None) -> grpc.ChannelCredentials:
    key, certificate = (shown[1].read_bytes(), shown[0].read_bytes()) if shown else (None, None)
    return grpc.ssl_channel_credentials(authority.file.read_bytes(), key, certificate)


def is_serving(channel: grpc.Channel) -> bool:
    try:
        answer = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=5
        )
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@pytest.mark.parametrize("module", REAL.values())
def test_each_grpc_port_lets_in_whom_our_authority_has_signed_and_nobody_else(
    module: str, running: dict[str, str], world: World
) -> None:
    address = running[module]
    for authority, shown, let_in in (
        (world.ours, world.client, True),
        (world.ours, None, False),
        (world.ours, world.stranger, False),
        (world.others, world.client, False),
    ):
        with grpc.secure_channel(address, credentials(authority, shown)) as channel:
            assert is_serving(channel) == let_in
    with grpc.insecure_channel(address) as channel:
        assert not is_serving(channel)


def test_a_console_is_composed_over_mutual_tls_from_end_to_end(
    running: dict[str, str], world: World
) -> None:
    business_id = builders.business_id("tls")
    ours = credentials(world.ours, world.client)
    with grpc.secure_channel(running["orchestrator_svc"], ours) as channel:
        stub = business_service_pb2_grpc.BusinessServiceStub(channel)
        method = "runway.orchestrator.v1.BusinessService/CreateBusiness"
        stub.CreateBusiness(
            builders.create_business(business_id), metadata=identity.bearer(method, business_id)
        )
    with grpc.secure_channel(running["experience_gw"], ours) as channel:
        console = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(channel)
        answer = console.GetDecisionConsole(
            pb.GetDecisionConsoleRequest(business_id=business_id),
            metadata=identity.bearer("runway.experience", business_id),
            timeout=10,
        )
    assert answer.business_id == business_id


def shown_by_the_command_line(world: World) -> dict[str, str]:
    return {
        "RUNWAY_CLIENT_TLS_CA_FILE": str(world.ours.file),
        "RUNWAY_CLIENT_TLS_CERTIFICATE_FILE": str(world.client[0]),
        "RUNWAY_CLIENT_TLS_KEY_FILE": str(world.client[1]),
    }


def command(words: list[str], **settings: str) -> "subprocess.CompletedProcess[str]":
    ours = {name: value for name, value in os.environ.items() if not name.startswith("RUNWAY_")}
    return subprocess.run(
        [sys.executable, *words],
        env={**ours, "PYTHONPATH": os.pathsep.join(sys.path), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def runway(*words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    state = {"RUNWAY_STATE_DIR": str(identity.STATE_DIR)}
    return command(["-m", "runway_cli", *words], **(state | settings))


def test_the_command_line_speaks_tls_to_a_gateway_wherever_it_is(
    running: dict[str, str], world: World
) -> None:
    gateway, nobody = running["experience_gw"], ("console", "--business", "tls-nobody")
    elsewhere = {"RUNWAY_GATEWAY_ADDRESS": gateway, "RUNWAY_TOKEN": token("tls-nobody")}
    files = shown_by_the_command_line(world)
    for place in (elsewhere, {"RUNWAY_GATEWAY_PORT": gateway.rpartition(":")[2]}):
        done = runway(*nobody, **place, **files)
        assert (done.returncode, done.stdout) == (1, "")
        assert "tls-nobody" in done.stderr and "answer" not in done.stderr
    for fewer in ({}, {"RUNWAY_CLIENT_TLS_CA_FILE": str(world.ours.file)}):
        done = runway(*nobody, **elsewhere, **fewer)
        assert done.returncode == 1
        assert done.stderr == (
            f"The gateway does not answer at {gateway}; check that it runs there, and"
            " RUNWAY_CLIENT_TLS_*.\n"
        )


def token(business_id: str) -> str:
    return identity.KEYS.user_token([business_id], Role.OWNER, 60)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"RUNWAY_GATEWAY_ADDRESS": "gateway.example:50050"}, "anybody in between reads the token"),
        ({"RUNWAY_GATEWAY_ADDRESS": "203.0.113.1:50050"}, "anybody in between reads the token"),
        ({"RUNWAY_GATEWAY_ADDRESS": "[2001:db8::1]:50050"}, "anybody in between reads the token"),
        ({"RUNWAY_BIND_HOST": "203.0.113.1"}, "anybody in between reads the token"),
        ({"RUNWAY_BIND_HOST": "203.0.113.1", "RUNWAY_TOKEN": ""}, "anybody in between reads"),
        ({"RUNWAY_GATEWAY_ADDRESS": "127.0.0.1:1", "RUNWAY_TOKEN": ""}, "set RUNWAY_TOKEN or"),
        ({"RUNWAY_GATEWAY_ADDRESS": "127.0.0.1"}, "RUNWAY_GATEWAY_ADDRESS is wrong"),
        ({"RUNWAY_GATEWAY_ADDRESS": "dns:///gateway.example:1"}, "RUNWAY_GATEWAY_ADDRESS is wrong"),
        ({"RUNWAY_GATEWAY_ADDRESS": "::1:8080"}, "RUNWAY_GATEWAY_ADDRESS is wrong"),
        ({"RUNWAY_GATEWAY_ADDRESS": "unix:/tmp/socket"}, "RUNWAY_GATEWAY_ADDRESS is wrong"),
        ({"RUNWAY_CLIENT_TLS_CERTIFICATE_FILE": "/x"}, "RUNWAY_CLIENT_TLS_CA_FILE is missing"),
        ({"RUNWAY_CLIENT_TLS_CA_FILE": "/nowhere"}, "No such file"),
    ],
)
def test_the_command_line_sends_no_token_over_a_network_in_plain_text_or_where_it_counts_nothing(
    settings: dict[str, str], told: str
) -> None:
    done = runway("console", "--business", "b", **{"RUNWAY_TOKEN": "secret", **settings})
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr and done.stderr.count("\n") == 1
    assert "secret" not in done.stderr


def test_what_asks_the_orchestrator_does_not_go_by_the_address_of_a_gateway(tmp_path: Path) -> None:
    settings = {"RUNWAY_GATEWAY_ADDRESS": "localhost:1", "RUNWAY_TOKEN": "secret"}
    (archive := tmp_path / "archive").write_bytes(b"")
    done = runway("restore", str(archive), "--business", "b", **settings)
    assert done.returncode == 1
    assert "the orchestrator of this machine" in done.stderr
    assert "unset RUNWAY_GATEWAY_ADDRESS" in done.stderr


@pytest.mark.parametrize("given", [1, 2])
def test_up_does_not_start_services_of_which_some_speak_tls(given: int, tmp_path: Path) -> None:
    names = "TLS_CERTIFICATE_FILE", "INNER_TLS_CA_FILE", "CLIENT_TLS_CA_FILE"
    settings = {f"RUNWAY_{name}": "/x" for name in names[:given]}
    done = runway("up", **settings, RUNWAY_STATE_DIR=str(tmp_path / "state"))
    assert done.returncode == 1
    assert done.stderr.endswith("set all of them or none.\n")
    assert all(f"RUNWAY_{name}" in done.stderr for name in names)


@pytest.mark.parametrize("module", REAL.values())
def test_the_health_check_of_the_image_passes_over_mutual_tls(
    module: str, running: dict[str, str], world: World
) -> None:
    script = str(REPOSITORY / "deploy" / "healthcheck.py")
    files = shown_by_the_command_line(world)
    done = command([script, running[module]], **files)
    assert (done.returncode, done.stderr) == (0, "")
    assert command([script, running[module]]).returncode == 1
    for missing in files:
        some = {name: file for name, file in files.items() if name != missing}
        done = command([script, running[module]], **some)
        assert done.returncode == 1 and done.stderr.startswith("RUNWAY_CLIENT_TLS_")


@pytest.mark.parametrize(
    ("port", "path"),
    [("HTTP_PORT", "readyz"), *((f"{name.upper()}_METRICS_PORT", "metrics") for name in REAL)],
)
def test_each_http_port_asks_for_a_certificate_as_well(
    port: str, path: str, running: dict[str, str], world: World, environment: dict[str, str]
) -> None:
    url = f"https://{HOST}:{environment[f'RUNWAY_{port}']}/{path}"
    context = ssl.create_default_context(cafile=str(world.ours.file))
    with httpx.Client(verify=context, trust_env=False) as client, pytest.raises(httpx.HTTPError):
        client.get(url)
    context.load_cert_chain(*world.client)
    # Somebody who connects and says nothing holds up nobody.
    with (
        socket.create_connection((HOST, int(environment[f"RUNWAY_{port}"]))),
        httpx.Client(verify=context, trust_env=False) as client,
    ):
        assert client.get(url).status_code == 200
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.HTTPError):
        client.get(url.replace("https", "http"))


def test_a_certificate_that_is_replaced_is_shown_from_the_next_connection_on(
    tmp_path: Path, world: World
) -> None:
    files = tmp_path / "server.crt", tmp_path / "server.key"
    _copy(world.server, files)
    environment = {
        **environment_of_three("postgresql://nobody@localhost/nowhere"),
        "RUNWAY_TLS_CERTIFICATE_FILE": str(files[0]),
        "RUNWAY_TLS_KEY_FILE": str(files[1]),
    }
    port = int(environment["RUNWAY_CALCULATOR_PORT"])
    process = Process("calculator_svc", port, environment)
    try:
        process.start(credentials(world.ours, None))
        with grpc.secure_channel(process.address, credentials(world.others, None)) as channel:
            assert not is_serving(channel)
        _copy(world.stranger, files)
        with grpc.secure_channel(process.address, credentials(world.others, None)) as channel:
            assert is_serving(channel)
    finally:
        process.stop()


@pytest.mark.parametrize("host", ["localhost", HOST])
@pytest.mark.parametrize("path", ["healthz", "metrics"])
def test_the_http_ports_show_a_replaced_certificate_from_the_next_connection_on_as_well(
    path: str, host: str, tmp_path: Path, world: World
) -> None:
    """Also to a client that names no host, as one that connects by address doesn't."""
    files = tmp_path / "server.crt", tmp_path / "server.key"
    _copy(world.server, files)
    environment = {
        **environment_of_three("postgresql://nobody@localhost/nowhere"),
        "RUNWAY_TLS_CERTIFICATE_FILE": str(files[0]),
        "RUNWAY_TLS_KEY_FILE": str(files[1]),
    }
    (metrics,) = free_ports(1)
    environment["RUNWAY_GATEWAY_METRICS_PORT"] = str(metrics)
    process = Process("experience_gw", int(environment["RUNWAY_GATEWAY_PORT"]), environment)
    port = metrics if path == "metrics" else environment["RUNWAY_HTTP_PORT"]
    url = f"https://{host}:{port}/{path}"
    try:
        process.start(credentials(world.ours, None))
        assert is_shown(url, world.ours)
        files[1].write_bytes(b"half of a key")
        assert is_shown(url, world.ours)
        _copy(world.stranger, files)
        assert is_shown(url, world.others)
        assert not is_shown(url, world.ours)
    finally:
        process.stop()


def is_shown(url: str, authority: Authority) -> bool:
    """Return whether a new connection is shown a certificate that an authority has signed."""
    context = ssl.create_default_context(cafile=str(authority.file))
    context.check_hostname = False
    with httpx.Client(verify=context, trust_env=False) as client:
        try:
            return client.get(url).status_code == 200
        except httpx.ConnectError:
            return False


def _copy(sources: Files, targets: Files) -> None:
    for source, target in zip(sources, targets, strict=True):
        target.write_bytes(source.read_bytes())


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"RUNWAY_TLS_CERTIFICATE_FILE": "server"}, "belong together"),
        ({"RUNWAY_TLS_CLIENT_CA_FILE": "ca"}, "belong together"),
        ({"RUNWAY_TLS_CERTIFICATE_FILE": "server", "RUNWAY_TLS_KEY_FILE": "/nowhere"}, "No such"),
        ({"RUNWAY_TLS_CERTIFICATE_FILE": "server", "RUNWAY_TLS_KEY_FILE": "ca"}, "PEM"),
        ({"RUNWAY_INNER_TLS_CERTIFICATE_FILE": "server"}, "RUNWAY_INNER_TLS_CA_FILE is missing"),
        ({"RUNWAY_INNER_TLS_CA_FILE": "ca", "RUNWAY_INNER_TLS_KEY_FILE": "key"}, "belong together"),
    ],
)
def test_settings_that_do_not_fit_end_the_start_with_one_sentence(
    settings: dict[str, str], told: str, world: World
) -> None:
    files = {"server": world.server[0], "key": world.server[1], "ca": world.ours.file}
    given = {name: str(files.get(value, value)) for name, value in settings.items()}
    done: Any = subprocess.run(
        [sys.executable, "-m", "experience_gw"],
        env={**os.environ, **environment_of_three("postgresql://a@localhost/b"), **given},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert told in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
