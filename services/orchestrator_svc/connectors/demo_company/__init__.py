"""The demo company as QuickBooks Online responses: the same seed and day give the same bytes."""

import datetime
import json
from pathlib import Path
from typing import Any

from orchestrator_svc.connectors.demo_company import company, projection
from orchestrator_svc.connectors.demo_company.company import ACCOUNTS, CUSTOMERS, VENDORS
from orchestrator_svc.connectors.demo_company.ledger import Ledger, dollars
from orchestrator_svc.connectors.demo_company.story import Story

ENTITIES = (
    "Account",
    "Customer",
    "Vendor",
    "Invoice",
    "Bill",
    "Payment",
    "BillPayment",
    "CreditMemo",
    "VendorCredit",
    "Purchase",
    "Deposit",
    "JournalEntry",
    "Transfer",
    "SalesReceipt",
    "CompanyInfo",
    "Preferences",
)
# How far below zero eight weeks of habit would take the cash, in cents.
SHORTFALL = 5_000_000
TAX_SAVINGS = 1_150_000
TRUST = 1_840_000
EQUITY_LEFT_OVER = 125_000


def generate(as_of: datetime.date, seed: int = 1) -> dict[str, dict[str, Any]]:
    """Return a QuickBooks query response for each entity, as of a day."""
    ledger = Story(as_of, seed).tell()
    _open_accounts(ledger, as_of)
    records = {**ledger.records, **_lists(ledger, as_of)}
    return {
        entity: {
            "QueryResponse": {
                entity: records.get(entity, []),
                "startPosition": 1,
                "maxResults": len(records.get(entity, [])),
            },
            "time": f"{as_of.isoformat()}T00:00:00.000-08:00",
        }
        for entity in ENTITIES
    }


def write(folder: Path, as_of: datetime.date, seed: int = 1) -> dict[str, int]:
    """Write one file an entity, and return how many records each holds."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for entity, response in generate(as_of, seed).items():
        text = json.dumps(response, indent=1, sort_keys=True) + "\n"
        (folder / f"{entity}.json").write_text(text, encoding="utf-8")
        counts[entity] = len(response["QueryResponse"][entity])
    return counts


def _open_accounts(ledger: Ledger, as_of: datetime.date) -> None:
    """Post the balances of eighteen months ago, such that today's cash is just too little."""
    lowest = projection.lowest_without_cash(ledger, as_of)
    wanted = {
        company.TAX_SAVINGS: TAX_SAVINGS,
        company.TRUST: TRUST,
        company.CHECKING: -lowest - SHORTFALL - TAX_SAVINGS,
    }
    for account, cents in wanted.items():
        missing = cents - ledger.balances[account]
        ledger.post((account, missing), (company.RETAINED, -missing))
    ledger.post((company.RETAINED, EQUITY_LEFT_OVER), (company.EQUITY, -EQUITY_LEFT_OVER))
    ledger.post((company.LOAN, -6_200_000), (company.RETAINED, 6_200_000))


def _lists(ledger: Ledger, as_of: datetime.date) -> dict[str, list[dict[str, Any]]]:
    return {
        "Account": [_account(account, ledger.balances[account]) for account in ACCOUNTS],
        "Customer": [
            {
                **_head(customer.customer_id),
                "DisplayName": customer.name,
                "Active": customer.active,
                "Balance": dollars(ledger.owed[customer.customer_id]),
                "SalesTermRef": {"value": customer.terms[0], "name": customer.terms[1]},
            }
            for customer in CUSTOMERS
        ],
        "Vendor": [
            {
                **_head(vendor.vendor_id),
                "DisplayName": vendor.name,
                "Active": True,
                "Balance": dollars(ledger.owed[vendor.vendor_id]),
                **(
                    {"TermRef": {"value": vendor.terms[0], "name": vendor.terms[1]}}
                    if vendor.terms
                    else {}
                ),
            }
            for vendor in VENDORS.values()
        ],
        "CompanyInfo": [
            {
                "Id": "1",
                "SyncToken": "0",
                "CompanyName": company.NAME,
                "Country": "US",
                "FiscalYearStartMonth": "January",
            }
        ],
        "Preferences": [
            {
                "Id": "1",
                "SyncToken": "0",
                "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}, "MultiCurrencyEnabled": False},
                "AccountingInfoPrefs": {
                    "BookCloseDate": (as_of - datetime.timedelta(days=90)).isoformat()
                },
            }
        ],
    }


def _head(record_id: str) -> dict[str, Any]:
    return {
        "Id": record_id,
        "SyncToken": "0",
        "domain": "QBO",
        "sparse": False,
        "CurrencyRef": company.CURRENCY,
    }


def _account(account_id: str, cents: int) -> dict[str, Any]:
    name, kind, subtype, classification = ACCOUNTS[account_id]
    return {
        **_head(account_id),
        "Name": name,
        "FullyQualifiedName": name,
        "Active": True,
        "SubAccount": False,
        "AccountType": kind,
        "AccountSubType": subtype,
        "Classification": classification,
        "CurrentBalance": dollars(cents),
        "CurrentBalanceWithSubAccounts": dollars(cents),
    }
