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
        """Return whether it is worse than what stands without the queue."""
        ...


SAID = 8
"""How many breaches a refusal tells of: an error's text travels in a header, which has a bound."""


class GuardrailBreached(Exception):
    """A queue breaks promises worse than they are without it, and nobody has said that it may."""

    def __init__(self, descriptions: list[str]) -> None:
        more = len(descriptions) - SAID
        said = [*descriptions[:SAID], f"And {more} more." if more > 0 else ""]
        super().__init__(
            f"{' '.join(filter(None, said))} Set allow_breaches to finalise the queue all the same."
        )
        self.metadata: Mapping[str, str] = {"breaches": str(len(descriptions))}


def refuse_breaches(breaches: Iterable[Breach]) -> None:
    """Refuse a queue that breaks promises; what is as bad without it does not count against it.

    Raises GuardrailBreached.
    """
    caused = [breach.description for breach in breaches if breach.caused_by_queue]
    if caused:
        raise GuardrailBreached(caused)
