"""Canaries: what gives a business away wherever it turns up."""

import re
from collections import Counter
from dataclasses import dataclass, field

from google.type import money_pb2

from support import builders

_CANARY = re.compile(rb"cnry([0-9]{6})x")
A_MILLION = 1_000_000


@dataclass(frozen=True)
class Tenant:
    """A business of the suite: its number is in its id, its texts and its amounts."""

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

    def usd(self, dollars: int) -> money_pb2.Money:
        """Return an amount that gives the business away: its millions are the business's number."""
        return builders.usd(str(self.number * A_MILLION + dollars % A_MILLION))


@dataclass
class Search:
    """Looks for canaries where a business alone may be told of; keeps what it found."""

    seen: int = 0
    foreign: Counter[str] = field(default_factory=Counter)

    def look(self, content: bytes, tenant: Tenant | None, where: str) -> None:
        """Look through what was told about one business, or about none."""
        for found in _CANARY.findall(content):
            self.seen += 1
            if tenant is None or int(found) != tenant.number:
                self.foreign[f"{where}: canary {int(found)} for {tenant}"] += 1

    def look_at_amount(self, amount: money_pb2.Money, tenant: Tenant, where: str) -> None:
        """Look at an amount that is one of this business's own, and no sum."""
        self.seen += 1
        if abs(amount.units) // A_MILLION != tenant.number:
            self.foreign[f"{where}: an amount of {abs(amount.units) // A_MILLION}"] += 1

    def look_at_log(self, line: bytes) -> None:
        """Look at a line of a log, which is about one call and so about one business."""
        found = set(_CANARY.findall(line))
        self.seen += len(found)
        if len(found) > 1:
            self.foreign[f"log: {len(found)} canaries in one line"] += 1
