"""The command line as a person uses it: what it prints, and what it says when it cannot."""

import csv
import email
import email.policy
import io
import json
import os
import re
import socket
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer

from runway_cli.main import app
from runway_cli.options import OutputFormat
from support import builders, identity, quickbooks
from support.servers import Stack

Run = Callable[..., "subprocess.CompletedProcess[str]"]
DAY = "2026-05-05"


def runway(
    *words: object, columns: int = 80, **settings: str
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "runway_cli", *map(str, words)]
    return subprocess.run(
        command, env=environment(columns, settings), capture_output=True, text=True, timeout=60
    )


def environment(columns: int, settings: dict[str, str]) -> dict[str, str]:
    """Return the environment of a process that types commands."""
    found = {name: value for name, value in os.environ.items() if "RUNWAY_" not in name}
    # Where the tests find the code, the process finds it too, installed or not.
    return found | {"PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": str(columns), **settings}


@pytest.fixture(scope="module")
def settings(stack: Stack) -> dict[str, str]:
    """Where the running services are, for the environment of a command."""
    addresses = {
        "RUNWAY_GATEWAY_PORT": stack.gateway_grpc,
        "RUNWAY_HTTP_PORT": stack.gateway_http,
        "RUNWAY_ORCHESTRATOR_PORT": stack.orchestrator,
        "RUNWAY_CALCULATOR_PORT": stack.calculator,
    }
    ports = {name: address.rpartition(":")[2] for name, address in addresses.items()}
    return {**ports, "RUNWAY_STATE_DIR": str(identity.STATE_DIR)}


@pytest.fixture(scope="module")
def run(settings: dict[str, str]) -> Run:
    """Run a command against the running services."""
    return lambda *words, **more: runway(*words, **{**settings, **more})


# Types one command after the other, of which loading the code takes the most, in one process.
SEVERAL = """
import json, sys
from typer.testing import CliRunner
from runway_cli.main import app
typed = [CliRunner().invoke(app, words) for words in json.load(sys.stdin)]
json.dump([[done.exit_code, done.stdout, done.stderr] for done in typed], sys.stdout)
"""


@pytest.fixture(scope="module")
def print_several(settings: dict[str, str]) -> Callable[..., list[str]]:
    """Return what commands print, one after the other, in a terminal of 80 columns."""

    def printed(*commands: list[object]) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", SEVERAL],
            env=environment(80, settings),
            input=json.dumps([[*map(str, words)] for words in commands]),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        typed = json.loads(done.stdout)
        assert [code for code, _, _ in typed] == [0] * len(commands), typed
        return [stdout for _, stdout, _ in typed]

    return printed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company's books, as `runway demo` writes them."""
    folder = tmp_path_factory.mktemp("demo") / "books"
    written = runway("demo", folder, "--as-of", DAY)
    assert written.returncode == 0, written.stderr
    assert re.search(r"^Invoice +\d{3}$", written.stdout, re.MULTILINE)
    return folder


@pytest.fixture(scope="module")
def business(run: Run, folder: Path) -> str:
    """The demo company, imported by the command."""
    business_id = builders.business_id("studio")
    done = run(
        "import", "qbo", folder, "--business", business_id, "--time-zone", "America/Los_Angeles"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Created business {business_id} (USD, America/Los_Angeles).")
    counts = numbers_below(done.stdout, "rejected")
    assert counts["read"] == counts["added"] > 1000
    assert counts["updated"] == counts["unchanged"] == counts["rejected"] == 0
    return business_id


def numbers_below(printed: str, heading: str) -> dict[str, int]:
    """Return the one row of numbers below a heading that ends in a word."""
    lines = printed.splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.split()[-1:] == [heading]]
    numbers = [int(number.replace(",", "")) for number in lines[at + 1].split()]
    return dict(zip(lines[at].split(), numbers, strict=True))


# The console


@pytest.fixture(scope="module")
def answer(run: Run, business: str) -> dict[str, Any]:
    """The Decision Console as JSON."""
    printed = run("console", "--business", business, "--as-of", DAY, "--format", "json")
    assert (printed.returncode, printed.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(printed.stdout)
    return answer


@pytest.fixture(scope="module", params=[80, 120])
def printed(request: pytest.FixtureRequest, run: Run, business: str) -> str:
    """The Decision Console as a table, in a terminal of 80 and of 120 columns."""
    printed = run("console", "--business", business, "--as-of", DAY, columns=request.param)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert max(map(len, printed.stdout.splitlines())) <= request.param
    return printed.stdout


def money(message: dict[str, Any]) -> str:
    """Return google.type.Money as JSON the way that people write it."""
    amount = Decimal(message.get("units", "0")) + Decimal(message.get("nanos", 0)) / 10**9
    return f"{amount:,.2f}"


def section(printed: str, title: str) -> list[str]:
    """Return the lines from a title to the next empty line."""
    lines = [line.rstrip() for line in printed.splitlines()]
    (start,) = [i for i, line in enumerate(lines) if line.startswith(title)]
    return lines[start : lines.index("", start)]


def flat(lines: str | list[str]) -> str:
    """Return text without the ends of its lines and the frame around it."""
    text = lines if isinstance(lines, str) else " ".join(lines)
    return " ".join(text.replace("│", " ").split())


def test_the_headline_says_until_when_the_cash_lasts(printed: str, answer: dict[str, Any]) -> None:
    runway = answer["runway"]
    text = flat(printed)
    assert answer["displayName"] in text
    assert runway["runwayDays"] < 91
    assert f"Cash lasts until Fri 19 Jun 2026: {runway['runwayDays']} days." in text
    assert runway["cashZeroDate"] == {"year": 2026, "month": 6, "day": 19}
    assert f"Lowest cash {money(runway['lowWaterMark'])} on " in text
    assert f"Cash {money(runway['cash'])} USD;" in text
    assert text.index("Cash lasts until") < text.index("What to pay")


def test_the_headline_says_whether_payroll_clears_and_what_is_for_today(
    printed: str, answer: dict[str, Any]
) -> None:
    payroll = answer["runway"]["nextPayroll"]
    text = flat(printed)
    assert payroll["clears"] is True
    assert f"Payroll of {money(payroll['amount'])} on Fri 15 May 2026 clears." in text
    first = answer["invoices"][0]["invoice"]
    assert f"chase {first['customerName']} for {money(first['balance'])}." in text


def test_every_breach_is_told_before_the_tables(printed: str, answer: dict[str, Any]) -> None:
    told = [f"! {breach['description']}" for breach in answer["guardrailBreaches"]]
    assert told
    text = flat(printed)
    for breach in told:
        assert text.index(breach) < text.index("What to pay")


def test_each_bill_is_there_with_its_amount_and_nothing_cut(
    printed: str, answer: dict[str, Any]
) -> None:
    lines = section(printed, "What to pay (the first 10 of ")
    assert "…" not in printed
    for number, item in enumerate(answer["bills"][:10], 1):
        (row,) = [line for line in lines if re.match(rf" *{number}  \S", line)]
        assert f" {money(item['bill']['balance'])} " in row
    for item in answer["bills"][:10]:
        for word in item["bill"]["vendorName"].split():
            assert word in flat(lines)


def test_each_invoice_is_there_with_its_amount_and_nothing_cut(
    printed: str, answer: dict[str, Any]
) -> None:
    lines = section(printed, "Whom to chase (the first 10 of ")
    for number, item in enumerate(answer["invoices"][:10], 1):
        (row,) = [line for line in lines if re.match(rf" *{number}  \S", line)]
        assert f" {money(item['invoice']['balance'])} " in row
    for item in answer["invoices"][:10]:
        for word in item["invoice"]["customerName"].split():
            assert word in flat(lines)


def test_the_weeks_are_those_of_the_json(printed: str, answer: dict[str, Any]) -> None:
    lines = section(printed, "The next 13 weeks")[2:]
    assert len(lines) == len(answer["weeks"]) == 13
    for line, week in zip(lines, answer["weeks"], strict=True):
        names = ("receipts", "disbursements", "closingCash", "lowestCash")
        assert line.split()[2:6] == [money(week[name]) for name in names]


def test_what_it_rests_on_is_that_of_the_json(printed: str, answer: dict[str, Any]) -> None:
    balances = answer["balances"]
    rests_on = flat(section(printed, "What it rests on"))
    shown = (
        "cash",
        "undepositedFunds",
        "restrictedCash",
        "accountsReceivable",
        "overdueInvoices",
        "accountsPayable",
        "overdueBills",
    )
    for name in shown:
        assert f" {money(balances[name])} " in rests_on
    (gap,) = balances["partyGaps"]
    assert f"{gap['displayName']} {money(gap['gap'])} " in rests_on


def test_without_a_day_it_is_the_services_today(run: Run, business: str) -> None:
    printed = run("console", "--business", business)
    assert "As of Tue 5 May 2026." in flat(printed.stdout)


def test_another_day_shows_the_books_as_they_were(run: Run, business: str) -> None:
    printed = run("console", "--business", business, "--as-of", "2026-04-01")
    assert printed.returncode == 0
    assert "As of Wed 1 Apr 2026." in flat(printed.stdout)
    assert "Lathe and Joist Builders" not in printed.stdout


def test_a_name_that_looks_like_markup_is_printed_as_it_is(run: Run, tmp_path: Path) -> None:
    business_id = builders.business_id()
    quickbooks.write(
        tmp_path,
        Account=quickbooks.response(Account=quickbooks.chart()),
        Vendor=quickbooks.response(Vendor=[quickbooks.vendor(DisplayName="[red]Bolt[/] :bomb:")]),
        Bill=quickbooks.response(Bill=[quickbooks.bill()]),
        CompanyInfo=quickbooks.response(CompanyInfo=[{"Id": "1", "CompanyName": "[b]Amy"}]),
    )
    assert run("import", "qbo", tmp_path, "--business", business_id).returncode == 0
    printed = run("console", "--business", business_id, "--as-of", DAY).stdout
    assert "[b]Amy" in printed
    assert "[red]Bolt[/] :bomb:" in printed


# Importing


def test_an_import_takes_up_in_the_tray_what_it_brought(run: Run, folder: Path) -> None:
    business_id = builders.business_id("fresh")
    words = ("import", "qbo", folder, "--business", business_id)
    done = run(*words)
    (said,) = re.findall(r"^Issues in the tray: (\d+) new, 0 gone,", done.stdout, re.MULTILINE)
    tray = csv_of(run, "tray", "--business", business_id)
    assert {row["status"] for row in tray} == {"open"}
    assert len(tray) == int(said) > 0
    assert csv_of(run, *words)[0]["unchanged"] != "0"


def test_an_import_stands_although_the_gateway_is_away(run: Run, small: Path) -> None:
    business_id = builders.business_id("alone")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = str(listener.getsockname()[1])
    words = ("import", "qbo", small, "--business", business_id)
    done = run(*words, RUNWAY_GATEWAY_PORT=closed)
    assert (done.returncode, done.stderr) == (0, "")
    told = "The tray was not brought up to date, the import stands: The gateway does not answer"
    assert told in done.stdout
    assert numbers_below(run(*words).stdout, "rejected")["unchanged"] > 0


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder that holds nothing but a chart of accounts."""
    quickbooks.write(tmp_path, Account=quickbooks.response(Account=quickbooks.chart()))
    return tmp_path


def test_the_same_folder_again_changes_nothing(run: Run, business: str, folder: Path) -> None:
    again = run("import", "qbo", folder, "--business", business)
    assert again.returncode == 0
    counts = numbers_below(again.stdout, "rejected")
    assert counts["read"] == counts["unchanged"] > 1000
    assert counts["added"] == counts["updated"] == counts["rejected"] == 0


def test_a_broken_record_is_named_and_may_be_left_out(run: Run, tmp_path: Path) -> None:
    business_id = builders.business_id()
    bills = [quickbooks.bill("1"), quickbooks.bill("2", TxnDate="10.04.2026")]
    quickbooks.write(
        tmp_path,
        Account=quickbooks.response(Account=quickbooks.chart()),
        Bill=quickbooks.response(Bill=bills),
    )
    refused = run("import", "qbo", tmp_path, "--business", business_id)
    assert refused.returncode == 1
    told = flat(refused.stdout)
    assert "Rejected Bill.json Bill 2: TxnDate: is no date (YYYY-MM-DD)" in told
    assert told.endswith(
        "Nothing was imported. Correct what was rejected, or repeat with --skip-rejected."
    )
    done = run("import", "qbo", tmp_path, "--business", business_id, "--skip-rejected")
    assert done.returncode == 0
    # A chart of nine accounts, a bill, and the vendor that it brings along.
    assert numbers_below(done.stdout, "rejected") == {
        "read": 12,
        "added": 11,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }


def test_what_is_not_used_is_named_with_its_reason(run: Run, tmp_path: Path) -> None:
    quickbooks.write(
        tmp_path,
        Account=quickbooks.response(Account=quickbooks.chart()),
        Item=quickbooks.response(Item=[{"Id": "1"}]),
        Other=quickbooks.response(**{"[b]Odd[/i]": [{"Id": "1"}]}),
    )
    done = run("import", "qbo", tmp_path, "--business", builders.business_id())
    assert (done.returncode, done.stderr) == (0, "")
    told = flat(done.stdout)
    assert "Skipped Item: what is sold and bought, not what is owed." in told
    assert "Skipped [b]Odd[/i]: Runway does not use it." in told


def test_of_many_rejections_the_first_are_shown_and_the_rest_counted(
    run: Run, tmp_path: Path
) -> None:
    quickbooks.write(tmp_path, Vendor=quickbooks.response(Vendor=[{"Id": ""} for _ in range(1022)]))
    done = run("import", "qbo", tmp_path, "--business", builders.business_id())
    assert done.returncode == 1
    assert done.stdout.count("Rejected Vendor.json Vendor") == 20
    assert numbers_below(done.stdout, "rejected")["rejected"] == 1022
    assert "… and 1,002 more." in done.stdout


# What cannot be done is one sentence.


def assert_one_sentence(done: "subprocess.CompletedProcess[str]", *expected: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    told = done.stderr.removesuffix("\n")
    assert "\n" not in told and "Traceback" not in told
    assert told.endswith(".") and not told.endswith("..")
    for part in expected:
        assert part in told


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: path / "nowhere", "nowhere is no folder; "),
        (lambda path: quickbooks.write(path, Bill="{"), "Bill.json is not JSON; "),
    ],
    ids=["missing", "not JSON"],
)
def test_a_wrong_folder_is_told_and_what_to_give(
    tmp_path: Path, make: Callable[[Path], Path], problem: str
) -> None:
    done = runway("import", "qbo", make(tmp_path), "--business", "acme")
    assert_one_sentence(done, problem, "give a folder of QuickBooks query responses")


@pytest.mark.parametrize("words", [["console"], ["import", "qbo", "anywhere"]])
def test_a_business_id_of_a_wrong_form_is_told_and_which_form_is_right(words: list[str]) -> None:
    expected = "'Acme Ltd' is no id of a business; use a-z, 0-9 and hyphens within, 63 characters"
    assert_one_sentence(runway(*words, "--business", "Acme Ltd"), expected)


def test_a_business_that_is_not_there_is_told(run: Run) -> None:
    assert_one_sentence(run("console", "--business", "nobody"), "no business")


def test_an_unknown_time_zone_is_told_and_nothing_is_created(run: Run, small: Path) -> None:
    business_id = builders.business_id()
    done = run("import", "qbo", small, "--business", business_id, "--time-zone", "Mars/Base")
    assert_one_sentence(done, "business.time_zone is no IANA time zone.")
    assert_one_sentence(run("console", "--business", business_id), "no business")


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow"])
def test_a_day_that_is_none_is_told_and_how_to_write_it(day: str, tmp_path: Path) -> None:
    expected = f"{day!r} is no day; write it as YYYY-MM-DD."
    assert_one_sentence(runway("console", "--business", "acme", f"--as-of={day}"), expected)
    if day == "tomorrow":
        assert_one_sentence(runway("demo", tmp_path / "demo", f"--as-of={day}"), expected)
        assert not (tmp_path / "demo").exists()


def test_services_that_do_not_run_are_told_and_how_to_start_them(small: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = str(listener.getsockname()[1])
    state = {"RUNWAY_STATE_DIR": str(identity.STATE_DIR)}
    console = runway("console", "--business", "acme", RUNWAY_GATEWAY_PORT=closed, **state)
    expected = f"The gateway does not answer at 127.0.0.1:{closed}; start Runway with `make run`."
    assert_one_sentence(console, expected)
    words = ("import", "qbo", small, "--business", "acme")
    imported = runway(*words, RUNWAY_ORCHESTRATOR_PORT=closed, **state)
    assert_one_sentence(imported, f"The orchestrator does not answer at 127.0.0.1:{closed}; ")


def test_a_setting_that_is_wrong_is_told_with_its_name() -> None:
    done = runway("console", "--business", "acme", RUNWAY_GATEWAY_PORT="many")
    assert_one_sentence(done, "RUNWAY_GATEWAY_PORT is wrong: ")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = runway("demo", tmp_path / "file", "--as-of", DAY)
    assert_one_sentence(done, "file cannot be written: File exists; choose another folder.")


@pytest.mark.parametrize("words", [(), ("import", "qbo")])
def test_an_incomplete_command_is_told_how_to_go_on(words: tuple[str, ...]) -> None:
    done = runway(*words)
    assert done.returncode == 2
    assert "Usage: " in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


# The portfolio


def test_the_portfolio_takes_businesses_as_options_and_shows_those_asked_for(
    run: Run, business: str
) -> None:
    words = ("portfolio", "--business", business, "--business", "nobody", "--as-of", DAY)
    assert {row["business"] for row in csv_of(run, *words)} == {business, "nobody"}
    assert len(csv_of(run, "portfolio", business, *words[1:])) == 2
    (row,) = csv_of(run, *words[:3], "--as-of", DAY)
    name = row["name"].upper()[2:9]
    assert csv_of(run, *words[:3], "--as-of", DAY, "--status", row["status"], "--text", name)
    others = run(*words[:3], "--as-of", DAY, "--status", "excellent")
    assert "None is as asked." in others.stdout
    assert_one_sentence(run("portfolio"), "No business is named; give --business ID")


def test_the_portfolio_shows_each_business_and_names_what_it_cannot_show(
    run: Run, business: str, answer: dict[str, Any]
) -> None:
    words = ("portfolio", business, "nobody-at-all", "--as-of", DAY)
    printed = run(*words, columns=160)
    assert (printed.returncode, printed.stderr) == (0, "")
    text = flat(printed.stdout)
    assert f"19 Jun 2026, {answer['runway']['runwayDays']} days" in text
    assert "! nobody-at-all: There is no business nobody-at-all." in text
    rows = csv_of(run, *words)
    assert [row["business"] for row in rows] == ["nobody-at-all", business]
    assert rows[0]["failure"].startswith("BUSINESS_NOT_FOUND: ")
    assert rows[1]["cash"] == money(answer["runway"]["cash"]).replace(",", "")


# The pay plan and the chase list


def test_the_pay_plan_has_a_day_for_each_open_bill(
    run: Run, business: str, answer: dict[str, Any]
) -> None:
    words = ("pay-plan", "--business", business, "--as-of", DAY)
    printed = run(*words, columns=120)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert f"What to pay when ({len(answer['bills'])} open bills)" in printed.stdout
    rows = csv_of(run, *words)
    assert {row["bill"] for row in rows} == {one["bill"]["billId"] for one in answer["bills"]}
    days = [row["pay on"] for row in rows if row["pay on"]]
    assert days == sorted(days) and days[0] >= DAY


def test_the_chase_list_names_what_each_chase_is_worth(
    run: Run, business: str, answer: dict[str, Any]
) -> None:
    words = ("chase-list", "--business", business, "--as-of", DAY)
    printed = run(*words, columns=120)
    assert (printed.returncode, printed.stderr) == (0, "")
    rows = csv_of(run, *words)
    # The console names the same customers in the same order.
    assert [row["invoice"] for row in rows] == [
        one["invoice"]["invoiceId"] for one in answer["invoices"]
    ]
    worth = [row for row in rows if Decimal(row["worth"])]
    assert f"Whom to chase ({len(worth)} invoices" in printed.stdout
    assert rows[: len(worth)] == worth


# The digest and the test drive


def test_the_digest_comes_as_text_page_picture_data_and_mail(
    run: Run, business: str, answer: dict[str, Any], tmp_path: Path
) -> None:
    words = ("digest", "--business", business, "--as-of", DAY)
    text = run(*words)
    assert (text.returncode, text.stderr) == (0, "")
    assert "Cash lasts until 19 Jun 2026 (6 weeks)" in text.stdout
    for form in ("html", "png", "json", "mail"):
        written = run(*words, "--format", form, "--output", tmp_path / form)
        assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    page, data = (tmp_path / "html").read_text(), json.loads((tmp_path / "json").read_text())
    assert page == data["html"]
    assert text.stdout == data["text"]
    mail = email.message_from_bytes((tmp_path / "mail").read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == data["subject"]
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png"]
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<runway-chart>"
    assert picture.get_content() == (tmp_path / "png").read_bytes()


def test_a_digest_that_cannot_be_written_says_so_in_a_sentence(run: Run, business: str) -> None:
    refused = run("digest", "--business", business, "--output", "/no/such/folder/digest")
    assert refused.returncode == 1
    assert refused.stderr == (
        "/no/such/folder/digest cannot be written: No such file or directory; choose another "
        "file.\n"
    )


def test_a_prospect_without_books_gets_a_sandbox(run: Run) -> None:
    drive = run("test-drive", "--as-of", DAY)
    assert drive.returncode == 0, drive.stderr
    assert "Created business sandbox-" in drive.stderr
    assert "TO BE PAID WITHIN TWO WEEKS" in drive.stdout
    assert "WHAT MOVED THE CASH SINCE" in drive.stdout


# The Hygiene Tray


def test_the_tray_is_printed_taken_up_and_set(run: Run, business: str) -> None:
    words = ("tray", "--business", business, "--as-of", DAY)
    printed = run(*words, columns=120)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert re.search(r"Hygiene score \d+\.\d\d of 100\.", printed.stdout)
    refreshed = run("tray", "refresh", "--business", business)
    assert re.match(r"\d+ new, 0 gone, 0 back, 0 reopened\.", refreshed.stdout)
    first = csv_of(run, *words)[0]
    assert first["status"] == "open"
    done = run("tray", "set", first["key"], "--business", business, "--assignee", "Ann")
    assert (done.returncode, done.stderr) == (0, "")
    assert csv_of(run, *words)[0]["assignee"] == "Ann"
    # The number before an issue is as good as its key.
    again = run("tray", "set", "1", "--business", business, "--assignee", "Bob")
    today = csv_of(run, "tray", "--business", business)
    assert again.stdout == f"{today[0]['key']} is set.\n"
    assert today[0]["assignee"] == "Bob"
    for nothing in ("0", str(len(today) + 1), "NO_RULE:1"):
        refused = run("tray", "set", nothing, "--business", business, "--assignee", "Ann")
        assert_one_sentence(refused, f"The tray has no issue '{nothing}'; `runway tray` lists")


# What goes on to be computed with


def csv_of(run: Run, *words: object) -> list[dict[str, str]]:
    printed = run(*words, "--format", "csv")
    assert printed.returncode == 0, printed.stderr
    return list(csv.DictReader(io.StringIO(printed.stdout)))


@pytest.mark.parametrize(
    ("table", "field", "key", "amount", "of"),
    [
        ("bills", "bills", "bill", "balance", ("bill", "balance")),
        ("invoices", "invoices", "invoice", "balance", ("invoice", "balance")),
        ("weeks", "weeks", "week of", "closing cash", ("closingCash",)),
        ("items", "forecastItems", "what", "amount", ("amount",)),
    ],
)
def test_every_row_of_a_table_of_the_console_comes_as_csv(
    run: Run,
    business: str,
    answer: dict[str, Any],
    table: str,
    field: str,
    key: str,
    amount: str,
    of: tuple[str, ...],
) -> None:
    rows = csv_of(run, "console", "--business", business, "--as-of", DAY, "--table", table)
    assert len(rows) == len(answer[field]) > 0
    for row, item in zip(rows, answer[field], strict=True):
        for name in of:
            item = item[name]
        assert row[amount] == money(item).replace(",", "")
        assert row[key]


# Every table that a command prints: what CSV calls it, and how its printed form begins where it has
# rows. One that is for CSV alone begins with nothing.
PRINTED: dict[str, dict[str, str]] = {
    "console": {
        "bills": "What to pay",
        "invoices": "Whom to chase",
        "weeks": "The next 13 weeks",
        "items": "",
        "decisions": "Queued decisions",
        "breaches": "! ",
        "balances": "What it rests on",
    },
    "forecast": {
        "weeks": "Cash at the end of each week",
        "days": "",
        "items": "",
        "invoices": "Open invoices, the first 10 of",
    },
    "what-if": {"effects": "What it changes:", "figures": "What if, USD"},
    "plan list": {"": "Planned"},
    "earmark list": {"": "Set aside"},
    "settings show": {"": "Settings"},
    "digest settings": {"": "The weekly digest"},
    "pay-plan": {
        "bills": "What to pay when",
        "late-bills": "! ",
        "shortages": "! ",
    },
    "chase-list": {"": "Whom to chase"},
    "portfolio": {"": "The businesses"},
    "history": {"": "Runway of "},
    "backtest": {"cash": "Cash, in USD", "pay-dates": "Pay dates of open invoices:"},
    "tray": {"issues": "Issues, the dearest first", "closed": "Closed ("},
    "hand-over list": {"": "Hand-overs, oldest first"},
    "audit list": {"": "Who changed what, oldest first"},
    "experiment results": {"": "How the variants of "},
    "import qbo": {"counts": " read  added", "rejections": "Rejected "},
    "demo": {"": "Account "},
}
# What is sent needs a mail server and someone to send it to: tests/journeys/test_digest_worker.py.
ELSEWHERE = {"digest send"}


@pytest.fixture(scope="module")
def busy(print_several: Callable[..., list[str]], folder: Path) -> str:
    """A business with a name, hand-overs and plans that are as long as they may be in practice."""
    business_id = builders.business_id(f"harbour-and-finch-{'a' * 20}")
    handed: list[object] = ["hand-over", "add", "--business", business_id]
    handed += ["--from", "Maximiliane Featherstonehaugh", "--to", "Bob", "--note"]
    planned: list[object] = ["plan", "add", "Estimated tax of the second quarter, by wire"]
    planned += ["--business", business_id]
    print_several(
        ["import", "qbo", folder, "--business", business_id],
        [*handed, ""],
        [*handed, "call them about the two invoices that are open since the end of May"],
        [*planned, "--amount", "-1500", "--on", "2026-06-15", "--repeats", "quarterly"],
        ["earmark", "add", "Deposit", "--amount", "100", "--business", business_id],
    )
    return business_id


def command_words(command: str, business: str, folder: Path, scratch: Path) -> list[object]:
    """Return what to type for a command of PRINTED."""
    match command:
        case "import qbo":
            return ["import", "qbo", folder, "--business", business]
        case "demo":
            return ["demo", scratch / "books", "--as-of", DAY]
        case "experiment results":
            return [*command.split(), "--business", business, "--experiment", "digest-headline"]
        case "what-if":
            return [command, "--business", business, "--as-of", DAY, "--revenue=-10%"]
        case (
            "hand-over list"
            | "audit list"
            | "backtest"
            | "plan list"
            | "earmark list"
            | "settings show"
            | "digest settings"
        ):
            return [*command.split(), "--business", business]
        case _:
            return [command, "--business", business, "--as-of", DAY]


def commands(group: typer.Typer, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command below a group: what one types, and the function behind it."""
    if group.registered_callback and group.registered_callback.callback:
        yield path, group.registered_callback.callback
    for one in group.registered_commands:
        assert one.callback is not None
        yield f"{path} {one.name or one.callback.__name__}".strip(), one.callback
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        name = inner.name if isinstance(inner.name, str) else ""
        yield from commands(inner.typer_instance, f"{path} {name}".strip())


def commands_with_tables() -> dict[str, set[str]]:
    """Return each command that prints table, json or csv, with the tables that it has as CSV."""
    hints = {name: typing.get_type_hints(function) for name, function in commands(app)}
    return {
        name: _tables(types.get("table"))
        for name, types in hints.items()
        if types.get("output") is OutputFormat and name not in ELSEWHERE
    }


def _tables(kind: Any) -> set[str]:
    """Return the values of an option for a table, which may be one that can be left out."""
    kinds = [one for one in typing.get_args(kind) if one is not type(None)] or [kind]
    return {""} if kinds == [None] else set(map(str, kinds[0]))


def test_there_is_csv_of_every_table_of_every_command_that_prints_any() -> None:
    assert commands_with_tables() == {name: set(tables) for name, tables in PRINTED.items()}


@pytest.mark.parametrize("command", PRINTED)
def test_what_is_printed_in_80_columns_is_in_csv_and_nothing_of_it_is_cut(
    print_several: Callable[..., list[str]],
    busy: str,
    folder: Path,
    tmp_path: Path,
    command: str,
) -> None:
    words = command_words(command, busy, folder, tmp_path)
    tables = PRINTED[command]
    options = [["--table", table] if table else [] for table in tables]
    printed, as_json, *as_csv = print_several(
        words,
        [*words, "--format", "json"],
        *([*words, "--format", "csv", *option] for option in options),
    )
    lines = printed.splitlines()
    assert "…" not in printed
    assert max(map(len, lines)) <= 80
    for (table, beginning), text in zip(tables.items(), as_csv, strict=True):
        assert len(text.splitlines()[0].split(",")) > 1
        rows = list(csv.DictReader(io.StringIO(text)))
        if beginning:
            assert any(line.startswith(beginning) for line in lines) == bool(rows), table
        for row in rows[:20]:
            for column in {"key", "id", "business"} & set(row):
                assert any(row[column] in line for line in lines), row[column]
    assert json.loads(as_json)


@pytest.mark.parametrize(
    ("table", "field", "amount"),
    [
        ("due", "dueItems", "amount"),
        ("chases", "chases", "worth"),
        ("movements", "movements", "amount"),
        ("insights", "insights", ""),
    ],
)
def test_every_row_of_a_table_of_the_digest_comes_as_csv(
    run: Run, business: str, table: str, field: str, amount: str
) -> None:
    words = ["digest", "--business", business, "--as-of", DAY, "--format"]
    told = json.loads(run(*words, "json").stdout)["insights"][field]
    rows = list(csv.DictReader(io.StringIO(run(*words, "csv", "--table", table).stdout)))
    assert len(rows) == len(told) > 0
    for row, one in zip(rows, told, strict=True):
        if amount:
            assert row[amount] == money(one["value" if table == "chases" else "amount"]).replace(
                ",", ""
            )
        else:
            assert row["what is worth knowing"] == one["sentence"]


def test_dates_in_csv_are_iso_and_the_order_is_the_consoles(run: Run, business: str) -> None:
    rows = csv_of(run, "console", "--business", business, "--as-of", DAY)
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, len(rows) + 1)]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["pay by"]) for row in rows)


@pytest.mark.parametrize(("table", "count"), [("weeks", 13), ("invoices", None)])
def test_the_forecasts_tables_come_as_csv(
    run: Run, business: str, answer: dict[str, Any], table: str, count: int | None
) -> None:
    words = ("forecast", "--business", business, "--as-of", DAY, "--table", table)
    rows = csv_of(run, *words)
    assert len(rows) == (count or len(answer["invoices"]))
    days = [row["week ending" if table == "weeks" else "paid by P50"] for row in rows]
    assert days == sorted(days)


def test_a_refit_is_kept_and_the_forecast_of_the_same_books_stays_what_it_was(
    run: Run, business: str
) -> None:
    words = ["forecast", "--business", business, "--format", "json"]
    before, refitted, after = run(*words), run(*words, "--refit"), run(*words)
    assert (refitted.returncode, refitted.stderr) == (0, "")
    assert refitted.stdout == after.stdout == before.stdout
    listed = run("audit", "list", "--business", business, "--format", "csv").stdout
    assert "RecordPayDateProfile" in listed


# The look back


def test_history_prints_a_row_a_week_and_csv_has_the_same_rows(run: Run, business: str) -> None:
    words = ["history", "--business", business, "--as-of", DAY, "--weeks", 8]
    printed = run(*words, columns=80)
    assert "\u2026" not in printed.stdout
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "05 May 2026" in printed.stdout and "10 Mar 2026" in printed.stdout
    rows = run(*words, "--format", "csv").stdout.splitlines()
    assert rows[0] == "day,cash,status,cash-zero date,days,lowest cash"
    assert len(rows) == 1 + 9
    points = json.loads(run(*words, "--format", "json").stdout)["points"]
    assert [row.split(",")[1] for row in rows[1:]] == [
        money(point["cash"]).replace(",", "") for point in points
    ]


def test_a_backtest_says_how_far_off_and_the_forecast_shows_it(run: Run, business: str) -> None:
    printed = run("backtest", "--business", business, columns=80)
    assert (printed.returncode, printed.stderr) == (0, "")
    text = flat(printed.stdout)
    assert "1 week ahead 4 weeks ahead 13 weeks ahead" in text
    assert "had all been paid when due" in text
    assert "each from the books as they were." in text
    assert re.search(r"Pay dates of open invoices: \d+\.\d days off on average", text)
    rows = run("backtest", "--business", business, "--format", "csv").stdout.splitlines()
    assert [row.split(",")[0] for row in rows] == ["weeks ahead", "1", "4", "13"]
    forecast = json.loads(run("forecast", "--business", business, "--format", "json").stdout)
    record = forecast["trackRecord"]
    assert record["cash"][0]["originCount"] > 40
    assert money(record["cash"][2]["meanAbsoluteError"]).replace(",", "") in rows[3]


def test_weeks_that_are_too_many_are_refused_before_anything_is_asked(run: Run) -> None:
    refused = run("history", "--business", "nobody", "--weeks", 105)
    assert refused.returncode == 2
    assert "less than or equal to 104" in flat(refused.stderr)


# Hand-overs


def test_something_is_handed_over_listed_and_done(run: Run, business: str) -> None:
    words = ("--from", "Ann", "--to", "Bob", "--note", "=call them", "--due", "2026-05-20")
    added = run("hand-over", "add", "--business", business, *words)
    assert added.returncode == 0, added.stderr
    hand_over_id = added.stdout.split()[-1]
    listed = run("hand-over", "list", "--business", business, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(listed.stdout))
    assert row == {
        "due": "2026-05-20",
        "status": "open",
        "from": "Ann",
        "to": "Bob",
        "about": "the business",
        "note": "'=call them",
        "id": hand_over_id,
    }
    table = run("hand-over", "list", "--business", business, columns=120)
    assert "Ann" in table.stdout and "=call them" in table.stdout
    done = run("hand-over", "set", hand_over_id, "done", "--business", business)
    assert done.stdout == f"{hand_over_id} is done.\n"
    left = run("hand-over", "list", "--business", business)
    assert left.stdout == "Nothing is handed over.\n"
    every = run("hand-over", "list", "--business", business, "--all", "--format", "json")
    (one,) = json.loads(every.stdout)["handOvers"]
    assert (one["handOverId"], one["status"]) == (hand_over_id, "HAND_OVER_STATUS_DONE")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "--from", "A", "--to", "B", "--bill", "1", "--invoice", "2"), "It can be about"),
        (("add", "--from", "A", "--to", "B", "--bill", "no-such"), "There is no bill no-such"),
        (("set", "nothing", "done"), "There is no hand-over 'nothing'"),
        (("set", "nothing", "dine"), "'dine' is no status"),
    ],
)
def test_a_hand_over_that_cannot_be_is_told_in_a_sentence(
    run: Run, business: str, words: tuple[str, ...], sentence: str
) -> None:
    assert_one_sentence(run("hand-over", *words, "--business", business), sentence)


# Experiments


def test_an_experiment_is_recorded_and_its_results_come_as_table_csv_and_json(
    run: Run, business: str
) -> None:
    words = ("--experiment", "digest-headline", "--business", business)
    assert_one_sentence(
        run("experiment", "conversion", *words), "No variant of digest-headline was"
    )
    seen = run("experiment", "exposure", *words)
    variant = seen.stdout.removeprefix(f"{business} has seen ").removesuffix(".\n")
    assert run("experiment", "conversion", *words).stdout.endswith(f" after {variant}.\n")
    more = ("experiment", "results", *words, "--business", "nobody")
    printed = run(*more, columns=80)
    assert "Left out, as it could not be asked: 1 business." in printed.stdout
    rows = {row["variant"]: row for row in csv_of(run, *more)}
    assert (rows[variant]["saw it"], rows[variant]["came over"]) == ("1", "1")
    assert rows[variant]["share"] == "1.0"
    assert json.loads(run(*more, "--format", "json").stdout)["failedCount"] == 1
    unknown = run("experiment", "results", "--experiment", "none", "--business", business)
    assert_one_sentence(unknown, "There is no experiment none")


# What people know and no ledger says, and settings


def rows_of(done: "subprocess.CompletedProcess[str]") -> list[dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_what_is_planned_is_listed_and_removed(run: Run, business: str) -> None:
    words = ("Estimated tax", "--amount", "-1,500.50", "--on", "2026-06-15", "--category", "tax")
    added = run("plan", "add", *words, "--repeats", "quarterly", "--business", business)
    assert added.returncode == 0, added.stderr
    key = added.stdout.split()[-1]
    (row,) = rows_of(run("plan", "list", "--business", business, "--format", "csv"))
    assert row == {
        "what": "Estimated tax",
        "amount": "-1500.50",
        "on": "2026-06-15",
        "comes back": "quarterly",
        "until": "",
        "category": "tax",
        "id": key,
    }
    table = run("plan", "list", "--business", business, columns=160)
    assert "Estimated tax" in table.stdout and "-1,500.50" in table.stdout
    assert run("plan", "remove", key, "--business", business).returncode == 0
    assert run("plan", "list", "--business", business).stdout == "Nothing is planned.\n"


def test_what_is_set_aside_is_listed_and_removed(run: Run, business: str) -> None:
    added = run("earmark", "add", "Deposit", "--amount", "100", "--business", business)
    key = added.stdout.split()[-1]
    listed = run("earmark", "list", "--business", business, "--format", "json")
    (one,) = json.loads(listed.stdout)["earmarks"]
    assert (one["earmarkId"], one["amount"]["units"]) == (key, "100")
    assert run("earmark", "remove", key, "--business", business).returncode == 0
    assert run("earmark", "list", "--business", business).stdout == "Nothing is set aside.\n"


def test_a_disputed_invoice_is_for_a_person_until_it_is_settled(run: Run, business: str) -> None:
    def reasons() -> dict[str, str]:
        listed = run("chase-list", "--business", business, "--as-of", DAY, "--format", "csv")
        return {row["invoice"]: row["why"] for row in rows_of(listed)}

    first = next(iter(reasons()))
    noted = run("dispute", "add", first, "--reason", "came broken", "--business", business)
    assert noted.stdout == f"{first} is disputed.\n"
    assert reasons()[first].startswith("disputed (came broken): a person has to settle it")
    shown = run("chase-list", "--business", business, "--as-of", DAY, columns=160).stdout
    assert "For a person to settle" in shown and "came broken" in shown
    assert run("dispute", "settle", first, "--business", business).returncode == 0
    assert not reasons()[first].startswith("disputed")


def test_settings_are_shown_and_changed_one_by_one(run: Run, business: str) -> None:
    def settings() -> dict[tuple[str, str], str]:
        found = rows_of(run("settings", "show", "--business", business, "--format", "csv"))
        return {(row["setting"], row["of"]): row["value"] for row in found}

    before = settings()
    data = run("pay-plan", "--business", business, "--as-of", DAY, "--format", "json").stdout
    vendor = json.loads(data)["bills"][0]["vendorId"]
    words = ["--cash-floor", "500", "--critical-days", 20, "--tier", f"{vendor}=key"]
    words += ["--grace", f"{vendor}=5", "--late-fee", f"{vendor}=25", "--by-law", f"{vendor}=yes"]
    done = run("settings", "set", "--business", business, *words)
    assert (done.returncode, done.stderr) == (0, "")
    after = settings()
    assert (
        after
        | before
        | {
            ("cash floor", ""): "500.00",
            ("critical below days", ""): "20",
            ("vendor tier", vendor): "key",
            ("grace days", vendor): "5",
            ("late breaks the law", vendor): "yes",
            ("late fee once", vendor): "25.00",
            ("monthly fee, basis points", vendor): "0",
        }
        == after
    )
    back = ["--cash-floor", "0", "--critical-days", 30, "--tier", f"{vendor}=none"]
    back += [
        "--grace",
        f"{vendor}=none",
        "--late-fee",
        f"{vendor}=none",
        "--by-law",
        f"{vendor}=no",
    ]
    assert run("settings", "set", "--business", business, *back).returncode == 0
    assert settings() == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("plan", "add", "Tax", "--amount", "much", "--on", DAY), "'much' is no amount"),
        (("plan", "add", "Tax", "--amount", "1.005", "--on", DAY), "'1.005' is no amount in USD"),
        (("plan", "add", "Tax", "--amount", "0", "--on", DAY), "must not be zero"),
        (
            ("plan", "add", "Tax", "--amount", "1", "--on", DAY, "--repeats", "daily"),
            "'daily' is no rhythm",
        ),
        (("plan", "remove", "nothing"), "There is no planned item 'nothing'"),
        (("earmark", "remove", "nothing"), "There is no earmark 'nothing'"),
        (("dispute", "add", "no-such", "--reason", "x"), "There is no invoice no-such"),
        (("settings", "set"), "Nothing is to be set"),
        (("settings", "set", "--tier", "v1"), "'v1' names no vendor and value"),
        (("settings", "set", "--tier", "v1=T9"), "'T9' is no tier"),
        (("settings", "set", "--tier", "no-such=key"), "There is no vendor no-such"),
        (("settings", "set", "--grace", "v1=few"), "'few' is no whole number"),
        (("settings", "set", "--critical-days", "90"), "must ascend"),
    ],
)
def test_what_cannot_be_planned_or_set_is_told_in_a_sentence(
    run: Run, business: str, words: tuple[str, ...], sentence: str
) -> None:
    assert_one_sentence(run(*words, "--business", business), sentence)


# Counts


def test_the_counts_of_an_import_come_as_csv_and_json(run: Run, small: Path) -> None:
    business = builders.business_id("counts")
    printed = run("import", "qbo", small, "--business", business, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(printed.stdout))
    assert row["read"] == row["added"] != "0"
    again = run("import", "qbo", small, "--business", business, "--format", "json")
    assert json.loads(again.stdout)["counts"]["unchanged"] == int(row["read"])


def test_changes_alone_are_imported_as_such(run: Run, small: Path) -> None:
    business = builders.business_id("changes")
    words = ("import", "qbo", small, "--business", business, "--changed-since")
    assert run(*words, "2020-01-01T00:00:00Z").returncode == 0
    assert_one_sentence(run(*words, "2999-01-01T00:00:00Z"), "changed_since")
    assert_one_sentence(run(*words, "yesterday"), "'yesterday' is no instant")


def test_the_counts_of_the_demo_company_come_as_csv_and_json(tmp_path: Path) -> None:
    as_csv = runway("demo", tmp_path / "a", "--as-of", DAY, "--format", "csv")
    as_json = runway("demo", tmp_path / "b", "--as-of", DAY, "--format", "json")
    rows = csv.DictReader(io.StringIO(as_csv.stdout))
    assert {row["entity"]: int(row["count"]) for row in rows} == json.loads(as_json.stdout)


# Tokens


def test_a_token_is_printed_and_nothing_else(run: Run, business: str) -> None:
    printed = run("token", "--business", business, "--role", "viewer", "--ttl", "60")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", printed.stdout)
    token = printed.stdout.strip()
    shown = run("tray", "--business", business, RUNWAY_TOKEN=token)
    assert shown.returncode == 0
    refused = run("tray", "refresh", "--business", business, RUNWAY_TOKEN=token)
    assert_one_sentence(refused, "The role viewer does not allow this call.")
    other = run("console", "--business", "another", RUNWAY_TOKEN=token)
    assert_one_sentence(other, "The token names no role in this business.")


def test_without_keys_a_token_cannot_be_made_and_it_says_what_to_do(tmp_path: Path) -> None:
    made = runway("token", "--business", "acme", RUNWAY_STATE_DIR=str(tmp_path))
    assert_one_sentence(made, "There is no key to make a token with")
    wrong = runway("token", "--business", "acme", "--role", "root")
    assert_one_sentence(wrong, "'root' is no role; use one of viewer, adviser, owner.")


def test_keys_are_made_once_and_the_private_one_is_nobody_else_s(tmp_path: Path) -> None:
    assert runway("keys", tmp_path / "keys").returncode == 0
    private = tmp_path / "keys" / "gateway.pem"
    before = private.read_text()
    assert private.stat().st_mode & 0o077 == 0
    assert runway("keys", tmp_path / "keys").returncode == 0
    assert private.read_text() == before
