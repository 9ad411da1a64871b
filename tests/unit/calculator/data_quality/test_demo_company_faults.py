"""Each rule against faults put into the demo company's books in QuickBooks: recall and precision.

The books go through the connector; that the services then find the same as is found here is what
`tests/journeys/test_hygiene_tray.py` shows. `make hygiene` prints the table.
"""

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from calculator_svc.engine.data_quality.calculation import find_issues
from calculator_svc.engine.data_quality.rules import RULES
from support.faults import Item, items_of
from support.hygiene_records import hygiene_records
from support.quickbooks_faults import (
    AS_OF,
    FAULTS,
    NOT_IN_QUICKBOOKS,
    ROUNDS,
    Entities,
    QuickBooks,
    damaged,
    demo_entities,
    near_misses,
)

SEEDS = range(1, 5)
LEAST_FAULTS = 20
# What the story of the demo company leaves wrong on purpose.
OWN = {
    "NO_DUE_DATE": 1,
    "NO_TERMS": 6,
    "OPEN_LONG": 1,
    "UNAPPLIED_PAYMENT": 1,
    "UNAPPLIED_CREDIT": 1,
    "UNAPPLIED_VENDOR_CREDIT": 1,
    "DUPLICATE_VENDOR": 2,
    "INACTIVE_WITH_BALANCE": 1,
    "DUPLICATE_DOCUMENT": 1,
    "UNCATEGORISED": 3,
    "FUTURE_DATE": 1,
    "AGED_UNDEPOSITED": 1,
}


def found_in(entities: Entities) -> set[Item]:
    records = hygiene_records(entities, AS_OF)
    return {item for issue in find_issues(records) for item in items_of(issue)}


@pytest.fixture(scope="module")
def counts() -> Iterator[dict[str, Counter[str]]]:
    """Count for each rule what was found, missed and made up; print the table at the end."""
    counted = {rule.id: Counter[str]() for rule in RULES if rule.id not in NOT_IN_QUICKBOOKS}
    for seed in SEEDS:
        own = found_in(demo_entities(seed))
        for number in range(ROUNDS):
            entities, planted, excused = damaged(seed, number)
            found = found_in(entities)
            for rule, _ in planted & found:
                counted[rule]["found"] += 1
            for rule, key in planted - found:
                counted[rule]["missed"] += 1
                print("missed", seed, number, rule, key)
            for rule, key in found - planted - excused - own:
                counted[rule]["made up"] += 1
                print("made up", seed, number, rule, key)
    yield counted
    print(f"\n{'rule':26}{'found':>7}{'missed':>8}{'made up':>9}{'recall':>9}{'precision':>11}")
    for rule, of in counted.items():
        print(
            f"{rule:26}{of['found']:7}{of['missed']:8}{of['made up']:9}"
            f"{recall(of):9.1%}{precision(of):11.1%}"
        )


def recall(of: Counter[str]) -> float:
    return of["found"] / max(1, of["found"] + of["missed"])


def precision(of: Counter[str]) -> float:
    return of["found"] / max(1, of["found"] + of["made up"])


def test_there_is_a_fault_for_every_rule_that_quickbooks_can_break() -> None:
    assert FAULTS.keys() | NOT_IN_QUICKBOOKS == {rule.id for rule in RULES}
    assert not FAULTS.keys() & NOT_IN_QUICKBOOKS


@pytest.mark.parametrize("seed", SEEDS)
def test_the_demo_company_as_it_is_shows_what_its_story_leaves_wrong_and_no_more(seed: int) -> None:
    found = Counter(rule for rule, _ in found_in(demo_entities(seed)))
    # Whether the inactive customer ever paid eight invoices, so as to have a habit, is chance.
    assert found.pop("OVERDUE_BEYOND_HABIT") in (1, 2)
    assert found == OWN


@pytest.mark.parametrize("seed", SEEDS)
def test_near_misses_are_none(seed: int) -> None:
    books = QuickBooks(seed, random.Random(seed))
    near_misses(books)
    assert found_in(books.entities) - found_in(demo_entities(seed)) == set()


@pytest.mark.parametrize("rule", FAULTS)
def test_a_rule_finds_its_faults_in_the_demo_company_and_makes_none_up(
    rule: str, counts: dict[str, Counter[str]]
) -> None:
    of = counts[rule]
    assert of["found"] + of["missed"] >= (4 if rule == "STALE_BANK" else LEAST_FAULTS)
    assert recall(of) >= 0.95
    assert precision(of) >= 0.90
