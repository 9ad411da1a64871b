"""Groups of things that are pairwise connected."""

from collections import defaultdict
from collections.abc import Iterable


def components(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the connected groups of two and more of 0..count-1, each and all of them ascending."""
    leader = list(range(count))

    def find(one: int) -> int:
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for one, other in pairs:
        low, high = sorted((find(one), find(other)))
        leader[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for one in range(count):
        groups[find(one)].append(one)
    return [group for group in groups.values() if len(group) > 1]
