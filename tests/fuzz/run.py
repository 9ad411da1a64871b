"""A run: three servers as processes, and so many inputs of each kind for each of them."""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import uvloop

from fuzz.http import http_sender, odd_json
from fuzz.senders import Answers, Template, grpc_sender, metadata_of, raw, structured
from support import two_businesses
from support.calls import Calls, calling
from support.databases import own_database
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import request_of
from support.processes import HOST, REAL, Process, environment_of_three
from support.servers import Stack

SERVICES = {
    "calculator": "runway.calculator.v1",
    "orchestrator": "runway.orchestrator.v1",
    "gateway": "runway.experience.v1",
}
MODULES = {**REAL, "orchestrator": "support.orchestrator_then"}


@dataclass(frozen=True)
class Kind:
    """A kind of input: how one is made, and over which port of the gateway it is sent."""

    make: Callable[[Template, random.Random], list[bytes]]
    over_http: bool = False


OVER_GRPC = {"structure-aware": Kind(structured), "raw": Kind(raw)}
OVER_HTTP = {
    "structure-aware, HTTP": Kind(structured, over_http=True),
    "raw, HTTP": Kind(
        lambda template, chance: chance.choice([raw, odd_json])(template, chance), over_http=True
    ),
}
AT_ONCE = 12
SELDOM = {
    # A picture, a backtest, an archive: each takes as long as fifty others, and gets a tenth.
    *("GetDigest", "MakeDigest", "GetTestDrive", "RunBacktest", "CalculateBacktest"),
    "ExportBusiness",
}
INPUTS_A_BUSINESS = 4_000
"""After so many inputs another business is taken: what they made of the last one slows it down."""

# Each first call of a kind loads and caches something; memory is compared from here on.
_WARM_UP_SHARE = 0.1


@dataclass(frozen=True)
class Finding:
    """One service, one kind of input: how many, what was answered, and the resident memory."""

    service: str
    kind: str
    inputs: int
    answers: Answers
    crashes: int
    mib_before: float
    mib_after: float
    seconds: float

    @property
    def growth(self) -> float:
        """Return by which share resident memory has grown."""
        return self.mib_after / self.mib_before - 1


def run(
    seed: int,
    inputs: int,
    progress: bool = False,
    services: Sequence[str] = tuple(SERVICES),
    kinds: Mapping[str, Kind] = OVER_GRPC,
) -> list[Finding]:
    """Send so many inputs of each kind to each of some services; over HTTP to the gateway alone."""
    findings = []
    with own_database() as urls, tempfile.TemporaryDirectory() as folder:
        environment = environment_of_three(urls.app)
        processes = {
            name: Process(
                MODULES[name],
                int(environment[f"RUNWAY_{name.upper()}_PORT"]),
                environment,
                Path(folder),
            )
            for name in SERVICES
        }
        try:
            for process in processes.values():
                process.start()
            with calling(_stack(environment)) as calls:
                for name in services:
                    for kind_name, kind in kinds.items():
                        fuzzed = _Fuzzed(name, kind_name, kind, processes, calls)
                        findings.append(fuzzed.run(seed, inputs, progress))
        finally:
            for process in processes.values():
                process.stop()
    return findings


class _Fuzzed:
    def __init__(
        self, name: str, kind_name: str, kind: Kind, all_three: dict[str, Process], calls: Calls
    ) -> None:
        self._name, self._kind_name, self._kind = name, kind_name, kind
        self._process = all_three[name]
        self._all_three = all_three
        self._calls = calls
        self._rpcs = [rpc for rpc in rpcs(runway_files()) if rpc.service.startswith(SERVICES[name])]

    def run(self, seed: int, inputs: int, progress: bool) -> Finding:
        chance = random.Random(f"{seed} {self._name} {self._kind_name}")
        answers, began = Answers(), time.monotonic()
        sent, crashes, before = 0, 0, 0.0
        while sent < inputs:
            if not before and sent >= inputs * _WARM_UP_SHARE:
                before = _resident_mib(self._process)
            batch = min(INPUTS_A_BUSINESS, inputs - sent, max(1, inputs // 10))
            uvloop.run(self._send(batch, chance, answers))
            sent += batch
            for ended in self._ended():
                crashes += 1
                ended.start()
            if progress:
                told = f"{self._name}, {self._kind_name}: {sent:,} of {inputs:,}"
                print(f"  {told}, {answers.faults.total()} faults", file=sys.stderr)
                for fault in list(answers.faults)[-3:]:
                    print(f"    {fault[:400]}", file=sys.stderr)
        return Finding(
            service=self._name,
            kind=self._kind_name,
            inputs=sent,
            answers=answers,
            crashes=crashes,
            mib_before=before or _resident_mib(self._process),
            mib_after=_resident_mib(self._process),
            seconds=time.monotonic() - began,
        )

    def _ended(self) -> list[Process]:
        """Return which servers have ended: also one behind the one that is sent to."""
        return [process for process in self._all_three.values() if not process.runs]

    async def _send(self, count: int, chance: random.Random, answers: Answers) -> None:
        templates = await asyncio.to_thread(self._templates)
        weights = [1 if template.rpc.name in SELDOM else 10 for template in templates]
        left = iter(range(count))
        async with (
            http_sender(f"{HOST}:{self._process.environment['RUNWAY_HTTP_PORT']}")
            if self._kind.over_http
            else grpc_sender(self._process.address)
        ) as send:

            async def some() -> None:
                for _ in left:
                    if self._ended():
                        return
                    (template,) = chance.choices(templates, weights)
                    data = self._kind.make(template, chance)
                    status = await send(template, data, metadata_of(template, chance), chance)
                    answers.note(template.rpc, *status, data)

            await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    def _templates(self) -> list[Template]:
        """Return a request that would succeed for each RPC, for a business of its own."""
        mine = two_businesses.begin_small(self._calls)
        return [
            Template(rpc, _messages(rpc, request_of(rpc.full_name, mine))) for rpc in self._rpcs
        ]


def _messages(rpc: Rpc, request: object) -> list:  # type: ignore[type-arg]
    return request if isinstance(request, list) else [request]


def _resident_mib(process: Process) -> float:
    return float(psutil.Process(process.pid).memory_info().rss) / 2**20


def _stack(environment: dict[str, str]) -> Stack:
    ports = [environment[f"RUNWAY_{name}_PORT"] for name in
             ("ORCHESTRATOR", "CALCULATOR", "GATEWAY", "HTTP")]  # fmt: skip
    return Stack(*(f"{HOST}:{port}" for port in ports))
