"""kill -9 of the orchestrator at every step of every change, one after the other.

Each change is asked for once under a request id; the orchestrator ends before a statement, before
the commit, or after it and before the answer; it comes back, and the same request is repeated. Then
it must be answered, once more with the same answer, and have had the effect of a change that nobody
disturbed.
"""

import dataclasses
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support import builders, two_businesses
from support.calls import Calls, calling, first_of, request_class
from support.databases import own_database
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import request_of
from support.processes import Process, environment_of_three
from support.servers import Stack
from support.two_businesses import AUDITS, Business

CHANGES = [
    rpc
    for rpc in rpcs(runway_files())
    if rpc.service.startswith("runway.orchestrator.") and not rpc.only_reads
]
MOST_STEPS = 60
ERASE, RESTORE = "EraseBusiness", "RestoreBusiness"


@dataclass
class Outcome:
    """How many kills at which change, and what is not as it should be."""

    kills: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(
    changes: Sequence[Rpc] = CHANGES,
    steps: Callable[[int], bool] = lambda step: True,
    progress: bool = False,
) -> Outcome:
    """Kill at those steps, counted from 0, that `steps` names, of each change in turn."""
    outcome, began = Outcome(), time.monotonic()
    with _orchestrator() as server:
        for rpc in changes:
            outcome.kills[rpc.full_name] = 0
            with server.calls() as calls:
                mine = two_businesses.begin_small(calls)
                # The first of some changes makes something that the next ones only touch.
                _usual_growth(rpc, mine)
            for step in range(MOST_STEPS):
                if steps(step) and not _one(server, rpc, mine, step, outcome):
                    break
            if progress:
                kills = outcome.kills[rpc.full_name]
                print(f"  {rpc.full_name}: killed at {kills} steps", file=sys.stderr)
    outcome.seconds = time.monotonic() - began
    return outcome


class _Server:
    def __init__(self, process: Process, file: Path) -> None:
        self.process = process
        self.file = file

    @contextmanager
    def calls(self) -> Iterator[Calls]:
        address = self.process.address
        with calling(Stack(address, address, address, address)) as calls:
            yield calls

    def come_back(self) -> None:
        """Wait until it has ended, and start it again; this time it lives on."""
        self.process.wait()
        self.file.unlink()
        self.process.start()


@contextmanager
def _orchestrator() -> Iterator[_Server]:
    with own_database() as urls, tempfile.TemporaryDirectory() as folder:
        environment = environment_of_three(urls.app)
        file = Path(folder) / "steps"
        process = Process(
            "support.orchestrator_dying",
            int(environment["RUNWAY_ORCHESTRATOR_PORT"]),
            {**environment, "RUNWAY_DYING_FILE": str(file)},
            Path(folder),
        )
        process.start()
        try:
            yield _Server(process, file)
        finally:
            process.stop()


def _one(server: _Server, rpc: Rpc, mine: Business, step: int, outcome: Outcome) -> bool:
    """Kill at one step; return whether the change has that many."""
    where = f"{rpc.full_name}, killed at step {step}"
    with server.calls() as calls:
        mine = dataclasses.replace(mine, calls=calls)
        usual = _usual_growth(rpc, mine)
        request = _request(rpc, mine)
        before = _events(mine, request)
        server.file.write_text(str(step))
        first = calls(rpc.full_name, request)
    if first.code != "UNAVAILABLE":
        server.file.unlink()
        if first.code != "OK":
            outcome.wrong.append(f"{rpc.full_name}, not killed: {first}")
        return False
    server.come_back()
    outcome.kills[rpc.full_name] += 1
    with server.calls() as calls:
        mine = dataclasses.replace(mine, calls=calls)
        again, once_more = calls(rpc.full_name, request), calls(rpc.full_name, request)
        growth = _events(mine, request) - before
    if again.code != "OK" or once_more.code != "OK":
        outcome.wrong.append(f"{where}: {again}, {once_more}")
    elif rpc.name != ERASE and again.response != once_more.response:
        outcome.wrong.append(f"{where}: answered in two ways")
    if rpc.name != RESTORE and growth != usual:
        outcome.wrong.append(f"{where}: {growth} events of the audit, not {usual}")
    return True


def _usual_growth(rpc: Rpc, mine: Business) -> int:
    """Return by how many events the audit grows when nobody disturbs such a change."""
    request = _request(rpc, mine)
    before = _events(mine, request)
    answer = mine.calls(rpc.full_name, request)
    assert answer.code == "OK", answer
    return _events(mine, request) - before


def _request(rpc: Rpc, mine: Business) -> Any:
    """Return a request for a change that was not asked for before."""
    if rpc.name == "CreateBusiness":
        mine = dataclasses.replace(mine, business_id=builders.business_id("new"))
    request = request_of(rpc.full_name, mine)
    if rpc.name == ERASE:
        # What is gone keeps no request id: a client that is not answered says so.
        request.allow_missing = True
    return request


def _events(mine: Business, request: Any) -> int:
    """Return how many events the audit of the request's business has; 0 where there is none."""
    business_id = first_of(request).business_id
    answer = mine.calls(
        f"{AUDITS}/VerifyAudit", request_class(f"{AUDITS}/VerifyAudit")(business_id=business_id)
    )
    if answer.code == "NOT_FOUND":
        return 0
    assert not answer.response.fault, answer
    return int(answer.response.head.sequence_number)
