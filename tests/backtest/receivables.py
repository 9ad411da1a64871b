"""When open invoices were paid, against what was foretold at weekly origins.

At each weekly origin every invoice that was written and open is asked about, with nothing from
after it. An invoice that is still open at the end of the file has no outcome and is not scored;
sums of receipts are scored where the whole horizon lies within the file.

The halves are shown apart, so that one sees whether a figure hangs on one of them. They are no
training and test set: while the model was made, its figures were looked at in both. That nothing is
tuned to the file is shown otherwise, by how little any assumption matters (`backtest.sensitivity`);
the fair test is a later part of the file.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backtest import public
from backtest.cash import sampling_error
from backtest.methods import METHODS, Methods
from backtest.noise import Reachable, reachable
from backtest.public import Foretold
from backtest.records import UNPAID, Records, read_receivables
from backtest.scores import WEEKS, Scores
from calculator_svc.engine.backtest.scores import LEVELS

FIRST_WEEK = 13
"""Weeks of history before the first origin."""

LEGEND = """
error: mean absolute error of the pay date, days. pinball: mean loss of P10, P25, P50, P75, P90.
50%, 80%, 95%: share of invoices paid within the band of that name. width: P90 - P10, days.
1 week ... 4, all: share of origins whose receipts were within the 80% band.
bias: how much more came in than expected, as a share of what was outstanding."""

FILE = Path("receivables") / "invoices_as_of_2013-04-01.csv"


@dataclass(frozen=True, slots=True)
class Period:
    """Origins one after another, and how each method did."""

    name: str
    origins: list[int]
    scores: dict[str, Scores]
    asks: list[tuple[int, int]]
    without_outcome: int


def origins_of(records: Records) -> list[int]:
    """Return the weekly origins of a file."""
    return list(range(records.first_day + 7 * FIRST_WEEK, records.last_day + 1, 7))


def measure(records: Records, name: str, origins: list[int], methods: Methods = METHODS) -> Period:
    """Score methods at some origins."""
    scores = {method: Scores() for method in methods}
    asks, without_outcome = [], 0
    for day in origins:
        which = records.open_on(day)
        if len(which) == 0:
            continue
        has_outcome = records.settled[which] < UNPAID
        asks += [(day, int(index)) for index in which[has_outcome]]
        without_outcome += int((~has_outcome).sum())
        took = records.settled[which] - day
        amounts = records.amount[which]
        for method, kind in methods.items():
            fitted = kind(records, day, which)
            actual = took[has_outcome].astype(np.float64)
            scores[method].add_dates(fitted.quantiles(LEVELS)[:, has_outcome], actual)
            drawn = fitted.draws(7 * WEEKS[-1])
            for weeks in WEEKS:
                if day + 7 * weeks <= records.last_day:
                    received = float(amounts[took <= 7 * weeks].sum())
                    sums = ((drawn <= 7 * weeks) * amounts).sum(axis=1).astype(np.float64)
                    scores[method].add_receipts(weeks, sums, received, float(amounts.sum()))
    return Period(name, origins, scores, asks, without_outcome)


def together(first: Period, second: Period) -> Period:
    """Return two periods as one."""
    return Period(
        "all origins",
        first.origins + second.origins,
        {method: first.scores[method] + second.scores[method] for method in METHODS},
        first.asks + second.asks,
        first.without_outcome + second.without_outcome,
    )


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that was promised, and whether it holds."""

    name: str
    figure: str
    wanted: str
    reached: bool


def goals(period: Period) -> list[Goal]:
    """Return how the promises stand at the origins of a period."""
    runway, baseline = period.scores["Runway"], period.scores["customer conditional"]
    error = 100 * (1 - runway.error / baseline.error)
    loss = 100 * (1 - runway.pinball / baseline.pinball)
    covered, receipts = 100 * runway.coverage(80), 100 * runway.receipts_coverage()
    return [
        Goal(
            "error of the pay date below customer conditional", f"{error:.1f}%", ">= 3%", error >= 3
        ),
        Goal("pinball loss below customer conditional", f"{loss:.1f}%", ">= 5%", loss >= 5),
        Goal("80% band covers, per invoice", f"{covered:.1f}%", "77-83%", 77 <= covered <= 83),
        Goal(
            "80% band covers, receipts of 1-4 weeks",
            f"{receipts:.1f}%",
            "75-85%",
            75 <= receipts <= 85,
        ),
    ]


def run(data: Path) -> bool:
    """Measure, print, and return whether every goal is reached over all origins."""
    records = read_receivables(data / FILE)
    origins = origins_of(records)
    half = len(origins) // 2
    first = measure(records, "first half", origins[:half])
    second = measure(records, "second half", origins[half:])
    whole = together(first, second)
    return show(
        [first, second, whole], public.run(records, origins), reachable(records, whole.asks)
    )


def show(periods: list[Period], foretold: Foretold, limit: Reachable) -> bool:
    """Print both halves and the whole, and return whether every goal is reached over the whole."""
    for period in periods:
        print_period(period)
    print_public(foretold)
    print_reachable(limit, periods[-1])
    reached = goals(periods[-1])
    print("\nGoals, at all origins")
    for goal in reached:
        verdict = "reached" if goal.reached else "MISSED"
        print(f"  {goal.name:<50}{goal.figure:>7}  goal {goal.wanted:<7} {verdict}")
    print_sampling(len(periods[-1].origins))
    print(LEGEND)
    return all(goal.reached for goal in reached)


def print_sampling(origins: int) -> None:
    """Print how far the shares of receipts may be off by chance."""
    errors = ", ".join(f"{100 * sampling_error(origins, weeks):.1f}" for weeks in WEEKS)
    print(
        f"  sampling error of the receipts' shares 1, 2, 3, 4 weeks ahead, percentage points: "
        f"{errors}"
    )


def print_period(period: Period) -> None:
    """Print how each method did."""
    print(
        f"\nOpen invoices, {period.name}: {len(period.origins)} weekly origins, "
        f"{len(period.asks):,} dates asked for ({period.without_outcome} more are open still)"
    )
    print(
        f"  {'':<22}{'error':>7}{'pinball':>9}{'50%':>8}{'80%':>7}{'95%':>7}{'width':>8}"
        f"{'1 week':>10}{'2':>7}{'3':>7}{'4':>7}{'all':>7}{'bias':>8}"
    )
    for method, scores in period.scores.items():
        shares = [scores.coverage(band) for band in (50, 80, 95)]
        receipts = [
            *(scores.receipts_coverage(weeks) for weeks in WEEKS),
            scores.receipts_coverage(),
        ]
        print(
            f"  {method:<22}{scores.error:>7.2f}{scores.pinball:>9.3f}"
            f"{shares[0]:>8.1%}{shares[1]:>7.1%}{shares[2]:>7.1%}{scores.width:>8.1f}"
            f"{receipts[0]:>10.1%}"
            + "".join(f"{one:>7.1%}" for one in receipts[1:])
            + f"{scores.receipts_bias():>+8.1%}"
        )


def print_public(foretold: Foretold) -> None:
    """Print how the forecasts did that a client of the gateway gets."""
    scores = foretold.scores
    print(
        f"\nThe same, asked of the gateway by GetForecast with as_of\n"
        f"  error {scores.error:.2f}, pinball {scores.pinball:.3f}, "
        f"50% band {scores.coverage(50):.1%}, 80% band {scores.coverage(80):.1%}\n"
        f"  receipts of 1-4 weeks within the 80% band: from open invoices "
        f"{scores.receipts_coverage():.1%}, all of them {foretold.all_receipts_coverage:.1%}"
    )


def print_reachable(found: Reachable, period: Period) -> None:
    """Print what the noise leaves reachable."""
    runway = period.scores["Runway"]
    print(
        f"\nWhat the noise leaves reachable\n"
        f"  days late scatter by {found.within:.1f} within a customer, customers' means by "
        f"{found.between:.1f}\n"
        f"  {'':<50}{'error':>7}{'pinball':>9}\n"
        f"  {'Runway':<50}{runway.error:>7.2f}{runway.pinball:>9.3f}\n"
        f"  {'the same, fit on all other invoices, later ones too':<50}"
        f"{found.error:>6.2f}{found.pinball:>9.3f}\n"
        f"  {'customer conditional that has seen the answer':<50}{found.error_in_sample:>7.2f}"
    )
