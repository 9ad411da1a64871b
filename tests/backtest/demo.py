"""The demo company's own record, from `RunBacktest`, as several seeds make it up.

It is made up and no proof of anything about the world; but it has what the public cash data have
not: invoices, bills, payrolls and the lag between a payment and its deposit.
"""

import datetime
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from runway.experience.v1 import forecast_service_pb2, forecast_service_pb2_grpc

from backtest.cash import WEEKS, print_coverage
from orchestrator_svc.connectors.demo_company import write
from runway_cli.books import import_quickbooks
from runway_cli.settings import Settings
from service_kit.wire import from_money
from support import builders, identity, servers
from support.clock import at
from support.databases import own_database

SEEDS = (1, 2, 3, 4)
AS_OF = datetime.date(2026, 5, 5)
_TIMEOUT_SECONDS = 120
_ERRORS = {
    "last value": "last_value_error",
    "91-day burn": "burn_error",
    "all paid when due": "due_date_error",
    "Runway": "mean_absolute_error",
}
_LOSS = "pinball loss"


def run() -> bool:
    """Measure on services of its own, print, and return whether what was promised holds."""
    return show(list(records()))


def records() -> Iterator[Any]:
    """Yield the record of each seed's company."""
    now = at(f"{AS_OF}T12:00:00+00:00")
    with own_database() as urls, servers.stack(urls.app, now) as stack:
        port = int(stack.orchestrator.rpartition(":")[2])
        settings = Settings(orchestrator_port=port, state_dir=identity.STATE_DIR)
        for seed in SEEDS:
            business_id = builders.business_id(f"demo{seed}")
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder), AS_OF, seed)
                import_quickbooks(settings, Path(folder), business_id, "UTC", False)
            request = forecast_service_pb2.RunBacktestRequest(
                business_id=business_id, request_id=str(uuid.uuid4())
            )
            with identity.channel(stack.gateway_grpc) as channel:
                stub = forecast_service_pb2_grpc.ForecastServiceStub(channel)
                yield stub.RunBacktest(request, timeout=_TIMEOUT_SECONDS).record


def show(found: list[Any]) -> bool:
    """Print the records as one, and return whether what was promised holds."""
    cash = {
        weeks: [one for record in found for one in record.cash if one.weeks == weeks]
        for weeks in WEEKS
    }
    counts = {weeks: sum(one.origin_count for one in cash[weeks]) for weeks in WEEKS}
    print(
        f"\nThe demo company, {len(found)} seeds, at {', '.join(map(str, counts.values()))} weekly "
        f"origins: mean absolute error of cash, dollars"
    )
    print(f"  {'':<22}" + "".join(f"{f'{weeks} weeks':>10}" for weeks in WEEKS))
    errors = {
        name: {
            weeks: float(np.mean([from_money(getattr(one, field)) / 100 for one in cash[weeks]]))
            for weeks in WEEKS
        }
        for name, field in (*_ERRORS.items(), (_LOSS, "pinball_loss"))
    }
    for name, by_weeks in errors.items():
        print(f"  {name:<22}" + "".join(f"{by_weeks[weeks]:>10,.0f}" for weeks in WEEKS))
    shares = {weeks: [one.coverage.share_within_80 for one in cash[weeks]] for weeks in WEEKS}
    reached = print_coverage(
        {weeks: float(np.mean(shares[weeks])) for weeks in WEEKS},
        counts,
        {
            "worst seed": {weeks: min(shares[weeks]) for weeks in WEEKS},
            "best seed": {weeks: max(shares[weeks]) for weeks in WEEKS},
        },
    )
    _print_pay_dates([record.pay_dates for record in found])
    others = [errors[name][WEEKS[-1]] for name in _ERRORS if name != "Runway"]
    is_best = errors["Runway"][WEEKS[-1]] < min(others)
    print(f"  13 weeks ahead better than all of these: {'reached' if is_best else 'MISSED'}")
    return reached and is_best


def _print_pay_dates(found: list[Any]) -> None:
    weight = [one.count for one in found]

    def mean(values: list[float]) -> float:
        return float(np.average(values, weights=weight))

    print(
        f"  pay dates, error in days: due date "
        f"{mean([one.due_date_error_days for one in found]):.1f}, customer's median "
        f"{mean([one.customer_median_error_days for one in found]):.1f}, Runway "
        f"{mean([one.mean_absolute_error_days for one in found]):.1f}; 80% band covers "
        f"{mean([one.coverage.share_within_80 for one in found]):.0%}"
    )
