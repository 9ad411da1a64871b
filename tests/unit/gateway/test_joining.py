"""How two lists become one: the rule behind every list of the Decision Console."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experience_gw.compose.joining import InconsistentAnswer, join


@dataclass(frozen=True)
class Document:
    bill_id: str
    is_open: bool = True


@dataclass(frozen=True)
class Assessment:
    bill_id: str


def documents(*ids: str) -> list[Document]:
    return [Document(i) for i in ids]


def assessments(*ids: str) -> list[Assessment]:
    return [Assessment(i) for i in ids]


def is_open(document: Document) -> bool:
    return document.is_open


def test_pairs_stand_in_the_order_of_the_first_list() -> None:
    pairs = join(assessments("c", "a", "b"), documents("a", "b", "c"), "bill_id")
    assert [(one.bill_id, other.bill_id) for one, other in pairs] == [
        ("c", "c"),
        ("a", "a"),
        ("b", "b"),
    ]


def test_two_empty_lists_give_an_empty_one() -> None:
    assert list(join([], [], "bill_id")) == []


def test_an_item_that_was_left_out_is_an_error_that_names_it() -> None:
    with pytest.raises(InconsistentAnswer, match="'b'"):
        list(join(assessments("a"), documents("a", "b"), "bill_id"))


def test_an_item_that_nobody_knows_is_an_error_that_names_it() -> None:
    with pytest.raises(InconsistentAnswer, match="'x'"):
        list(join(assessments("a", "x"), documents("a"), "bill_id"))


def test_an_item_that_comes_up_twice_is_an_error() -> None:
    with pytest.raises(InconsistentAnswer, match="'a'"):
        list(join(assessments("a", "a"), documents("a"), "bill_id"))


def test_an_unwanted_item_is_left_out_with_its_partner_or_without() -> None:
    paid, voided = Document("paid", is_open=False), Document("voided", is_open=False)
    pairs = join(assessments("paid", "a"), [*documents("a"), paid, voided], "bill_id", is_open)
    assert [other.bill_id for _, other in pairs] == ["a"]


@given(st.lists(st.text(max_size=4), unique=True), st.randoms())
def test_whatever_the_order_each_item_finds_its_own_partner(ids: list[str], chance: object) -> None:
    shuffled = list(ids)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    pairs = list(join(assessments(*shuffled), documents(*ids), "bill_id"))
    assert [one.bill_id for one, _ in pairs] == shuffled
    assert all(one.bill_id == other.bill_id for one, other in pairs)
