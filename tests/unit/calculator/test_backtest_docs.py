"""The record in the documents has the form of what `make backtest` prints."""

from pathlib import Path

import pytest
from google.type import money_pb2
from runway.ledger.v1 import ledger_history_pb2

from backtest import cash, demo, docs, receivables
from backtest.cash import WEEKS, CashScores
from backtest.noise import Reachable
from backtest.public import Foretold

from .receivables.test_backtest import TODAY, records


def scores() -> CashScores:
    """Scores at 70 origins, with one in five outside the band."""
    found = CashScores(largest_inflow=75_000.0)
    for weeks in WEEKS:
        found.covered[weeks] = [place % 5 > 0 for place in range(70)]
        for place, method in enumerate(reversed(cash.METHODS)):
            found.errors[method][weeks] = [1000.0 * (place + 1)] * 70
    return found


def record() -> ledger_history_pb2.BacktestRecord:
    coverage = ledger_history_pb2.Coverage(share_within_80=0.8)
    return ledger_history_pb2.BacktestRecord(
        cash=[
            ledger_history_pb2.CashAccuracy(
                weeks=weeks,
                origin_count=70,
                mean_absolute_error=money_pb2.Money(currency_code="USD", units=1),
                last_value_error=money_pb2.Money(currency_code="USD", units=2),
                burn_error=money_pb2.Money(currency_code="USD", units=2),
                due_date_error=money_pb2.Money(currency_code="USD", units=2),
                pinball_loss=money_pb2.Money(currency_code="USD", units=1),
                coverage=coverage,
            )
            for weeks in WEEKS
        ],
        pay_dates=ledger_history_pb2.PayDateAccuracy(count=9, coverage=coverage),
    )


def test_the_record_in_the_documents_has_the_form_of_what_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = records()
    days = list(range(TODAY - 70, TODAY - 28, 7))
    halves = [receivables.measure(made, name, days) for name in ("first half", "second half")]
    whole = receivables.together(*halves)
    foretold = Foretold(whole.scores["Runway"], [True, False])
    receivables.show([*halves, whole], foretold, Reachable(5.0, 1.9, 4.9, 7.0, 10.0))
    cash.show(scores())
    demo.show([record()] * len(demo.SEEDS))
    printed = capsys.readouterr().out
    assert "nan" not in printed
    written = docs.record_of(docs.FILE.read_text())
    assert docs.form_of(written) == docs.form_of(printed)


def test_what_is_printed_takes_the_place_of_what_stood_there() -> None:
    text = f"before\n{docs.BEGIN}old{docs.END}\nafter\n"
    changed = docs.with_record(text, "\nnew 1\n\nnew 2\n")
    assert changed == f"before\n{docs.BEGIN}new 1\n\nnew 2{docs.END}\nafter\n"
    assert docs.record_of(changed) == "new 1\n\nnew 2"


@pytest.mark.parametrize("text", ["", docs.BEGIN, docs.END, 2 * (docs.BEGIN + docs.END)])
def test_a_document_without_one_place_for_the_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        docs.with_record(text, "new")


def test_a_share_of_few_spans_is_shown_and_not_judged() -> None:
    assert cash.verdict(0.3, 41, 13) == "MISSED*" and cash.verdict(0.8, 41, 13) == "reached*"
    assert cash.verdict(0.7, 50, 4) == cash.verdict(0.9, 65, 13) == "reached"
    assert cash.verdict(0.69, 50, 4) == cash.verdict(0.91, 50, 4) == "MISSED"
    assert cash.sampling_error(64, 4) == pytest.approx(0.1)


def test_a_miss_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    found = scores()
    assert cash.show(found)
    found.covered[1] = [False] * 70
    assert not cash.show(found)
    found = scores()
    found.errors["last value"][13] = [1.0] * 70
    assert not cash.show(found)
    assert capsys.readouterr().out.count("MISSED") == 2


def test_the_size_of_one_inflow_is_told_with_what_it_explains(tmp_path: Path) -> None:
    rows = ["date,category,amount_usd", "2015-01-01,Income:Start,1000"]
    rows += [f"2015-{month:02}-{day:02},Fees,-10" for month in range(1, 12) for day in (3, 10, 17)]
    rows += ["2015-11-01,Income:Grant,90000"]
    path = tmp_path / "cash.csv"
    path.write_text("\n".join(rows) + "\n")
    found = cash.measure(cash.read_cash(path))
    assert found.largest_inflow == 90_000
    # The last two origins alone have it within their 13 weeks.
    assert found.covered[13][-2:] == [False, False]
    assert found.missed_before_it == 2
