"""The backtest's own arithmetic, and the promises that it holds on the public data."""

from pathlib import Path

import numpy as np
import pytest

from backtest import receivables
from backtest.methods import METHODS, CustomerConditional, DueDateOrToday, Method
from backtest.records import UNPAID, Records, read_receivables
from backtest.scores import LEVELS, Scores, pinball

from .worlds import TODAY, World

SHARED_DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
HEADER = "customer_id,invoice_number,invoice_date,due_date,amount_usd,disputed,settled_date\n"


def records(settled_after: int = 0) -> Records:
    """A made-up world's invoices; payments after TODAY come so many days later."""
    history = World(customers=8).history()
    settled = np.array([past.settled for past in history])
    return Records(
        TODAY,
        [past.party_id for past in history],
        [f"invoice {i}" for i in range(len(history))],
        np.array([past.issue for past in history]),
        np.array([past.due for past in history]),
        np.full(len(history), 10_000),
        np.where(settled > TODAY - 60, settled + settled_after, settled),
    )


def one_customer(overdue: int, *late: int) -> tuple[Records, np.ndarray]:
    """Paid invoices so many days late, and one that is open and so many days overdue."""
    count = len(late)
    due = np.array([TODAY - 200] * count + [TODAY - overdue])
    settled = np.array([TODAY - 200 + days for days in late] + [UNPAID])
    names = [f"invoice {i}" for i in range(count + 1)]
    made = Records(
        TODAY, ["one"] * (count + 1), names, due - 30, due, np.full(count + 1, 100), settled
    )
    return made, np.array([count])


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_forecast_knows_nothing_of_later(method: type[Method]) -> None:
    day = TODAY - 60
    answers = []
    for made in (records(), records(settled_after=25)):
        fitted = method(made, day, made.open_on(day))  # type: ignore[call-arg]
        answers.append((fitted.quantiles(LEVELS).tolist(), fitted.draws(28).tolist()))
    assert answers[0] == answers[1]


def test_what_was_known_on_a_day_holds_no_later_payment_and_no_later_invoice() -> None:
    made, day = records(), TODAY - 60
    known = made.known_on(day)
    assert max(past.issue for past in known) <= day
    assert max(past.settled for past in known if past.settled is not None) <= day
    assert sum(past.settled is None for past in known) == len(made.open_on(day)) > 0


def test_an_invoice_that_is_paid_on_a_day_is_not_open_at_its_end() -> None:
    made, _ = one_customer(0, 5)
    assert made.open_on(TODAY - 196).tolist() == [0]
    assert made.open_on(TODAY - 195).tolist() == []


def test_the_due_date_baseline_says_today_once_it_has_passed() -> None:
    for overdue, expected in ((-5, 5), (0, 0), (9, 0)):
        made, which = one_customer(overdue)
        assert DueDateOrToday(made, TODAY, which).quantiles([0.1, 0.9]).tolist() == [[expected]] * 2


def test_the_customer_baseline_takes_those_that_were_later_than_this_one_is() -> None:
    made, which = one_customer(4, 0, 2, 5, 9, 13)
    assert CustomerConditional(made, TODAY, which).quantiles([0.5]).tolist() == [[9 - 4]]


def test_pinball_weighs_being_late_and_early_by_the_level() -> None:
    assert pinball(0.9, np.array([10.0, 10.0]), np.array([8.0, 12.0])) == pytest.approx([1.8, 0.2])


def test_scores_are_those_of_a_worked_example() -> None:
    scores = Scores()
    days = np.array([[1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0]]).T
    scores.add_dates(np.hstack([days, days]), np.array([4.0, 9.5]))
    assert scores.error == pytest.approx((0 + 5.5) / 2)
    assert [scores.coverage(band) for band in (50, 80, 95)] == [0.5, 0.5, 1.0]
    assert scores.width == 7
    # Day 4: .1*2 + .25*1 + 0 + .25*2 + .1*5; day 9.5: .1*7.5 + .25*6.5 + .5*5.5 + .75*3.5 + .9*.5
    assert scores.pinball == pytest.approx((1.45 / 5 + 8.2 / 5) / 2)
    assert (scores + scores).error == scores.error


def test_receipts_within_the_band_count_and_the_bias_is_a_share_of_what_is_outstanding() -> None:
    scores = Scores()
    drawn = np.arange(101, dtype=np.float64)
    for actual in (10.0, 90.0, 91.0):
        scores.add_receipts(1, drawn, actual, 200.0)
    assert scores.receipts_covered[1] == [True, True, False]
    assert scores.receipts_bias() == pytest.approx((10 + 90 + 91 - 150) / 3 / 200)


def test_a_file_is_read_without_what_is_only_known_after_the_fact(tmp_path: Path) -> None:
    path = tmp_path / "invoices_as_of_2013-04-01.csv"
    path.write_text(
        HEADER + "A,1,2013-01-02,2013-02-01,10.29,Yes,2013-02-05\nB,2,2013-03-01,2013-03-31,7,No,\n"
    )
    made = read_receivables(path)
    assert made.amount.tolist() == [1029, 700]
    assert (made.settled - made.due).tolist()[0] == 4 and made.settled[1] == UNPAID
    assert made.open_on(made.last_day).tolist() == [1]
    assert not hasattr(made, "disputed")


def test_the_promises_hold_on_the_public_data() -> None:
    path = SHARED_DATA / receivables.FILE
    if not path.is_file():
        pytest.skip("the public receivables are not here")
    found = read_receivables(path)
    every_other = receivables.origins_of(found)[::2]
    period = receivables.measure(found, "every other origin", every_other)
    assert [goal.name for goal in receivables.goals(period) if not goal.reached] == []
