"""Putting what a calculation finds beside what the tray keeps of it.

An item is shown as it is kept. What the next recording will make of it, such as a fixed issue that
is still there, is for the orchestrator's rules alone to say: a second copy of them here would one
day say something else. That an issue is found now, or is not, shows in which list it stands.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from experience_gw.compose.joining import InconsistentAnswer


class HasIssueKey(Protocol):
    """An issue, or an item of the tray."""

    @property
    def issue_key(self) -> str:
        """Return what names the issue."""
        ...


Issue = TypeVar("Issue", bound=HasIssueKey)
Item = TypeVar("Item", bound=HasIssueKey)


@dataclass(frozen=True, slots=True)
class Found(Generic[Issue, Item]):
    """An issue that is found, with its item where it has one."""

    issue: Issue
    item: Item | None
    snoozed: bool


@dataclass(frozen=True, slots=True)
class Tray(Generic[Issue, Item]):
    """The issues in the calculator's order, the items of the others, and how many there are.

    `status_counts` counts the issues that have an item, by its status.
    """

    issues: Sequence[Found[Issue, Item]]
    closed: Sequence[Item]
    status_counts: Mapping[Any, int]
    snoozed_count: int
    unrecorded_count: int


def compose(
    issues: Iterable[Issue],
    items: Iterable[Item],
    status: Callable[[Item], Any],
    is_snoozed: Callable[[Item], bool],
    gone_order: Callable[[Item], float],
) -> Tray[Issue, Item]:
    """Return the tray of issues and items.

    Items of no issue are closed, the highest `gone_order` first. Raises InconsistentAnswer when an
    issue comes up twice.
    """
    remaining = {item.issue_key: item for item in items}
    found: list[Found[Issue, Item]] = []
    seen: set[str] = set()
    for issue in issues:
        if issue.issue_key in seen:
            raise InconsistentAnswer(f"The issue {issue.issue_key!r} comes up twice.")
        seen.add(issue.issue_key)
        item = remaining.pop(issue.issue_key, None)
        found.append(Found(issue, item, item is not None and is_snoozed(item)))
    return Tray(
        issues=found,
        closed=sorted(remaining.values(), key=gone_order, reverse=True),
        status_counts=Counter(status(one.item) for one in found if one.item is not None),
        snoozed_count=sum(one.snoozed for one in found),
        unrecorded_count=sum(one.item is None for one in found),
    )
