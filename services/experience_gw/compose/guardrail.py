"""What stands against finalising a queue."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class Breach(Protocol):
    """A promise that the plan breaks."""

    @property
    def description(self) -> str:
        """Return which promise, by how much and when, in a sentence."""
        ...

    @property
    def caused_by_queue(self) -> bool:
        """Return whether it would hold without the queue."""
        ...


class GuardrailBreached(Exception):
    """A queue breaks promises that would hold without it, and nobody has said that it may."""

    def __init__(self, descriptions: list[str]) -> None:
        super().__init__(
            f"{' '.join(descriptions)} Set allow_breaches to finalise the queue all the same."
        )
        self.metadata: Mapping[str, str] = {"breaches": str(len(descriptions))}


def refuse_breaches(breaches: Iterable[Breach]) -> None:
    """Refuse a queue that breaks promises; what is broken anyway does not count against it.

    Raises GuardrailBreached.
    """
    caused = [breach.description for breach in breaches if breach.caused_by_queue]
    if caused:
        raise GuardrailBreached(caused)
