"""The forecast's record on public receivables, as a client of the gateway would measure it."""

from pathlib import Path

import pytest

from backtest import public, receivables
from backtest.methods import CustomerConditional
from backtest.records import read_receivables
from support.servers import Stack


@pytest.fixture(scope="module")
def file() -> Path:
    data = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not (data / receivables.FILE).is_file():
        pytest.skip("the public receivables are not here")
    return data / receivables.FILE


def test_through_the_public_rpcs_the_forecast_keeps_what_it_promises(
    file: Path, stack: Stack
) -> None:
    records = read_receivables(file)
    origins = receivables.origins_of(records)
    foretold = public.measure(records, origins, stack)
    methods = {"customer conditional": CustomerConditional}
    baseline = receivables.measure(records, "all", origins, methods).scores["customer conditional"]
    scores = foretold.scores
    assert len(scores.errors) == len(baseline.errors) > 4_000
    assert scores.error <= 0.97 * baseline.error
    assert scores.pinball <= 0.95 * baseline.pinball
    assert 0.77 <= scores.coverage(80) <= 0.83
    assert 0.75 <= scores.receipts_coverage() <= 0.85
    assert 0.75 <= foretold.all_receipts_coverage <= 0.85
