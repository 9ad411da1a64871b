"""How issues and the tray's items become one tray."""

from dataclasses import dataclass

import pytest

from experience_gw.compose.joining import InconsistentAnswer
from experience_gw.compose.tray import Tray, compose


@dataclass(frozen=True)
class Issue:
    issue_key: str


@dataclass(frozen=True)
class Item:
    issue_key: str
    status: str = "open"
    snoozed: bool = False
    gone_at: float = 0


def tray(issues: str, *items: Item) -> Tray[Issue, Item]:
    return compose(
        map(Issue, issues.split()),
        items,
        lambda item: item.status,
        lambda item: item.snoozed,
        lambda item: item.gone_at,
    )


def test_issues_stay_in_their_order_and_get_their_items() -> None:
    a, b = Item("a"), Item("b")
    found = tray("c b a", a, b)
    assert [(one.issue.issue_key, one.item) for one in found.issues] == [
        ("c", None),
        ("b", b),
        ("a", a),
    ]
    assert found.unrecorded_count == 1
    assert not found.closed


def test_items_of_issues_that_are_not_found_are_closed_the_last_one_first() -> None:
    found = tray("a", Item("a"), Item("old", gone_at=1), Item("new", gone_at=2))
    assert [item.issue_key for item in found.closed] == ["new", "old"]


def test_an_item_is_counted_as_it_is_kept_and_only_while_its_issue_is_found() -> None:
    found = tray("a b c", Item("a", "fixed"), Item("b", "fixed"), Item("d", "open", snoozed=True))
    assert dict(found.status_counts) == {"fixed": 2}
    assert (found.snoozed_count, found.unrecorded_count) == (0, 1)


def test_snoozed_issues_are_marked_and_counted() -> None:
    found = tray("a b", Item("a", snoozed=True), Item("b"))
    assert [one.snoozed for one in found.issues] == [True, False]
    assert found.snoozed_count == 1


def test_an_issue_that_comes_up_twice_is_no_tray() -> None:
    with pytest.raises(InconsistentAnswer):
        tray("a a")
