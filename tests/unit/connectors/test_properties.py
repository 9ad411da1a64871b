"""What holds for all records, also for those that QuickBooks would never send."""

import copy
import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import protovalidate
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator_svc.connectors.quickbooks import SourceError, map_entities, read_folder
from orchestrator_svc.connectors.quickbooks.fields import exact_number
from orchestrator_svc.domain.ledger import (
    CashTransaction,
    Payment,
    PaymentKind,
    Rejection,
    SourceReading,
)
from orchestrator_svc.servicers.records import sourced_record, to_ledger_record, to_rejection
from support import quickbooks as qb
from support.quickbooks import CARD, CHECKING, SALES, SAVINGS, SUPPLIES, UNDEPOSITED, moved

Records = dict[str, list[Any]]


def whole_company() -> Records:
    """Return a valid record, or some, of everything that is read."""
    ten = {"value": "3", "name": "Net 10"}
    return {
        "CompanyInfo": [{"Id": "1", "CompanyName": "Craig's"}],
        "Preferences": [{"Id": "1", "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}}}],
        "Account": qb.chart(),
        "Customer": [qb.customer(SalesTermRef=ten)],
        "Vendor": [qb.vendor(TermRef=ten)],
        "Invoice": [qb.invoice(SalesTermRef=ten)],
        "Bill": [qb.bill()],
        "Payment": [qb.payment(), qb.payment("13", DepositToAccountRef=...)],
        "BillPayment": [qb.bill_payment()],
        "CreditMemo": [qb.credit_memo()],
        "VendorCredit": [qb.vendor_credit()],
        "Purchase": [qb.purchase(Line=[qb.expense_line(60), qb.expense_line(40, CARD)])],
        "SalesReceipt": [qb.sales_receipt()],
        "Deposit": [
            qb.deposit(
                Line=[qb.link("Payment", "13", 60), qb.deposit_line(60)],
                CashBack={"Amount": 20, "AccountRef": {"value": SAVINGS}},
            )
        ],
        "Transfer": [qb.transfer()],
        "JournalEntry": [
            qb.journal_entry(
                qb.journal_line("Debit", 100, CHECKING), qb.journal_line("Credit", 100, SALES)
            )
        ],
    }


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place within a value: what holds it, and under which key."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


# What JSON can hold, and what a person or another program might have put there.
odd_text = st.sampled_from(
    ["", " ", "\x00", "\ud800", "Deleted", "Voided", "2026-02-30", "-1", "1e9", "USD", "Net 30"]
)
odd_numbers = st.sampled_from(
    ["NaN", "Infinity", "1e400", "1E-999999", "1e999999999999999999999", "0.001", "-0", "9" * 60]
).map(exact_number)
numbers = odd_numbers | st.decimals(allow_nan=False) | st.integers().map(Decimal)
scalars = st.none() | st.booleans() | numbers | odd_text | st.text(max_size=8)
names = st.sampled_from(["value", "name", "Id", "Amount", "Line", "LinkedTxn"]) | st.text(
    max_size=4
)
garbage = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def broken_companies(draw: Callable[..., Any]) -> Records:
    """Make companies some of whose fields hold garbage, are gone, or hold another's value."""
    company = qb.as_json(whole_company())
    for _ in range(draw(st.integers(1, 4))):
        found = [place for place in places(company) if isinstance(place[0], dict | list)]
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        what = draw(st.sampled_from(["garbage", "gone", "moved", "twice"]))
        if what == "garbage":
            holder[key] = draw(garbage)
        elif what == "gone":
            del holder[key]
        elif what == "moved":
            other, name = found[draw(st.integers(0, len(found) - 1))]
            holder[key] = copy.deepcopy(other[name])
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
    return company


def check_rejection(found: Rejection) -> None:
    assert found.reason
    told = "".join((found.source_entity, found.source_id, found.field, found.reason))
    # What the wire and the database take.
    told.encode()
    assert "\x00" not in told


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(broken_companies())
def test_nothing_in_a_record_makes_the_mapping_fail(company: Records) -> None:
    reading = map_entities(company)
    for found in reading.unreadable:
        check_rejection(found)
    # And all of it is fit for the wire: one message that is not would keep everything out.
    for sourced in reading.records:
        message = to_ledger_record(sourced)
        protovalidate.validate(message)
        again = sourced_record(message)
        assert not isinstance(again, Rejection)
        assert known_to_the_wire(again.record) == known_to_the_wire(sourced.record)
    for found in reading.unreadable:
        protovalidate.validate(to_rejection(found))


def known_to_the_wire(record: Any) -> Any:
    """Return a record without the currency of what moves nothing."""
    if isinstance(record, CashTransaction) and not record.postings:
        return dataclasses.replace(record, currency="")
    return record


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(sorted(whole_company())) | st.text(max_size=9), garbage))
def test_nothing_in_place_of_records_makes_the_mapping_fail(entities: dict[str, Any]) -> None:
    for found in map_entities(entities).unreadable:
        check_rejection(found)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=garbage | st.fixed_dictionaries({"QueryResponse": garbage, "time": garbage}))
def test_a_file_of_any_json_is_read_or_refused_in_a_sentence(tmp_path: Path, content: Any) -> None:
    text = json.dumps(content, default=str)
    (tmp_path / "Any.json").write_text(text, encoding="utf-8")
    try:
        reading = read_folder(tmp_path)
    except SourceError as error:
        assert str(error).startswith("Any.json ")
        return
    for found in reading.unreadable:
        check_rejection(found)


@settings(max_examples=100)
@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode(errors="ignore")))
def test_a_file_of_any_bytes_is_read_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "Any.json").write_bytes(content)
    with pytest.raises(SourceError, match=r"^Any\.json "):
        read_folder(folder)


@settings(max_examples=60)
@given(st.data())
def test_the_order_of_entities_and_records_does_not_matter(data: st.DataObject) -> None:
    company = whole_company()
    for entity in ("Invoice", "Bill", "Payment", "Deposit", "Purchase"):
        company[entity] += [
            # Newer and older versions, and some that cannot be read.
            {**company[entity][0], "SyncToken": "2", "DocNumber": "new", "PrivateNote": "new"},
            {**company[entity][0], "SyncToken": "1", "TotalAmt": 300, "Line": []},
            {**company[entity][0], "Id": "99", "TxnDate": "?"},
        ]
    shuffled = {
        entity: data.draw(st.permutations(company[entity]))
        for entity in data.draw(st.permutations(list(company)))
    }
    one, other = map_entities(company), map_entities(shuffled)
    assert_same(one, other)


def assert_same(one: SourceReading, other: SourceReading) -> None:
    assert Counter(map(repr, one.records)) == Counter(map(repr, other.records))
    assert Counter(map(repr, one.unreadable)) == Counter(map(repr, other.unreadable))
    assert (one.company_name, one.currency) == (other.company_name, other.currency)
    assert one.skipped == other.skipped


def test_the_same_records_give_the_same_reading() -> None:
    assert map_entities(whole_company()) == map_entities(whole_company())
    assert map_entities(whole_company()).unreadable == []


# What moves cash moves as much as it says.

amounts = st.integers(0, 10**8)
signed = st.integers(-(10**8), 10**8)
cash_accounts = st.sampled_from([CHECKING, SAVINGS, UNDEPOSITED, CARD])
accounts = cash_accounts | st.sampled_from([SALES, SUPPLIES, "unread"])


def usd(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


@given(amounts, cash_accounts, st.lists(st.tuples(st.sampled_from("123"), amounts), max_size=4))
def test_a_customers_payment_moves_its_total(
    total: int, account: str, parts: list[tuple[str, int]]
) -> None:
    lines = [qb.link("Invoice", number, usd(cents)) for number, cents in parts]
    record = qb.payment(
        TotalAmt=usd(total),
        UnappliedAmt=...,
        DepositToAccountRef=qb.reference(account),
        Line=lines,
    )
    found = qb.only(qb.read(Payment=[record]), Payment)
    assert moved(found.postings) == ({account: total} if total else {})
    assert sum(p.amount_minor for p in found.applications) == sum(cents for _, cents in parts)
    assert 0 <= found.unapplied_minor <= total


@given(amounts, amounts)
def test_a_bill_payment_moves_its_total(total: int, settled: int) -> None:
    record = qb.bill_payment(TotalAmt=usd(total), Line=[qb.link("Bill", "2", usd(settled))])
    found = qb.only(qb.read(BillPayment=[record]), Payment)
    assert found.kind is PaymentKind.BILL_PAYMENT
    assert moved(found.postings) == ({CHECKING: -total} if total else {})
    assert found.unapplied_minor == max(total - settled, 0)


@given(signed, cash_accounts, cash_accounts)
def test_a_transfer_sums_to_zero(amount: int, giving: str, receiving: str) -> None:
    record = qb.transfer(
        FromAccountRef=qb.reference(giving),
        ToAccountRef=qb.reference(receiving),
        Amount=usd(amount),
    )
    found = qb.only(qb.read(Transfer=[record]), CashTransaction)
    assert sum(posting.amount_minor for posting in found.postings) == 0
    assert moved(found.postings).get(receiving, 0) == (amount if giving != receiving else 0)


@given(signed, st.booleans(), cash_accounts, st.lists(st.tuples(accounts, signed), max_size=5))
def test_a_purchase_takes_its_total_from_its_account(
    total: int, credit: bool, account: str, parts: list[tuple[str, int]]
) -> None:
    lines = [qb.expense_line(usd(cents), other) for other, cents in parts]
    ref = qb.reference(account)
    record = qb.purchase(TotalAmt=usd(total), Credit=credit, AccountRef=ref, Line=lines)
    found = qb.only(qb.read(Purchase=[record]), CashTransaction)
    sign = 1 if credit else -1
    assert moved(found.postings).get(account, 0) == sign * total
    for other in {CHECKING, SAVINGS, UNDEPOSITED, CARD} - {account}:
        against = sum(cents for name, cents in parts if name == other)
        assert moved(found.postings).get(other, 0) == -sign * against


@given(
    signed,
    st.lists(st.tuples(accounts.filter(lambda a: a != CHECKING), signed), max_size=5),
    st.lists(signed, max_size=3),
    st.none() | st.tuples(st.sampled_from([SAVINGS, "unread"]), amounts),
)
def test_a_deposit_brings_its_total_to_the_bank(
    total: int, parts: list[tuple[str, int]], receipts: list[int], back: tuple[str, int] | None
) -> None:
    lines = [qb.deposit_line(usd(cents), other) for other, cents in parts]
    lines += [qb.link("Payment", str(n), usd(cents)) for n, cents in enumerate(receipts)]
    kept = {"AccountRef": qb.reference(back[0]), "Amount": usd(back[1])} if back else ...
    record = qb.deposit(TotalAmt=usd(total), Line=lines, CashBack=kept)
    found = qb.only(qb.read(Deposit=[record]), CashTransaction)
    assert moved(found.postings).get(CHECKING, 0) == total
    left = sum(receipts) + sum(cents for name, cents in parts if name == UNDEPOSITED)
    assert moved(found.postings).get(UNDEPOSITED, 0) == -left


@given(st.lists(st.tuples(st.sampled_from(["Debit", "Credit"]), accounts, signed), max_size=6))
def test_a_journal_entry_moves_what_its_lines_say(parts: list[tuple[str, str, int]]) -> None:
    lines = [qb.journal_line(posting, usd(cents), account) for posting, account, cents in parts]
    found = qb.only(qb.read(JournalEntry=[qb.journal_entry(*lines)]), CashTransaction)
    for account in (CHECKING, SAVINGS, UNDEPOSITED, CARD):
        expected = sum(
            cents if posting == "Debit" else -cents
            for posting, name, cents in parts
            if name == account
        )
        assert moved(found.postings).get(account, 0) == expected
    assert {posting.account_id for posting in found.postings}.isdisjoint({SALES, SUPPLIES})
