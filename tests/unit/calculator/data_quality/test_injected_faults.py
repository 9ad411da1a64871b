"""Each rule against faults put into clean books: what it misses, and what it makes up."""

import datetime
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from calculator_svc.engine.calculations import calculate_runway
from calculator_svc.engine.data_quality.band import Sampling
from calculator_svc.engine.data_quality.calculation import calculate_data_quality, find_issues
from calculator_svc.engine.data_quality.inputs import Records
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.data_quality.rules import RULES
from calculator_svc.engine.inputs import Policy
from calculator_svc.engine.pay_dates import fitted
from support.clean_company import Company
from support.faults import FAULTS, ONCE, Item, items_of, near_misses

from .full_runs import full_price

DAY = datetime.date(2026, 11, 23)
COMPANIES, ROUNDS = 20, 6


def company(seed: int, number: int = 0) -> Company:
    return Company(DAY, seed, random.Random(1_000 * seed + number))


def damaged(seed: int, number: int) -> tuple[Records, set[Item], set[Item]]:
    """Return a company with faults and near misses, what has to be found, and what may be."""
    made = company(seed, number)
    near_misses(made)
    planted, excused = set(), set()
    for rule, fault in FAULTS.items():
        if made.chance.random() < 0.6:
            for _ in range(1 if rule in ONCE else made.chance.randint(1, 2)):
                found = fault(made)
                planted.update(found.items)
                excused.update(found.excused)
    return made.records, planted, excused


@pytest.fixture(scope="module")
def counts() -> Iterator[dict[str, Counter[str]]]:
    """Count for each rule what was found, missed and made up; print the table at the end."""
    counted = {rule.id: Counter[str]() for rule in RULES}
    for seed in range(1, COMPANIES + 1):
        for number in range(ROUNDS):
            records, planted, excused = damaged(seed, number)
            found = {item for issue in find_issues(records) for item in items_of(issue)}
            for rule, _ in planted & found:
                counted[rule]["found"] += 1
            for rule, _ in planted - found:
                counted[rule]["missed"] += 1
            for rule, _ in found - planted - excused:
                counted[rule]["made up"] += 1
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


def test_there_is_a_fault_for_every_rule() -> None:
    assert FAULTS.keys() == {rule.id for rule in RULES}


def test_clean_books_with_near_misses_hardly_ever_show_an_issue() -> None:
    sentences = []
    for seed in range(1, COMPANIES + 1):
        made = company(seed)
        near_misses(made)
        sentences += [issue.sentence for issue in find_issues(made.records)]
    # Now and then two bills really are alike, or one really is small.
    assert len(sentences) <= COMPANIES // 10, sentences


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_a_rule_finds_its_faults_and_makes_none_up(
    rule: str, counts: dict[str, Counter[str]]
) -> None:
    of = counts[rule]
    assert of["found"] + of["missed"] >= 60
    assert recall(of) >= 0.95
    assert precision(of) >= 0.90


@pytest.mark.parametrize("number", range(6))
def test_the_priced_days_of_a_damaged_company_are_those_of_a_full_run(number: int) -> None:
    records, _, _ = damaged(1, number)
    lowest = calculate_runway(records.books, Policy()).runway.lowest
    records.books.cash -= lowest + 100
    # A fix is priced with the customers that there are; it changes no estimate of them.
    records.books = fitted(records.books)
    found = calculate_data_quality(records).issues
    assert any(one.price.cost for one in found)
    for one in found:
        expected = full_price(records.books, one.issue.fix, Sampling())
        assert (one.price.moved, one.price.band) == expected
        assert one.price.cost == 0 or one.issue.fix != Fix()
