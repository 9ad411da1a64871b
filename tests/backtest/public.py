"""The same invoices through the public RPCs: imported, and asked about as of each weekly origin.

The whole file is imported, later payments too; `as_of` has to hide them. What is asked is what a
client of the gateway can ask: `GetForecast`, its quantiles of each pay date, of the receipts from
open invoices, and of all receipts, those from invoices that are yet to be written among them.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.type import date_pb2, money_pb2
from runway.experience.v1 import forecast_service_pb2, forecast_service_pb2_grpc
from runway.ledger.v1 import ledger_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from backtest.methods import SEED
from backtest.records import UNPAID, Records
from backtest.scores import SCORED, WEEKS, Scores
from service_kit.wire import from_date, from_money, to_date, to_money
from support import builders, identity, servers
from support.clock import at
from support.databases import own_database
from support.servers import Stack

RECORDS_A_MESSAGE = 1000
CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Foretold:
    """How the public forecasts did; of all receipts, whether each was within its 80% band."""

    scores: Scores
    all_receipts_covered: list[bool]

    @property
    def all_receipts_coverage(self) -> float:
        """Return the share of origins and weeks whose receipts, all of them, were in the band."""
        return sum(self.all_receipts_covered) / len(self.all_receipts_covered)


def run(records: Records, origins: list[int]) -> Foretold:
    """Do it on services of its own."""
    now = at(f"{datetime.date.fromordinal(records.last_day)}T12:00:00+00:00")
    with own_database() as urls, servers.stack(urls.app, now) as stack:
        return measure(records, origins, stack)


def measure(records: Records, origins: list[int], stack: Stack) -> Foretold:
    """Import a file as a business's books, and score the forecasts for it at some origins."""
    business_id = builders.business_id("receivables")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        answer = ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            _import(records, business_id)
        )
        if not answer.applied:
            raise AssertionError(answer.rejections)
    foretold = Foretold(Scores(), [])
    with identity.channel(stack.gateway_grpc) as channel:
        stub = forecast_service_pb2_grpc.ForecastServiceStub(channel)
        for day in origins:
            request = forecast_service_pb2.GetForecastRequest(
                business_id=business_id, as_of=_date(day), seed=SEED
            )
            _score(records, day, stub.GetForecast(request).forecast, foretold)
    return foretold


def _score(records: Records, day: int, forecast: Any, foretold: Foretold) -> None:
    quantiles = {one.invoice_id: _quantiles(one) for one in forecast.pay_dates}
    which = records.open_on(day)
    numbers = [records.numbers[i] for i in which]
    if set(quantiles) != set(numbers):
        raise AssertionError("the forecast is about other invoices than those open on its day")
    took = records.settled[which] - day
    has_outcome = records.settled[which] < UNPAID
    table = np.array([quantiles[number] for number in numbers], dtype=np.float64).T - day
    foretold.scores.add_five(table[:, has_outcome], took[has_outcome].astype(np.float64))
    within = records.settled - day
    for weeks in WEEKS:
        if day + 7 * weeks > records.last_day:
            continue
        of_open = int(records.amount[which][took <= 7 * weeks].sum())
        of_all = int(records.amount[(within > 0) & (within <= 7 * weeks)].sum())
        bands = forecast.invoice_receipts_by_week, forecast.receipts_by_week
        foretold.scores.receipts_covered[weeks].append(_is_within(of_open, bands[0][weeks - 1]))
        foretold.all_receipts_covered.append(_is_within(of_all, bands[1][weeks - 1]))


def _is_within(amount: int, band: Any) -> bool:
    return from_money(band.p10) <= amount <= from_money(band.p90)


def _quantiles(found: Any) -> list[int]:
    dates = (found.pay_date.p10, found.p25, found.pay_date.p50, found.p75, found.pay_date.p90)
    assert len(dates) == len(SCORED)
    return [from_date(date).toordinal() for date in dates]


def _date(day: int) -> date_pb2.Date:
    return to_date(datetime.date.fromordinal(day))


def _usd(minor: int) -> money_pb2.Money:
    return to_money(minor, "USD")


def _import(records: Records, business_id: str) -> Iterator[Any]:
    request_id = builders.request_id()
    contents = list(_contents(records))
    for start in range(0, len(contents), RECORDS_A_MESSAGE):
        part = contents[start : start + RECORDS_A_MESSAGE]
        yield builders.import_ledger(business_id, *part, request_id=request_id)


def _contents(records: Records) -> Iterator[Any]:
    received = records.amount[records.settled < UNPAID]
    yield builders.account(CHECKING, balance=_usd(int(received.sum())))
    for customer in sorted(set(records.customers)):
        yield builders.customer(customer)
    for i, number in enumerate(records.numbers):
        amount, settled = int(records.amount[i]), int(records.settled[i])
        is_paid = settled < UNPAID
        state = "DOCUMENT_STATE_PAID" if is_paid else "DOCUMENT_STATE_OPEN"
        yield builders.invoice(
            number,
            customer_id=records.customers[i],
            document_number=number,
            issue_date=_date(int(records.issue[i])),
            due_date=_date(int(records.due[i])),
            total=_usd(amount),
            balance=_usd(0 if is_paid else amount),
            state=ledger_pb2.DocumentState.Value(state),
        )
        if is_paid:
            yield ledger_pb2.Payment(
                payment_id=f"payment-{number}",
                kind=ledger_pb2.PAYMENT_KIND_CUSTOMER_PAYMENT,
                party_id=records.customers[i],
                payment_date=_date(settled),
                total=_usd(amount),
                unapplied=_usd(0),
                applications=[ledger_pb2.Application(invoice_id=number, amount=_usd(amount))],
                postings=[
                    ledger_pb2.CashPosting(
                        account_id=CHECKING,
                        amount=_usd(amount),
                        category=ledger_pb2.CASH_CATEGORY_CUSTOMER,
                        counterparty=records.customers[i],
                    )
                ],
                state=ledger_pb2.DOCUMENT_STATE_PAID,
            )
