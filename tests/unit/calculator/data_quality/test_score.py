from hypothesis import given
from hypothesis import strategies as st

from calculator_svc.engine.data_quality.issues import Area, Fix, Issue, Severity
from calculator_svc.engine.data_quality.score import FULL, score


def issue(amount: int, severity: Severity = Severity.HIGH, key: str = "key") -> Issue:
    return Issue(key, "RULE", Area.TIES, severity, "", (), amount, Fix())


made_up = st.builds(issue, st.integers(0, 10**18), st.sampled_from(Severity), st.text())


@given(st.lists(made_up, max_size=30), st.integers(1, 10**18))
def test_every_lost_point_traces_to_an_issue(issues: list[Issue], activity: int) -> None:
    found = score(issues, activity)
    assert sum(found.lost) == FULL - found.hundredths
    assert 0 <= found.hundredths <= FULL
    assert all(0 <= lost <= FULL for lost in found.lost)


@given(st.lists(made_up, min_size=1, max_size=10), st.integers(1, 10**18), made_up)
def test_one_more_issue_never_makes_the_score_better(
    issues: list[Issue], activity: int, another: Issue
) -> None:
    before, after = score(issues, activity), score([*issues, another], activity)
    assert after.hundredths <= before.hundredths


@given(st.permutations([issue(n * 7, Severity(1 + n % 3), str(n)) for n in range(9)]))
def test_what_an_issue_loses_does_not_depend_on_the_order(issues: list[Issue]) -> None:
    lost = score(issues, 1_000).lost
    by_key = sorted(zip((one.key for one in issues), lost, strict=True))
    first = [issue(n * 7, Severity(1 + n % 3), str(n)) for n in range(9)]
    expected = zip((one.key for one in first), score(first, 1_000).lost, strict=True)
    assert by_key == sorted(expected)


def test_books_without_issues_are_worth_a_hundred() -> None:
    assert score([], 1).hundredths == FULL


def test_points_are_the_weighted_share_of_the_activity() -> None:
    issues = [issue(100), issue(100, Severity.MEDIUM), issue(100, Severity.LOW)]
    assert score(issues, 1_000).lost == [1000, 300, 100]


def test_what_is_no_amount_loses_a_least_share() -> None:
    issues = [issue(0), issue(0, Severity.MEDIUM), issue(0, Severity.LOW)]
    # 1%, 30% of 0.2%, and 10% of 0.05% of a hundred points, 1.065 in all.
    assert score(issues, 10**6).lost == [100, 6, 0]


def test_more_than_there_is_cannot_be_lost() -> None:
    found = score([issue(3_000), issue(3_000, key="2"), issue(900, Severity.MEDIUM)], 1_000)
    assert found.hundredths == 0
    # Each loses at most the whole activity: 1, 1, and 30% of 0.9, of 2.27 in all.
    assert found.lost == [4405, 4405, 1190]


def test_hundredths_left_by_rounding_go_by_key() -> None:
    # A third of a hundredth each: one hundredth together.
    issues = [issue(1, Severity.LOW, key) for key in "cab"]
    whole = score(issues, 3_000)
    assert (whole.hundredths, whole.lost) == (FULL - 1, [0, 1, 0])
