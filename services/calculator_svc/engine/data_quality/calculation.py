"""The use case: the issues of a business's books, priced, scored and in order."""

from dataclasses import dataclass

from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Records
from calculator_svc.engine.data_quality.issues import Issue, issues_of
from calculator_svc.engine.data_quality.pricing import BandWidth, Price, price
from calculator_svc.engine.data_quality.rules import RULES
from calculator_svc.engine.data_quality.score import score
from calculator_svc.engine.inputs import Day


@dataclass(slots=True)
class Assessment:
    """An issue, what it costs, and what it takes from the score in hundredths of a point."""

    issue: Issue
    price: Price
    lost: int


@dataclass(slots=True)
class DataQuality:
    """The issues in order: the dearest first, then the most severe, then by key.

    `hundredths` is the score, 10,000 at best: what the issues lose sums up to what is missing.
    `zero` is the cash-zero date as the books are.
    """

    issues: list[Assessment]
    hundredths: int
    activity: int
    zero: Day | None


def find_issues(records: Records) -> list[Issue]:
    """Return the issues that the rules find, by key."""
    return _found(Index(records))


def calculate_data_quality(records: Records, band: BandWidth | None = None) -> DataQuality:
    """Return issues, prices and score; the same whatever order the records are in.

    `band` measures how wide the band of a runway is; without it an issue costs what it moves.

    Units: costs in days of runway, amounts in minor units, the score in hundredths of a point.
    Shape: every issue that the rules find, the dearest first.
    Raises AmountsTooLarge.
    Source: `data_quality.rules`; the forecast of the fixed books (`data_quality.pricing`);
    `data_quality.score`.
    """
    index = Index(records)
    issues = _found(index)
    prices = price(records.books, [issue.fix for issue in issues], band)
    judged = score(issues, index.activity)
    columns = zip(issues, prices.prices, judged.lost, strict=True)
    return DataQuality(
        sorted((Assessment(*column) for column in columns), key=_order),
        judged.hundredths,
        judged.activity,
        prices.zero,
    )


def _found(index: Index) -> list[Issue]:
    found = [issue for rule in RULES for issue in issues_of(rule, index)]
    return sorted(found, key=lambda issue: issue.key)


def _order(one: Assessment) -> tuple[int, int, str]:
    return -one.price.cost, -one.issue.severity, one.issue.key
