import pytest
from google.type import date_pb2, money_pb2
from runway.calculator.v1 import assessment_pb2
from runway.ledger.v1 import decision_pb2, ledger_history_pb2, ledger_pb2

from calculator_svc.engine import cashflow, guardrail, inputs, runway
from calculator_svc.engine.errors import CurrencyRateMissing
from calculator_svc.engine.inputs import Action, LateFee, Policy
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs
from calculator_svc.servicers.past_books import to_past_books
from service_kit.errors import ApiError
from service_kit.wire import from_money, to_money

from . import builders
from .ledgers import AS_OF, bill, busy_ledger, day, invoice, ledger, usd

NO_POLICY = assessment_pb2.Policy()


def refused(given: ledger_pb2.Ledger, policy: assessment_pb2.Policy = NO_POLICY) -> str:
    """Return the path of the field that is refused."""
    with pytest.raises(ApiError) as caught:
        to_inputs(given, policy)
    assert caught.value.code.name == "INVALID_ARGUMENT"
    (violation,) = caught.value.violations
    return violation.field


@pytest.mark.parametrize(
    ("kind", "proto", "prefix"),
    [
        (inputs.Category, ledger_pb2.CashCategory, "CASH_CATEGORY_"),
        (inputs.Tier, ledger_pb2.VendorTier, "VENDOR_TIER_"),
        (inputs.Role, ledger_pb2.PartyRole, "PARTY_ROLE_"),
        (cashflow.Layer, assessment_pb2.ForecastLayer, "FORECAST_LAYER_"),
        (runway.Status, assessment_pb2.RunwayStatus, "RUNWAY_STATUS_"),
        (guardrail.Promise, assessment_pb2.GuardrailKind, "GUARDRAIL_KIND_"),
    ],
)
def test_the_engines_enumerations_have_the_numbers_of_the_protos(kind, proto, prefix) -> None:
    there = {name.removeprefix(prefix): number for name, number in proto.items() if number}
    assert {member.name: member.value for member in kind if member.value} == there


def test_the_engine_knows_every_recurrence_and_every_action() -> None:
    assert [repeat.value for repeat in inputs.Repeat] == list(ledger_pb2.Recurrence.values())
    fields = decision_pb2.Decision.DESCRIPTOR.oneofs_by_name["action"].fields
    assert {action.value for action in Action} == {field.name for field in fields}


def test_what_is_absent_is_zero_or_a_default() -> None:
    books, policy = to_inputs(ledger_pb2.Ledger(as_of=day(0), currency_code="USD"), NO_POLICY)
    assert books == inputs.Books(as_of=AS_OF.toordinal())
    assert policy == Policy(30, 60, 120, 0)


def test_documents_that_are_not_open_do_not_count() -> None:
    given = ledger(bills=[bill(state=2)], invoices=[invoice("i1", state=3), invoice("i2", state=4)])
    books, _ = to_inputs(given, NO_POLICY)
    assert (books.bills, books.invoices) == ([], [])


@pytest.mark.parametrize(
    "money",
    [
        {"currency_code": "usd", "units": 1},
        {"currency_code": "USD", "units": 1, "nanos": 1},
        {"currency_code": "USD", "units": 1, "nanos": -10_000_000},
        {"currency_code": "USD", "units": 10**16},
        {"currency_code": "USD", "nanos": 1_000_000_000},
        {"currency_code": "USD", "units": -1},
        {},
    ],
)
def test_malformed_money_is_refused_with_its_path(money) -> None:
    bad = money_pb2.Money(**money)
    assert refused(ledger(bills=[bill(), bill("b2", balance=bad)])) == "ledger.bills[1].balance"
    assert refused(ledger(invoices=[invoice(balance=bad)])) == "ledger.invoices[0].balance"


def test_malformed_dates_are_refused_with_their_path() -> None:
    bad = date_pb2.Date(year=2026, month=2, day=30)
    assert refused(ledger(as_of=bad)) == "ledger.as_of"
    assert refused(ledger(bills=[bill(due_date=bad)])) == "ledger.bills[0].due_date"
    assert refused(ledger(invoices=[invoice(issue_date=bad)])) == "ledger.invoices[0].issue_date"
    planned = ledger_pb2.PlannedItem(amount=usd(1), planned_date=day(1), end_date=bad)
    assert refused(ledger(planned_items=[planned])) == "ledger.planned_items[0].end_date"
    mark = ledger_pb2.Earmark(amount=usd(1), release_date=bad)
    assert refused(ledger(earmarks=[mark])) == "ledger.earmarks[0].release_date"
    late = decision_pb2.Decision(delay_payment={"bill_id": "b", "until_date": bad})
    path = "ledger.queued_decisions[0].delay_payment.until_date"
    assert refused(ledger(queued_decisions=[late])) == path


def test_amounts_that_must_be_positive_are() -> None:
    part = {"bill_id": "b", "amount": usd(0), "pay_date": day(1)}
    given = ledger(pending_decisions=[decision_pb2.Decision(part_payment=part)])
    assert refused(given) == "ledger.pending_decisions[0].part_payment.amount"
    assert refused(ledger(earmarks=[ledger_pb2.Earmark()])) == "ledger.earmarks[0].amount"
    assert refused(ledger(), assessment_pb2.Policy(cash_floor=usd(-1))) == "policy.cash_floor"


def test_a_decision_without_an_action_is_refused() -> None:
    given = ledger(queued_decisions=[decision_pb2.Decision()])
    assert refused(given) == "ledger.queued_decisions[0].action"


def test_an_id_that_is_there_twice_is_refused_where_it_comes_again() -> None:
    bills = [bill("b1"), bill("b2"), bill("b1")]
    assert refused(ledger(bills=bills)) == "ledger.bills[2].bill_id"
    invoices = [invoice("i1"), invoice("i1", state=3)]
    assert refused(ledger(invoices=invoices)) == "ledger.invoices[1].invoice_id"
    to_inputs(ledger(bills=[bill("1")], invoices=[invoice("1")]), NO_POLICY)
    with pytest.raises(ApiError) as caught:
        to_inputs(ledger(bills=bills), NO_POLICY, "ledger_before")
    assert [one.field for one in caught.value.violations] == ["ledger_before.bills[2].bill_id"]


def test_what_was_settled_has_other_ids_than_what_is_open() -> None:
    paid = invoice("i2", state=2)
    settled = [
        ledger_history_pb2.SettledInvoice(invoice=one, settled_date=day(-3))
        for one in (paid, invoice("i1", state=2), paid)
    ]
    history = ledger_history_pb2.LedgerHistory(
        ledger=ledger(bills=[bill("i2")], invoices=[invoice("i1")]),
        first_date=day(-9),
        settled_invoices=settled[:1],
    )
    assert len(to_past_books(history).settled_invoices) == 1
    for more in settled[1:]:
        history.settled_invoices.append(more)
        with pytest.raises(ApiError) as caught:
            to_past_books(history)
        (wrong,) = caught.value.violations
        assert wrong.field == "history.settled_invoices[1].invoice.invoice_id"
        history.settled_invoices.pop()


def test_columns_of_different_lengths_are_refused() -> None:
    series = ledger_pb2.CashSeries(days_ago=[1, 2], amounts_minor=[5])
    assert refused(ledger(cash_history=[series])) == "ledger.cash_history[0].amounts_minor"
    history = ledger_pb2.SettlementHistory(days_to_pay=[1], days_late=[])
    assert refused(ledger(settlement_history=[history])) == "ledger.settlement_history[0].days_late"


def test_other_currencies_are_named_in_order() -> None:
    given = ledger(
        bills=[bill(balance=to_money(1, "GBP"))],
        invoices=[invoice(balance=to_money(1, "EUR"), total=to_money(1, "EUR"))],
    )
    with pytest.raises(CurrencyRateMissing) as caught:
        to_inputs(given, NO_POLICY)
    assert caught.value.metadata == {"currencies": "EUR,GBP"}
    assert "EUR, GBP" in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"balances": ledger_pb2.Balances(cash=to_money(1, "EUR"))},
        {"balances": ledger_pb2.Balances(undeposited_funds=to_money(1, "EUR"))},
        {"balances": ledger_pb2.Balances(accounts=[{"kind": 1, "balance": to_money(1, "EUR")}])},
        {"planned_items": [{"amount": to_money(-1, "EUR"), "planned_date": day(1)}]},
        {"earmarks": [{"amount": to_money(1, "EUR")}]},
        {"queued_decisions": [{"earmark": {"bill_id": "b", "amount": to_money(1, "EUR")}}]},
    ],
)
def test_an_amount_in_another_currency_is_refused_wherever_it_stands(fields) -> None:
    with pytest.raises(CurrencyRateMissing):
        to_inputs(ledger(**fields), NO_POLICY)


def test_a_restricted_account_in_another_currency_does_not_matter() -> None:
    accounts = [{"kind": 1, "restricted": True, "balance": to_money(1, "EUR")}]
    books, _ = to_inputs(ledger(balances=ledger_pb2.Balances(accounts=accounts)), NO_POLICY)
    assert books.cash == 0


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@pytest.mark.parametrize("minor", [0, 1, -1, 12_345, -12_345, 10**15, -(10**15)])
def test_money_is_written_as_it_is_read(currency, minor) -> None:
    writer = Writer(builders.books(currency=currency, minor_units=_minor_units(currency)))
    assert from_money(money_pb2.Money(**writer.money(minor))) == minor
    assert money_pb2.Money(**writer.money(minor)) == to_money(minor, currency)


def _minor_units(currency: str) -> int:
    return {"USD": 100, "JPY": 1, "KWD": 1000}[currency]


def test_the_busy_ledger_is_as_busy_as_it_says() -> None:
    given = busy_ledger()
    assert (len(given.bills), len(given.invoices), len(given.cash_history)) == (50, 50, 30)
    assert 950 <= sum(len(series.days_ago) for series in given.cash_history) <= 1050


def test_what_is_documented_of_a_late_payment_is_read() -> None:
    fee = ledger_pb2.LateFee(once=usd(2_500), monthly_basis_points=100)
    terms = ledger_pb2.LatePaymentTerms(grace_days=5, late_breaks_law=True, late_fee=fee)
    given = ledger(bills=[bill(late_payment_terms=terms), bill("b2")])
    books, _ = to_inputs(given, NO_POLICY)
    one, other = books.bills
    assert (one.grace_days, one.late_fee, one.by_law) == (5, LateFee(2_500, 100), True)
    assert (other.grace_days, other.late_fee, other.by_law) == (0, None, False)


def test_a_negative_late_fee_is_refused_with_its_path() -> None:
    terms = ledger_pb2.LatePaymentTerms(late_fee=ledger_pb2.LateFee(once=usd(-1)))
    path = "ledger.bills[0].late_payment_terms.late_fee.once"
    assert refused(ledger(bills=[bill(late_payment_terms=terms)])) == path


def test_a_dispute_is_read() -> None:
    disputed = invoice(dispute=ledger_pb2.Dispute(reason="came broken"))
    books, _ = to_inputs(ledger(invoices=[disputed, invoice("i2")]), NO_POLICY)
    assert [one.dispute for one in books.invoices] == ["came broken", ""]
