"""The answer is the same whatever order the records come in, and stands in a stated order."""

import datetime
import random
from dataclasses import replace

import pytest

from calculator_svc.engine.calculations import calculate_runway
from calculator_svc.engine.data_quality.calculation import (
    Assessment,
    calculate_data_quality,
    find_issues,
)
from calculator_svc.engine.data_quality.inputs import Records
from calculator_svc.engine.data_quality.rules import RULES
from calculator_svc.engine.inputs import Policy
from support.hygiene_records import demo_records

DAY = datetime.date(2026, 11, 23)


@pytest.fixture(scope="module")
def demo() -> Records:
    """Return the demo company with 1.00 too little cash, so that its issues cost days."""
    found = demo_records(DAY, seed=1)
    lowest = calculate_runway(found.books, Policy()).runway.lowest
    return replace(found, books=replace(found.books, cash=found.books.cash - lowest - 100))


def shuffled(records: Records, seed: int) -> Records:
    chance = random.Random(seed)

    def mixed(given: list) -> list:
        return chance.sample(given, len(given))

    books = records.books
    return replace(
        records,
        books=replace(
            books,
            bills=mixed(books.bills),
            invoices=mixed(books.invoices),
            history=mixed(books.history),
            settlements=mixed(books.settlements),
        ),
        documents=mixed(records.documents),
        parties=mixed(records.parties),
        accounts=mixed(records.accounts),
        payments=mixed(records.payments),
        transactions=mixed(records.transactions),
        undeposited=mixed(records.undeposited),
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_records_changes_nothing(demo: Records, seed: int) -> None:
    assert calculate_data_quality(shuffled(demo, seed)) == calculate_data_quality(demo)


def test_issues_go_by_cost_then_severity_then_what_is_at_stake_then_key(demo: Records) -> None:
    def place(one: Assessment) -> tuple[int, int, int, str]:
        return -one.price.cost, -one.issue.severity, -one.issue.amount, one.issue.key

    found = calculate_data_quality(demo).issues
    assert found == sorted(found, key=place)
    assert found[0].price.cost > 0
    # Where none costs anything, all of it is order by severity and stake, and not by the alphabet.
    rich = replace(demo, books=replace(demo.books, cash=demo.books.cash + 10**9))
    found = calculate_data_quality(rich).issues
    assert not any(one.price.cost for one in found)
    assert found == sorted(found, key=place)
    assert [one.issue.key for one in found] != sorted(one.issue.key for one in found)


def test_every_key_is_one_issues_alone_and_begins_with_its_rule(demo: Records) -> None:
    issues = find_issues(demo)
    assert len({one.key for one in issues}) == len(issues)
    assert all(one.key.split(":")[0] == one.rule for one in issues)


def test_every_sentence_has_a_figure_and_names_sorted_subjects(demo: Records) -> None:
    for one in find_issues(demo):
        assert any(letter.isdigit() for letter in one.sentence)
        assert list(one.subjects) == sorted(set(one.subjects))
        assert one.subjects


def test_the_id_of_a_rule_is_its_own() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids) == 30


def test_records_are_left_as_they_are(demo: Records) -> None:
    before = repr(demo)
    calculate_data_quality(demo)
    assert repr(demo) == before
