"""Joining what one service keeps with what another says of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")


class InconsistentAnswer(Exception):
    """Two inner services disagree about which items there are; the text names one of them."""


def _every(_: object) -> bool:
    return True


def join(
    ordered: Iterable[First],
    others: Iterable[Second],
    key: str,
    wanted: Callable[[Second], bool] = _every,
) -> Iterator[tuple[First, Second]]:
    """Pair the items of two lists that have the same `key`, in the order of the first list.

    Only wanted items of the second list are given out. Raises InconsistentAnswer when an item of
    the first list has no partner or its partner is taken, or when a wanted item of the second is
    left over: a list that silently lacks an item is worse than no list.
    """
    key_of: Callable[[object], str] = attrgetter(key)
    remaining = {key_of(other): other for other in others}
    for item in ordered:
        other = remaining.pop(key_of(item), None)
        if other is None:
            raise InconsistentAnswer(
                f"The {key} {key_of(item)!r} comes up twice, or once too often."
            )
        if wanted(other):
            yield item, other
    for other in remaining.values():
        if wanted(other):
            raise InconsistentAnswer(f"Nothing was calculated for the {key} {key_of(other)!r}.")


def pair(
    ordered: Sequence[First], others: Iterable[Second], key: str
) -> Iterator[tuple[First, Second]]:
    """Pair what is said of some of many things with these, in the order of what is said.

    Raises InconsistentAnswer when something is said of what is not there.
    """
    key_of: Callable[[object], str] = attrgetter(key)
    wanted = {key_of(one) for one in ordered}
    return join(ordered, others, key, lambda other: key_of(other) in wanted)
