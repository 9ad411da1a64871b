"""The golden facts of the QuickBooks sample company, from its files to the Decision Console."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import json_format
from runway.experience.v1 import decision_console_service_pb2 as experience_pb2
from runway.experience.v1 import decision_console_service_pb2_grpc as experience_grpc
from runway.ledger.v1 import ledger_pb2
from runway.orchestrator.v1 import ledger_service_pb2 as ledger_service
from runway.orchestrator.v1 import ledger_service_pb2_grpc as ledger_grpc
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from runway_cli.books import import_quickbooks, print_import
from runway_cli.settings import Settings
from service_kit.wire import from_money
from support import builders, identity
from support.builders import day
from support.databases import DatabaseUrls
from support.servers import Stack

TABLES_OF_BOOKS = (
    "account",
    "bill",
    "cash_posting",
    "customer",
    "document_application",
    "invoice",
    "ledger_transaction",
    "vendor",
)
METHOD = "runway.experience.v1.DecisionConsoleService/GetDecisionConsole"


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Settings:
    """The command line's settings, for the running services."""

    def port(address: str) -> int:
        return int(address.rpartition(":")[2])

    return Settings(
        gateway_port=port(stack.gateway_grpc),
        http_port=port(stack.gateway_http),
        orchestrator_port=port(stack.orchestrator),
        calculator_port=port(stack.calculator),
        state_dir=identity.STATE_DIR,
    )


@pytest.fixture(scope="module")
def business(settings: Settings, quickbooks_sample: Path) -> str:
    """The sample company, imported as `runway import qbo` does it."""
    business_id = builders.business_id("craigs")
    assert import_quickbooks(
        settings, quickbooks_sample, business_id, "America/Los_Angeles"
    ).applied
    return business_id


@pytest.fixture(scope="module")
def gateway(stack: Stack) -> Iterator[grpc.Channel]:
    with identity.channel(stack.gateway_grpc) as channel:
        yield channel


@pytest.fixture(scope="module")
def ledger(stack: Stack) -> Iterator[Any]:
    with identity.channel(stack.orchestrator) as channel:
        yield ledger_grpc.LedgerServiceStub(channel)


def console(gateway: grpc.Channel, business_id: str) -> Any:
    request = experience_pb2.GetDecisionConsoleRequest(
        business_id=business_id, as_of=day("2026-05-05")
    )
    return experience_grpc.DecisionConsoleServiceStub(gateway).GetDecisionConsole(request)


def cents(money: Any) -> int:
    assert money.currency_code == "USD"
    return from_money(money)


def test_receivables_tie_to_the_cent(gateway: grpc.Channel, business: str) -> None:
    balances = console(gateway, business).balances
    assert cents(balances.open_invoices) == 5_881_52
    assert cents(balances.unapplied_receipts) == 1_200_00
    assert cents(balances.accounts_receivable) == 4_681_52
    assert cents(balances.accounts_receivable_control) == 4_681_52
    assert cents(balances.accounts_receivable_gap) == 0


def test_payables_name_the_gap_of_600_and_the_vendor_it_comes_from(
    gateway: grpc.Channel, business: str
) -> None:
    balances = console(gateway, business).balances
    assert cents(balances.open_bills) == 1_602_67
    assert cents(balances.accounts_payable_control) == 2_202_67
    assert cents(balances.accounts_payable_gap) == 600_00
    (gap,) = balances.party_gaps
    assert (gap.role, gap.party_id) == (ledger_pb2.PARTY_ROLE_VENDOR, "56")
    assert cents(gap.gap) == 600_00


def test_cash_is_what_is_at_the_banks_and_undeposited_funds_stand_apart(
    gateway: grpc.Channel, business: str
) -> None:
    answer = console(gateway, business)
    assert cents(answer.balances.cash) == 2_901_00
    assert cents(answer.balances.undeposited_funds) == 2_362_52
    assert cents(answer.runway.cash) == 2_901_00


def test_what_is_overdue_is_counted_and_added_up(gateway: grpc.Channel, business: str) -> None:
    answer = console(gateway, business)
    balances = answer.balances
    assert (balances.overdue_invoice_count, cents(balances.overdue_invoices)) == (16, 2_125_50)
    assert (balances.overdue_bill_count, cents(balances.overdue_bills)) == (4, 847_67)
    # The items say the same.
    assert sum(item.assessment.days_overdue > 0 for item in answer.invoices) == 16
    assert sum(item.assessment.days_overdue > 0 for item in answer.bills) == 4
    assert sum(cents(item.bill.balance) for item in answer.bills) == 1_602_67
    assert sum(cents(item.invoice.balance) for item in answer.invoices) == 5_881_52


def test_http_says_the_same_as_grpc(stack: Stack, gateway: grpc.Channel, business: str) -> None:
    answer = httpx.post(
        f"http://{stack.gateway_http}/{METHOD}",
        json={"businessId": business, "asOf": {"year": 2026, "month": 5, "day": 5}},
        headers=identity.headers(business),
        trust_env=False,
    )
    assert answer.status_code == 200
    told = json_format.Parse(answer.text, experience_pb2.GetDecisionConsoleResponse())
    assert told == console(gateway, business)


# Importing again.


@pytest.fixture
def copy(quickbooks_sample: Path, tmp_path: Path) -> Path:
    """The sample's files, to be changed."""
    return Path(shutil.copytree(quickbooks_sample, tmp_path / "qbo"))


@pytest.fixture
def own(settings: Settings, quickbooks_sample: Path) -> str:
    """The sample company once more, for a test that changes it."""
    business_id = builders.business_id("craigs")
    assert import_quickbooks(settings, quickbooks_sample, business_id).applied
    return business_id


def edit(
    folder: Path, entity: str, record_id: str, change: Callable[[dict[str, Any]], Any]
) -> None:
    """Change one record of an entity's file."""
    path = next(path for path in folder.glob("*.json") if path.stem.lower() == entity.lower())
    content = json.loads(path.read_text())
    pages = content if isinstance(content, list) else [content]
    records = [
        record
        for page in pages
        for record in page.get("QueryResponse", {}).get(entity, [page])
        if record.get("Id") == record_id
    ]
    (record,) = records
    change(record)
    path.write_text(json.dumps(content))


async def stored(database: DatabaseUrls, business_id: str) -> dict[str, list[Any]]:
    """Return every row of the books of a business, as the owner sees them."""
    engine = create_async_engine(database.owner)
    try:
        async with engine.begin() as connection:
            await connection.execute(
                text("SELECT set_config('app.business_id', :id, true)"), {"id": business_id}
            )
            rows = {
                table: (
                    await connection.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1"))
                ).all()
                for table in TABLES_OF_BOOKS
            }
    finally:
        await engine.dispose()
    assert rows["invoice"]
    return rows


async def test_the_same_folder_again_changes_no_row(
    settings: Settings, quickbooks_sample: Path, own: str, database: DatabaseUrls, capsys: Any
) -> None:
    before = await stored(database, own)
    capsys.readouterr()
    print_import(import_quickbooks(settings, quickbooks_sample, own))
    printed = [line.split() for line in capsys.readouterr().out.split("\n")]
    header = printed.index(["read", "added", "updated", "unchanged", "rejected"])
    assert printed[header + 1] == ["312", "0", "0", "312", "0"]
    assert await stored(database, own) == before


def test_what_is_not_used_is_named(
    settings: Settings, quickbooks_sample: Path, capsys: Any
) -> None:
    business_id = builders.business_id("craigs")
    print_import(import_quickbooks(settings, quickbooks_sample, business_id))
    printed = capsys.readouterr().out
    for entity in ("Estimate", "Item", "PurchaseOrder"):
        assert f"Skipped {entity}: " in printed
    assert printed.count("Skipped ") == 3


def an_open_invoice(ledger: Any, business_id: str) -> Any:
    request = ledger_service.ListInvoicesRequest(
        business_id=business_id, state=ledger_pb2.DOCUMENT_STATE_OPEN, page_size=1
    )
    return ledger.ListInvoices(request).invoices[0]


def invoices_by_id(ledger: Any, business_id: str) -> dict[str, Any]:
    request = ledger_service.ListInvoicesRequest(business_id=business_id, page_size=1000)
    return {invoice.invoice_id: invoice for invoice in ledger.ListInvoices(request).invoices}


def with_version(by: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of a record that also moves its SyncToken."""

    def change(record: dict[str, Any]) -> None:
        record.update(changes, SyncToken=str(int(record["SyncToken"]) + by))

    return change


def test_a_newer_sync_token_updates_and_an_older_one_is_old_news(
    settings: Settings, copy: Path, own: str, ledger: Any
) -> None:
    number = an_open_invoice(ledger, own).invoice_id

    def imported_number() -> str:
        assert import_quickbooks(settings, copy, own).applied
        return str(invoices_by_id(ledger, own)[number].document_number)

    edit(copy, "Invoice", number, with_version(+2, DocNumber="newer"))
    assert imported_number() == "newer"
    edit(copy, "Invoice", number, with_version(-1, DocNumber="older"))
    assert imported_number() == "newer"


@pytest.mark.parametrize(
    ("how", "state"),
    [
        (
            {"TotalAmt": 0, "Balance": 0, "PrivateNote": "Voided"},
            ledger_pb2.DOCUMENT_STATE_VOIDED,
        ),
        ({"status": "Deleted"}, ledger_pb2.DOCUMENT_STATE_DELETED),
    ],
    ids=["void", "delete"],
)
def test_a_void_and_a_delete_leave_the_open_items_and_stay_in_history(
    settings: Settings,
    copy: Path,
    own: str,
    ledger: Any,
    gateway: grpc.Channel,
    how: dict[str, Any],
    state: int,
) -> None:
    known = an_open_invoice(ledger, own)

    edit(copy, "Invoice", known.invoice_id, with_version(+1, **how))
    assert import_quickbooks(settings, copy, own).applied
    shown = {item.invoice.invoice_id for item in console(gateway, own).invoices}
    assert shown and known.invoice_id not in shown
    assert invoices_by_id(ledger, own)[known.invoice_id].state == state


async def test_one_broken_record_keeps_all_out_and_is_named(
    settings: Settings, copy: Path, own: str, database: DatabaseUrls, ledger: Any, capsys: Any
) -> None:
    before = await stored(database, own)
    known = an_open_invoice(ledger, own)
    others = [i for i in invoices_by_id(ledger, own) if i != known.invoice_id]
    edit(copy, "Invoice", others[0], with_version(+1, DocNumber="fine"))
    edit(copy, "Invoice", known.invoice_id, with_version(+1, TxnDate="2026-02-30"))
    capsys.readouterr()
    done = import_quickbooks(settings, copy, own)
    assert not done.applied
    print_import(done)
    printed = " ".join(capsys.readouterr().out.split())
    assert "Invoice.json" in printed or "invoice.json" in printed
    assert f"Invoice {known.invoice_id}: TxnDate" in printed
    assert await stored(database, own) == before
