"""Canaries: what gives a business away wherever it turns up.

In texts it is the business's number. In money it is a prime: every amount of a business is a
multiple of the business's own prime, and so is every sum and difference of them, while what
another's money went into is not. Where an answer divides (an average, a share, a rate) that says
nothing any more: those fields stand in `NO_MULTIPLES`, by name, and any other is looked at.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from google.type import money_pb2

from support import builders

_CANARY = re.compile(rb"cnry([0-9]{6})x")
_BUSINESS = re.compile(rb'"business_id": "([^"]*)')
NO_MULTIPLES = frozenset(
    {
        "Chase.sooner",
        "Chase.value",
        # One cent at least, also where nothing went through the books.
        "CalculateDataQualityResponse.activity",
        "GetHygieneTrayResponse.activity",
    }
)
"""Fields whose amounts are averages or shares, and so multiples of no prime."""


@cache
def prime(number: int) -> int:
    """Return the prime of a business, above 1,000: the larger, the fewer foreign amounts pass."""
    found = (n for n in count(1009, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
    return next(n for i, n in enumerate(found) if i == number)


@dataclass(frozen=True)
class Tenant:
    """A business of the suite: its number is in its id and its texts, its prime in its amounts."""

    number: int

    @property
    def canary(self) -> str:
        """Return what is in every text of this business and of no other."""
        return f"cnry{self.number:06}x"

    @property
    def business_id(self) -> str:
        """Return the business's id."""
        return f"of-{self.canary}"

    def text(self, text: str) -> str:
        """Return a text that gives the business away."""
        return f"{text} {self.canary}"

    def usd(self, times: int) -> money_pb2.Money:
        """Return an amount that gives the business away: so many cents times its prime."""
        cents = times * prime(self.number)
        return builders.usd(f"{cents // 100}.{cents % 100:02}")


@dataclass
class Search:
    """Looks for canaries where a business alone may be told of; keeps what it found."""

    seen: int = 0
    amounts: int = 0
    foreign: Counter[str] = field(default_factory=Counter)

    def look(self, content: bytes, tenant: Tenant | None, where: str) -> None:
        """Look through what was told about one business, or about none."""
        for found in _CANARY.findall(content):
            self.seen += 1
            if tenant is None or int(found) != tenant.number:
                self.foreign[f"{where}: canary {int(found)} for {tenant}"] += 1

    def look_at_amounts(self, answer: Message, tenant: Tenant, where: str) -> None:
        """Look at every amount of an answer about one business."""
        for path, amount in amounts(answer):
            self.amounts += 1
            if (amount.units * 100 + amount.nanos // 10_000_000) % prime(tenant.number):
                self.foreign[f"{where}: {path} is no amount of {tenant}"] += 1

    def look_at_logs(self, logs: Sequence[Path]) -> None:
        """Look at what servers logged: a line is about the business of its call, and no other.

        Which that is, the line says itself, or the others of the same call: what a server logs in
        the middle of one bears the correlation id alone.
        """
        nameless: list[tuple[str, set[bytes], bytes]] = []
        for line in _lines(logs):
            found, fields = set(_CANARY.findall(line)), _fields(line)
            self.seen += len(found)
            if own := _named(fields):
                self._look_at_line(line, found, own)
            elif found:
                nameless.append((str(fields.get("correlation_id", "")), found, line))
        businesses: dict[str, set[bytes]] = {call: set() for call, _, _ in nameless}
        for line in _lines(logs) if nameless else ():
            fields = _fields(line)
            if (call := fields.get("correlation_id", "")) in businesses:
                businesses[call].update(_named(fields))
        for call, found, line in nameless:
            self._look_at_line(line, found, businesses[call])

    def _look_at_line(self, line: bytes, found: set[bytes], own: set[bytes]) -> None:
        if found - own:
            self.foreign[f"log: {line[:300]!r}"] += 1


def _lines(logs: Sequence[Path]) -> Iterator[bytes]:
    for log in logs:
        with log.open("rb") as lines:
            yield from lines


def amounts(message: Any, path: str = "") -> Iterator[tuple[str, money_pb2.Money]]:
    """Yield every amount of a message that can be looked at, with the names that lead to it."""
    for field_, value in message.ListFields():
        if field_.message_type is None or field_.message_type.GetOptions().map_entry:
            continue
        here = f"{path}.{field_.name}" if path else field_.name
        for one in value if field_.is_repeated else (value,):
            if not isinstance(one, money_pb2.Money):
                yield from amounts(one, here)
            elif f"{message.DESCRIPTOR.name}.{field_.name}" not in NO_MULTIPLES:
                yield here, one


def _fields(line: bytes) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except ValueError:
        # Cut off by a kill: it says whose it is if it got that far.
        said = _BUSINESS.search(line)
        return {"business_id": said[1].decode()} if said else {}
    return read if isinstance(read, dict) else {}


def _named(fields: dict[str, Any]) -> set[bytes]:
    """Return the canary of the business that a line of a log says it is about."""
    return set(_CANARY.findall(str(fields.get("business_id", "")).encode()))
