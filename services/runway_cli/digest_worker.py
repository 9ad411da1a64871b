"""Sending weekly digests when they are due.

The gateway says which are, and under which id each is sent, so that any number of workers may look
after a business: each week's digest goes out once. What a worker remembers is only how long to
leave alone what has failed.
"""

import contextlib
import datetime
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import grpc
from runway.experience.v1 import digest_service_pb2 as pb
from runway.experience.v1 import digest_service_pb2_grpc

from runway_cli.client import TIMEOUT_SECONDS, channel_to, refusal
from runway_cli.console import count
from runway_cli.digest import SEND_SECONDS, config_for, refused_in
from runway_cli.errors import CommandError
from runway_cli.options import read_business_id
from runway_cli.settings import Settings

AT_ONCE = 4
"""How many businesses are looked after at once: a slow mail server holds up no more."""

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60.0, 1800.0
"""How long a business is left alone after a failure; twice as long after each one more."""


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Yield what SIGTERM and SIGINT set, instead of ending what is under way."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class DigestWorker:
    """Looks after some businesses, and those that a file names."""

    def __init__(
        self,
        settings: Settings,
        businesses: Sequence[str],
        file: Path | None,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._businesses = businesses
        self._file = file
        self._stop = stop
        self._clock = clock
        self._pauses: dict[str, tuple[float, float]] = {}
        self._stack = contextlib.ExitStack()
        self._stub: Any = None

    def __enter__(self) -> Self:
        channel = self._stack.enter_context(channel_to(self._settings, "gateway"))
        self._stub = digest_service_pb2_grpc.DigestServiceStub(channel)
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def until_stopped(self, every_seconds: float) -> None:
        """Look after the businesses again and again; what is under way at the end is finished.

        Raises CommandError when the file of businesses cannot be read at first.
        """
        _say(f"looking after the digests of {count(len(self._named()), 'business')}")
        while not self._stop.is_set():
            try:
                self.round()
            except CommandError as error:
                # The file is being written, or has a wrong line: the next round may find it well.
                _say(str(error))
            self._stop.wait(every_seconds)
        _say("stopped")

    def round(self) -> bool:
        """Send what is due, and return whether nothing has failed.

        Raises CommandError when the file of businesses cannot be read.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return all(list(pool.map(self._look_after, self._named())))

    def _named(self) -> list[str]:
        lines: list[str] = []
        if self._file is not None:
            try:
                lines = self._file.read_text().splitlines()
            except (OSError, UnicodeError):
                raise CommandError(f"{self._file} cannot be read", "name another file") from None
        read = [line.partition("#")[0].strip() for line in lines]
        return list(
            dict.fromkeys([*self._businesses, *(read_business_id(one) for one in read if one)])
        )

    def _look_after(self, business_id: str) -> bool:
        """Send a business's digest if it is due; return whether that has not failed."""
        until, pause = self._pauses.get(business_id, (0.0, FIRST_PAUSE_SECONDS))
        if self._stop.is_set() or self._clock() < until:
            return True
        try:
            self._send_if_due(business_id)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.ABORTED:
                # Another worker is at it; whether it gets through, the next round tells.
                return True
            why = str(refusal(error, "gateway", self._settings))
        except CommandError as error:
            why = str(error)
        else:
            self._pauses.pop(business_id, None)
            return True
        _say(f"{business_id}: not sent: {why}")
        self._pauses[business_id] = (self._clock() + pause, min(2 * pause, LONGEST_PAUSE_SECONDS))
        return False

    def _send_if_due(self, business_id: str) -> None:
        plan = self._stub.GetDigestSettings(
            pb.GetDigestSettingsRequest(business_id=business_id), timeout=TIMEOUT_SECONDS
        )
        if not plan.schedule.is_due:
            return
        request = pb.SendDigestRequest(
            business_id=business_id,
            request_id=plan.schedule.request_id,
            config=config_for("weekly"),
        )
        sending = self._stub.SendDigest(request, timeout=SEND_SECONDS).sending
        refused = refused_in(sending)
        reached = len(sending.recipients) - len(refused)
        more = f"; refused: {', '.join(refused)}" if refused else ""
        again = f"; in attempt {sending.attempt_count}" if sending.attempt_count > 1 else ""
        _say(f"{business_id}: sent to {reached} of {len(sending.recipients)}{more}{again}")


def _say(text: str) -> None:
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ} {text}", flush=True)
