"""`runway forecast` and `runway what-if` as a person uses them, on the demo company."""

import csv
import io
import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support import builders
from support.servers import Stack

from .test_command_line import DAY, Run, csv_of, flat, folder, run, runway, settings

__all__ = ["folder", "run", "settings"]

PARTS = ["All together", "Sum of the single ones"]


@pytest.fixture(scope="module")
def business(run: Run, folder: Path) -> str:
    """The demo company, imported by the command."""
    business_id = builders.business_id("what-if")
    done = run("import", "qbo", folder, "--business", business_id)
    assert done.returncode == 0, done.stderr
    return business_id


@pytest.fixture
def forecast(run: Run, business: str) -> Any:
    """Run `runway forecast` on the demo company."""
    return lambda *words: run("forecast", "--business", business, "--as-of", DAY, *words)


@pytest.fixture
def what_if(run: Run, business: str) -> Any:
    """Run `runway what-if` on the demo company."""
    return lambda *words: run("what-if", "--business", business, "--as-of", DAY, *words)


@pytest.fixture(scope="module")
def console(run: Run, business: str) -> Any:
    """The Decision Console as JSON."""
    words = ("console", "--business", business, "--as-of", DAY, "--format", "json")
    return json.loads(run(*words).stdout)


def test_no_column_of_the_forecast_is_cut_in_80_columns(forecast: Any) -> None:
    for words in ([], *(["--table", name] for name in ("weeks", "days", "items", "invoices"))):
        printed = forecast(*words)
        assert (printed.returncode, printed.stderr) == (0, "")
        assert "\u2026" not in printed.stdout
        assert max(map(len, printed.stdout.splitlines())) <= 80
    text = flat(forecast().stdout)
    assert "week ending cash P10 cash P50 cash P90" in text
    assert "week ending receipts disbursements closing cash" in text


def test_items_sum_to_days_and_days_to_weeks(run: Run, business: str) -> None:
    words = ("forecast", "--business", business, "--as-of", DAY, "--table")
    weeks, days, items = (csv_of(run, *words, name) for name in ("weeks", "days", "items"))
    assert (len(weeks), len(days)) == (13, 91)
    receipts, disbursements = defaultdict(Decimal), defaultdict(Decimal)
    for item in items:
        amount = Decimal(item["amount"])
        (receipts if amount > 0 else disbursements)[item["date"]] += abs(amount)
        assert item["layer"] == "residual" or item["what"] or item["document"]
        assert item["assumption"].endswith(".")
    for day in days:
        assert Decimal(day["receipts"]) == receipts[day["date"]]
        assert Decimal(day["disbursements"]) == disbursements[day["date"]]
    for place, week in enumerate(weeks):
        of_week = days[7 * place : 7 * place + 7]
        assert week["week ending"] == of_week[-1]["date"]
        assert week["closing cash"] == of_week[-1]["closing cash"]
        for name in ("receipts", "disbursements"):
            assert Decimal(week[name]) == sum(Decimal(day[name]) for day in of_week)


def test_a_week_opens_to_its_items_and_their_documents(
    run: Run, business: str, forecast: Any, console: Any
) -> None:
    printed = forecast("--week", "2026-05-14")
    assert (printed.returncode, printed.stderr) == (0, "")
    text = flat(printed.stdout)
    assert text.startswith("Week of Wed 13 May 2026: ")
    words = ("forecast", "--business", business, "--as-of", DAY, "--week", "2026-05-14")
    rows = csv_of(run, *words)
    assert {row["date"] for row in rows} <= {f"2026-05-{day}" for day in range(13, 20)}
    documents = {row["document"] for row in rows} - {""}
    open_ones = {one["invoice"]["invoiceId"] for one in console["invoices"]}
    open_ones |= {one["bill"]["billId"] for one in console["bills"]}
    assert documents and documents <= open_ones
    for row in rows:
        assert row["document"] in text and f"({row['layer']}" in text
    answer = json.loads(forecast("--week", "2026-05-14", "--format", "json").stdout)["forecast"]
    assert (len(answer["weeks"]), len(answer["days"])) == (1, 7)
    assert len(answer["items"]) == len(rows)
    refused = forecast("--week", "2027-01-11")
    assert refused.returncode == 1
    assert refused.stderr == (
        "The forecast has no 2027-01-11; name a day from 2026-05-06 to 2026-08-04.\n"
    )


def test_items_come_only_when_they_are_asked_for(forecast: Any) -> None:
    assert "items" not in json.loads(forecast("--format", "json").stdout)["forecast"]
    whole = json.loads(forecast("--table", "items", "--format", "json").stdout)["forecast"]
    assert len(whole["days"]) == 91 and whole["items"]


def test_a_what_if_stands_beside_the_forecast_with_the_sum_of_its_parts(
    what_if: Any, console: Any
) -> None:
    invoice = console["invoices"][0]["invoice"]
    bill = console["bills"][0]["bill"]
    words = [
        *("--customer-pays", f"{invoice['customerName']}=120", "--revenue", "-10%"),
        *("--planned", "New hire=-5000.00/monthly@2026-05-20"),
        *("--pay", f"{bill['billId']}=now"),
    ]
    printed = what_if(*words)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "\u2026" not in printed.stdout
    assert max(map(len, printed.stdout.splitlines())) <= 80
    text = flat(printed.stdout)
    for told in ("as it stands what if change", *PARTS, "Pay bill ", "Revenue -10%", "New hire"):
        assert told in text
    assert what_if(*words).stdout == printed.stdout
    rows = list(csv.DictReader(io.StringIO(what_if(*words, "--format", "csv").stdout)))
    number = bill["documentNumber"] or bill["billId"]
    assert [row["what"] for row in rows] == [
        *PARTS,
        f"Pay bill {number} of {bill['vendorName']} now",
        f"{invoice['customerName']} pays in 120 days",
        "Revenue -10%",
        "New hire: -5,000.00 every month from 20 May 2026",
    ]
    for name in ("closing cash change", "lowest cash change", "lowest cash P50 change"):
        _, total, *single = [Decimal(row[name]) for row in rows]
        assert total == sum(single)
    assert rows[2]["closing cash change"] == "0.00"  # paying now changes timing alone
    assert rows[-1]["closing cash change"] == "-15000.00"
    answer = json.loads(what_if(*words, "--format", "json").stdout)
    (outcome,) = answer["scenarios"]
    assert len(outcome["singleImpacts"]) == len(outcome["singleRiskChanges"]) == 4
    figures = what_if(*words, "--format", "csv", "--table", "figures").stdout.splitlines()
    assert figures[0] == ",as it stands,what if,change"
    assert figures[1].startswith('"cash-zero date, expected",2026-06-19,')


def test_a_rent_is_late_by_the_name_of_whom_it_is_paid_to(what_if: Any, console: Any) -> None:
    rent = next(
        item["counterparty"]
        for item in console["forecastItems"]
        if item["layer"] == "FORECAST_LAYER_RECURRING"
    )
    printed = what_if("--delay", f"{rent}=91")
    assert printed.returncode == 0, printed.stderr
    assert f"{rent} 91 days later" in flat(printed.stdout)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], r"Nothing is otherwise yet; give one or more of --pay, .*--delay\."),
        (["--revenue", "ten"], r"--revenue 'ten' is no percentage; write it as -10% or \+2\.5%\."),
        (["--revenue", "-101%"], r"--revenue '-101%' is out of bounds; give -100% to \+1000%\."),
        (
            ["--pay", "none=now"],
            r"There is no open bill 'none'; name one of \S+, .* or \d+ more\.",
        ),
        (
            ["--customer-pays", "nobody=3"],
            r"No open invoice is of a customer 'nobody'; name one of .*\.",
        ),
        (
            ["--customer-pays", "nobody"],
            r"--customer-pays 'nobody' .*; write it as CUSTOMER=DAYS\.",
        ),
        (["--delay", "nobody=3"], r"Nothing that is to be paid or recurs is called 'nobody'; .*\."),
        (
            ["--planned", "Hire=-5000.001@2026-06-01"],
            r"--planned: '-5000\.001' is no amount of USD; write 5000\.00\.",
        ),
        (
            ["--planned", "Hire=-5000/daily@2026-06-01"],
            r"--planned: 'daily' is no rhythm; use weekly, biweekly, monthly, quarterly\.",
        ),
        (["--planned", "Hire=-5000@soon"], r"'soon' is no day; write it as YYYY-MM-DD\."),
    ],
)
def test_what_cannot_be_read_or_is_not_in_the_books_is_said_in_one_sentence(
    what_if: Any, words: list[str], sentence: str
) -> None:
    refused = what_if(*words)
    assert refused.returncode == 1
    assert re.fullmatch(sentence + "\n", refused.stderr)
    assert refused.stdout == ""


def test_a_business_that_is_not_there_is_said_so(stack: Stack, run: Run) -> None:
    refused = run("what-if", "--business", builders.business_id("nobody"), "--revenue", "-1%")
    assert refused.returncode == 1
    assert "no business" in refused.stderr.lower() or "not" in refused.stderr
    assert runway("what-if", "--help").returncode == 0
