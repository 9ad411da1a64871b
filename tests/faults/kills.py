"""kill -9 of any process, and of PostgreSQL, while clients write.

Each client does as the API tells clients to: it repeats a write under the same request id until it
is answered. At the end every write that was acknowledged is there, each once; those that were never
acknowledged are there once at most; and the audit of each business is whole and has one event for
each write.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import psutil
import uvloop
from google.protobuf.message_factory import GetMessageClass
from runway.ledger.v1 import hand_over_pb2

from orchestrator_svc.migrations import migrate
from runway_cli.embedded_postgres import EmbeddedPostgres
from runway_cli.errors import CommandError
from service_kit.calls import AUTHORIZATION_HEADER
from support import builders, identity
from support.calls import method_of, request_class
from support.processes import REAL, Process, environment_of_three

CLIENTS = 12
LEDGERS = "runway.orchestrator.v1.LedgerService"
BUSINESSES = "runway.orchestrator.v1.BusinessService"
AUDITS = "runway.orchestrator.v1.AuditService"
HAND_OVERS = "runway.experience.v1.HandOverService"
# What a client repeats: the call may have been done, or not.
UNCERTAIN = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "ABORTED", "RESOURCE_EXHAUSTED"}
_SECONDS = 3.0
_SECONDS_TO_START = 20.0
# How long it may take until writes of every kind are done again after what was killed is back.
_SECONDS_TO_GO_ON = 20.0
# How long one client repeats one write: through several kills in a row.
_SECONDS_TO_REPEAT = 120.0


@dataclass
class Outcome:
    """A run: what was killed, what was acknowledged, and what is not as it should be."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    never_acknowledged: int = 0
    longest_pause: float = 0.0
    """Seconds from the return of what was killed until writes of every kind were done again."""
    repeated: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Return whether nothing was lost, doubled or answered as it never may be."""
        return not (self.lost or self.doubled or self.broken) and self.acknowledged > 0


@dataclass(frozen=True)
class Kind:
    """A kind of write: how it is asked for under a name, and how those that are kept are listed."""

    create: str
    field: str
    make: Callable[[str], Any]
    listing: str
    listed: str
    name_of: Callable[[Any], str]


KINDS = [
    Kind(
        f"{LEDGERS}/CreateEarmark",
        "earmark",
        lambda name: builders.earmark(display_name=name),
        f"{LEDGERS}/ListEarmarks",
        "earmarks",
        lambda earmark: str(earmark.display_name),
    ),
    Kind(
        f"{LEDGERS}/CreatePlannedItem",
        "planned_item",
        lambda name: builders.planned_item(display_name=name),
        f"{LEDGERS}/ListPlannedItems",
        "planned_items",
        lambda item: str(item.display_name),
    ),
    Kind(
        f"{HAND_OVERS}/CreateHandOver",
        "hand_over",
        lambda name: hand_over_pb2.HandOver(from_person="Ann", to_person="Bob", note=name),
        f"{HAND_OVERS}/ListHandOvers",
        "hand_overs",
        lambda hand_over: str(hand_over.note),
    ),
]


class Client:
    """Writes one thing after the other for a business of its own, and remembers the answers."""

    def __init__(self, number: int, seed: int, environment: dict[str, str]) -> None:
        self.business_id = f"killed-{number}"
        self.acknowledged: list[tuple[Kind, str]] = []
        self.unanswered: list[tuple[Kind, str]] = []
        self.repeated = 0
        self.broken: list[str] = []
        self._chance = random.Random(f"{seed} client {number}")
        options = [
            ("grpc.initial_reconnect_backoff_ms", 50),
            ("grpc.max_reconnect_backoff_ms", 200),
        ]
        self._channels = {
            package: grpc.aio.insecure_channel(f"127.0.0.1:{environment[port]}", options)
            for package, port in (
                ("runway.orchestrator.v1", "RUNWAY_ORCHESTRATOR_PORT"),
                ("runway.experience.v1", "RUNWAY_GATEWAY_PORT"),
            )
        }

    async def close(self) -> None:
        """Close every connection."""
        for channel in self._channels.values():
            await channel.close()

    async def begin(self) -> None:
        """Create the business."""
        settings = builders.create_business(self.business_id).business
        await self._until_answered(f"{BUSINESSES}/CreateBusiness", business=settings)

    async def write_until(self, over: asyncio.Event) -> None:
        """Write until the event is set, and then finish what is begun."""
        while not over.is_set():
            kind, name = self._chance.choice(KINDS), uuid.uuid4().hex
            self.unanswered.append((kind, name))
            if await self._until_answered(kind.create, **{kind.field: kind.make(name)}):
                self.unanswered.pop()
                self.acknowledged.append((kind, name))

    async def kept(self) -> Counter[str]:
        """Return the names of all that is kept, and how often each."""
        found: Counter[str] = Counter()
        for kind in KINDS:
            token = ""
            while True:
                page = await self.ask(kind.listing, page_size=1000, page_token=token)
                found.update(kind.name_of(one) for one in getattr(page, kind.listed))
                token = page.next_page_token
                if not token:
                    break
        return found

    async def ask(self, full_name: str, **fields: Any) -> Any:
        """Ask, and again while nothing answers."""
        for _ in range(100):
            status, answer = await self._send(full_name, fields)
            if status == "OK":
                return answer
            assert status in UNCERTAIN, (full_name, status, answer)
            await asyncio.sleep(0.1)
        raise AssertionError(f"{full_name} is not answered")

    async def _until_answered(self, full_name: str, **fields: Any) -> bool:
        """Send a write until it is answered, under one request id; return whether it was done."""
        fields["request_id"] = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        began = time.monotonic()
        while True:
            status, answer = await self._send(full_name, fields)
            if status == "OK":
                return True
            waited = time.monotonic() - began
            if status not in UNCERTAIN or waited > _SECONDS_TO_REPEAT:
                self.broken.append(f"{full_name}: {status} after {waited:.0f} s: {answer}")
                return False
            self.repeated += 1
            await asyncio.sleep(self._chance.uniform(0.02, 0.1))

    async def _send(self, full_name: str, fields: dict[str, Any]) -> tuple[str, Any]:
        channel = self._channels[full_name.rpartition(".")[0]]
        call = channel.unary_unary(
            f"/{full_name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method_of(full_name).output_type).FromString,
        )
        token = identity.token(full_name, [self.business_id])
        request = request_class(full_name)(business_id=self.business_id, **fields)
        try:
            return "OK", await call(
                request, timeout=_SECONDS, metadata=((AUTHORIZATION_HEADER, f"Bearer {token}"),)
            )
        except grpc.aio.AioRpcError as error:
            return error.code().name, error.details()


class Victims:
    """What can be killed, and how it comes back."""

    def __init__(self, postgres: EmbeddedPostgres, processes: dict[str, Process]) -> None:
        self._postgres = postgres
        self._processes = processes

    def kill(self, chance: random.Random) -> str:
        """Kill something, have it come back, and return what it was."""
        what = chance.choices(
            ["orchestrator", "gateway", "calculator", "PostgreSQL", "a backend of PostgreSQL"],
            [40, 20, 5, 15, 20],
        )[0]
        if what == "PostgreSQL":
            self._kill_postgres()
        elif what == "a backend of PostgreSQL":
            self._kill_backend(chance)
        else:
            self._processes[what].kill()
            self._processes[what].start()
        return what

    def _kill_postgres(self) -> None:
        server = psutil.Process(self._postgres.process.pid)
        everything = [server, *server.children(recursive=True)]
        for process in everything:
            _kill(process)
        psutil.wait_procs(everything, timeout=10)
        self._postgres.stop()
        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                self._postgres.start()
                return
            except CommandError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _kill_backend(self, chance: random.Random) -> None:
        """Kill a process that serves a client: PostgreSQL then starts anew by itself."""
        server = psutil.Process(self._postgres.process.pid)
        backends = [child for child in server.children() if "runway_app" in _title(child)]
        if backends:
            _kill(chance.choice(backends))


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _kill(process: psutil.Process) -> None:
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def run(seed: int, kills: int, progress: bool = False) -> Outcome:
    """Kill so many times while clients write, and compare what is kept with what was answered."""
    with tempfile.TemporaryDirectory(prefix="runway-faults-") as folder:
        postgres = EmbeddedPostgres(Path(folder), durable=True)
        postgres.start()
        try:
            asyncio.run(migrate(postgres.owner_url, postgres.app_password))
            environment = environment_of_three(postgres.app_url)
            processes = {
                name: Process(
                    REAL[name],
                    int(environment[f"RUNWAY_{name.upper()}_PORT"]),
                    environment,
                    Path(folder),
                )
                for name in REAL
            }
            try:
                for process in processes.values():
                    process.start()
                victims = Victims(postgres, processes)
                return uvloop.run(_run(seed, kills, victims, environment, progress))
            finally:
                for process in processes.values():
                    process.stop()
        finally:
            postgres.stop()


async def _run(
    seed: int, kills: int, victims: Victims, environment: dict[str, str], progress: bool
) -> Outcome:
    outcome, began = Outcome(seed), time.monotonic()
    chance = random.Random(f"{seed} kills")
    clients = [Client(number, seed, environment) for number in range(CLIENTS)]
    await asyncio.gather(*(client.begin() for client in clients))
    over = asyncio.Event()
    writing = [asyncio.create_task(client.write_until(over)) for client in clients]
    for number in range(kills):
        # From within the first statements of a write until a few writes later.
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        killed = await asyncio.to_thread(victims.kill, chance)
        outcome.kills[killed] += 1
        if chance.random() < 0.8:
            await _until_going_on(clients, killed, outcome)
        if progress and (number + 1) % 25 == 0:
            done = sum(len(client.acknowledged) for client in clients)
            print(f"  {number + 1} of {kills} kills, {done:,} writes", file=sys.stderr)
    over.set()
    await asyncio.gather(*writing)
    for client in clients:
        await _compare(client, outcome)
        await client.close()
    outcome.seconds = time.monotonic() - began
    return outcome


async def _until_going_on(clients: list[Client], killed: str, outcome: Outcome) -> None:
    """Wait until writes of every kind are done again, and note how long that took."""
    began = time.monotonic()
    before = [len(client.acknowledged) for client in clients]
    waiting = set(range(len(KINDS)))
    while waiting:
        await asyncio.sleep(0.01)
        done = [
            KINDS.index(kind)
            for client, count in zip(clients, before, strict=True)
            for kind, _ in client.acknowledged[count:]
        ]
        waiting.difference_update(done)
        pause = time.monotonic() - began
        outcome.longest_pause = max(outcome.longest_pause, pause)
        if pause > _SECONDS_TO_GO_ON:
            creates = ", ".join(KINDS[number].create for number in sorted(waiting))
            outcome.broken.append(f"{creates}: not done within {pause:.0f} s of a kill of {killed}")
            return


async def _compare(client: Client, outcome: Outcome) -> None:
    kept = await client.kept()
    outcome.acknowledged += len(client.acknowledged)
    outcome.never_acknowledged += len(client.unanswered)
    outcome.repeated += client.repeated
    outcome.broken += client.broken
    outcome.lost += [name for _, name in client.acknowledged if not kept[name]]
    outcome.doubled += [name for name, count in kept.items() if count > 1]
    audit = await client.ask(f"{AUDITS}/VerifyAudit")
    # One for the business itself, and one for each thing that is kept.
    if audit.fault or audit.head.sequence_number != 1 + kept.total():
        outcome.broken.append(
            f"audit of {client.business_id}: fault {audit.fault},"
            f" {audit.head.sequence_number} events for {kept.total()} writes"
        )
