"""Tables in 80 columns, with ids and names that are longer than the demo company's."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, money_pb2
from rich.console import Console
from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import data_quality_calculation_service_pb2 as quality_pb2
from runway.calculator.v1 import pay_plan_calculation_service_pb2 as plan_pb2
from runway.experience.v1 import hygiene_tray_service_pb2, pay_plan_service_pb2
from runway.experience.v1 import portfolio_service_pb2 as portfolio_pb2
from runway.ledger.v1 import audit_pb2, hand_over_pb2, hygiene_tray_pb2
from runway.orchestrator.v1 import ledger_service_pb2

from runway_cli import audit, books, hand_over, pay_plan, portfolio, tray
from runway_cli.errors import CommandError
from runway_cli.tables import print_csv

LONGEST_BUSINESS_ID = "b" * 63
KEY = "UNAPPLIED_VENDOR_CREDIT:vendor_credit:1234567890"
GONE = f"{KEY[:-4]}gone"
UUID = "14f306f5-f389-45f0-a448-0d89ef5cbeed"


def usd(units: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="USD", units=units)


def day(month: int, number: int) -> date_pb2.Date:
    return date_pb2.Date(year=2026, month=month, day=number)


def lines_of(print_it: Callable[[Console], None]) -> list[str]:
    file = io.StringIO()
    print_it(Console(file=file, width=80, highlight=False))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    return lines


def is_whole(text: str, lines: list[str]) -> bool:
    return any(text in line for line in lines)


def business(**payroll: Any) -> portfolio_pb2.GetPortfolioResponse:
    runway = assessment_pb2.Runway(
        status=assessment_pb2.RUNWAY_STATUS_EXCELLENT,
        horizon_days=91,
        cash=usd(1_234_567),
        low_water_mark=usd(-1_234_567),
        next_payroll=assessment_pb2.PayrollCheck(payroll_date=day(11, 30), **payroll),
    )
    figures = portfolio_pb2.PortfolioFigures(
        display_name="Books of a Business with a Name",
        as_of=day(5, 5),
        currency_code="USD",
        runway=runway,
        open_hand_over_count=3,
    )
    item = portfolio_pb2.PortfolioItem(business_id=LONGEST_BUSINESS_ID, figures=figures)
    return portfolio_pb2.GetPortfolioResponse(businesses=[item])


def test_a_portfolio_has_each_business_by_its_whole_id_and_its_figures_on_one_line() -> None:
    lines = lines_of(lambda out: portfolio.print_portfolio(business(clears=False), out))
    assert is_whole(LONGEST_BUSINESS_ID, lines)
    assert "; books never read; 3 handed over" in " ".join(" ".join(lines).split())
    (figures,) = [line for line in lines if "beyond 91 days" in line]
    assert figures.split("  ")[-3:] == [
        "1,234,567.00 USD",
        "-1,234,567.00",
        "30 Nov does NOT clear",
    ]


def tray_of(issues: int) -> hygiene_tray_service_pb2.GetHygieneTrayResponse:
    def item(key: str) -> hygiene_tray_pb2.TrayItem:
        return hygiene_tray_pb2.TrayItem(
            issue_key=key,
            rule="UNAPPLIED_VENDOR_CREDIT",
            status=hygiene_tray_pb2.TRAY_ITEM_STATUS_WAITING_ON_CLIENT,
            assignee="Maximiliane Featherstonehaugh",
            snoozed_until_date=day(12, 12),
            first_seen_at=Timestamp(seconds=1_777_000_000),
            gone_at=Timestamp(seconds=1_778_000_000),
        )

    found = [
        hygiene_tray_service_pb2.TrayIssue(
            issue=quality_pb2.Issue(
                issue_key=f"{KEY[:-2]}{number:02}",
                severity=quality_pb2.ISSUE_SEVERITY_MEDIUM,
                sentence="A credit of a vendor with a long name settles nothing. " * 2,
                cost_days=12,
                cost_is_at_least=True,
            ),
            item=item(f"{KEY[:-2]}{number:02}"),
            snoozed=True,
        )
        for number in range(issues)
    ]
    return hygiene_tray_service_pb2.GetHygieneTrayResponse(issues=found, closed=[item(GONE)])


def test_a_tray_has_every_issue_with_its_number_and_its_key_on_a_line_of_its_own() -> None:
    lines = lines_of(lambda out: tray.print_tray(tray_of(21), out))
    assert is_whole("(the first 20 of 21; --all shows the rest)", lines)
    for number in range(20):
        assert is_whole(f" {KEY[:-2]}{number:02} ", lines)
        assert any(line.startswith(f"{number + 1:>2}  ≥ 12  ") for line in lines)
    assert is_whole("snoozed until", lines)
    assert is_whole(f"{GONE}  waiting on client  05 May 2026", lines)
    every = lines_of(lambda out: tray.print_tray(tray_of(21), out, most=21))
    assert is_whole(f" {KEY[:-2]}20 ", every)


@pytest.mark.parametrize("issue", ["3", f"{KEY[:-2]}02"])
def test_an_issue_is_found_by_its_number_and_by_its_key(issue: str) -> None:
    assert tray.find_item(tray_of(3), issue).issue_key == f"{KEY[:-2]}02"


def test_a_closed_issue_is_found_by_its_key_alone() -> None:
    assert tray.find_item(tray_of(3), GONE).issue_key == GONE
    for number in ("0", "4", "-1", "²"):
        with pytest.raises(CommandError, match="The tray has no issue"):
            tray.find_item(tray_of(3), number)


def test_an_issue_that_is_not_taken_up_yet_says_how_to_take_it_up() -> None:
    found = tray_of(1)
    found.issues[0].ClearField("item")
    with pytest.raises(CommandError, match="`runway tray refresh` takes new issues up"):
        tray.find_item(found, "1")


def test_an_audit_says_once_a_call_when_and_who_and_has_every_id_whole() -> None:
    def event(number: int, method: str, subject: str) -> audit_pb2.AuditEvent:
        return audit_pb2.AuditEvent(
            sequence_number=number,
            occur_time=Timestamp(seconds=1_777_000_000),
            actor="auth0|somebody-with-a-long-subject@accountants.example",
            subject_kind="hygiene_tray_item",
            subject_id=subject,
            method=f"/runway.orchestrator.v1.HygieneTrayService/{method}",
        )

    events = [
        event(998, "RecordFindings", KEY),
        event(999, "RecordFindings", f"{KEY}0"),
        event(1000, "UpdateTrayItem", KEY),
    ]
    lines = lines_of(lambda out: audit.print_events(events, out))
    assert [line.split("  ")[1].split()[0] for line in lines if line.startswith("2026")] == [
        "RecordFindings",
        "UpdateTrayItem",
    ]
    assert [line for line in lines if line.startswith("  ")] == [
        f"   998  hygiene tray item {KEY}",
        f"   999  hygiene tray item {KEY}0",
        f"  1000  hygiene tray item {KEY}",
    ]
    assert lines_of(lambda out: audit.print_events([], out)) == ["Who changed what, oldest first"]


def test_a_hand_over_has_its_whole_id_beside_names_of_any_length(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    one = hand_over_pb2.HandOver(
        hand_over_id=UUID,
        from_person="Maximiliane Featherstonehaugh",
        to_person="Bartholomew Cholmondeley",
        note="call them about the two invoices that are open since the end of May",
        issue_key=KEY,
        due_date=day(12, 12),
        status=hand_over_pb2.HAND_OVER_STATUS_ACCEPTED,
    )
    hand_over.print_hand_overs([one])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert is_whole(UUID, lines)
    assert is_whole("Featherstonehaugh", lines) and is_whole("Bartholomew", lines)


# What the demo company does not have


def csv_of(capsys: pytest.CaptureFixture[str], columns: Any, rows: Any) -> list[dict[str, str]]:
    print_csv(columns, rows)
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_what_no_plan_mends_comes_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    plan = plan_pb2.PayPlan(
        late_bills=[
            plan_pb2.LateBill(bill_id="7", latest_safe_date=day(5, 4), description="Rent is late.")
        ],
        shortages=[
            plan_pb2.CashShortage(
                first_date=day(5, 8),
                last_date=day(5, 12),
                worst_date=day(5, 11),
                amount=usd(500),
                amount_without_bills=usd(100),
                description="Cash is short.",
                unmet_bills=["Rent of 900.00", "Wages of 2,000.00"],
            )
        ],
    )
    answer = pay_plan_service_pb2.GetPayPlanResponse(plan=plan)
    (late,) = csv_of(capsys, *pay_plan.columns_and_rows(answer, "late-bills"))
    assert late == {"bill": "7", "latest safe": "2026-05-04", "what it means": "Rent is late."}
    (short,) = csv_of(capsys, *pay_plan.columns_and_rows(answer, "shortages"))
    assert (short["worst day"], short["missing"]) == ("2026-05-11", "500.00")
    assert short["critical bills not covered"] == "Rent of 900.00; Wages of 2,000.00"


def test_what_is_closed_in_the_tray_comes_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = csv_of(capsys, *tray.columns_and_rows(tray_of(2), "closed"))
    assert row["key"] == GONE
    assert (row["status"], row["gone since"]) == ("waiting on client", "2026-05-05")


def test_what_an_import_rejects_comes_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    rejection = ledger_service_pb2.Rejection(
        source_file="Bill.json",
        source_entity="Bill",
        source_id="2",
        field="TxnDate",
        reason="is no date",
    )
    answer = ledger_service_pb2.ImportLedgerResponse(rejections=[rejection])
    (row,) = csv_of(capsys, *books.columns_and_rows(answer, "rejections"))
    assert list(row.values()) == ["Bill.json", "Bill", "2", "TxnDate", "is no date"]
