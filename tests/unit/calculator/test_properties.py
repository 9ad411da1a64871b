"""What holds for all books, tried on books made up at random."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from calculator_svc.engine.calculations import (
    calculate_decision_console,
    calculate_forecast,
    calculate_impacts,
    calculate_priorities,
    calculate_runway,
    compare_scenarios,
)
from calculator_svc.engine.cashflow import Layer
from calculator_svc.engine.decisions import soonest_payment
from calculator_svc.engine.errors import NotInLedger
from calculator_svc.engine.history import read
from calculator_svc.engine.inputs import (
    HORIZON_DAYS,
    Action,
    Bill,
    Books,
    Category,
    Decision,
    Earmark,
    Invoice,
    Planned,
    Repeat,
    Role,
    Series,
    Settlements,
    Terms,
    Tier,
)
from calculator_svc.engine.scenarios import Delay, Scenario, course, course_under

from .builders import POLICY, TODAY, planned

amounts = st.integers(1, 10**9)
ahead = st.integers(-60, 120)
days = ahead.map(lambda n: TODAY + n)
keys = st.sampled_from("abcdefgh")
names = st.sampled_from(["Acme", "Bolt", ""])
terms = st.none() | st.builds(
    Terms, st.integers(0, 60), st.integers(0, 20), st.sampled_from([0, 100, 200])
)
bills = st.builds(
    Bill,
    keys,
    keys,
    names,
    days,
    st.none() | days,
    st.integers(0, 10**9),
    terms,
    st.sampled_from(Category),
    st.sampled_from(Tier),
)
invoices = st.builds(
    Invoice, keys, keys, names, days, st.none() | days, st.integers(0, 10**9), terms
)
decisions = st.builds(Decision, keys, st.sampled_from(Action), keys, days, amounts)
plans = st.builds(
    Planned,
    keys,
    names,
    st.integers(-(10**9), 10**9),
    days,
    st.sampled_from(Repeat),
    st.none() | days,
    st.sampled_from(Category),
)
movements = st.lists(
    st.tuples(st.integers(0, 420), st.integers(-(10**7), 10**7)), min_size=1, max_size=40
)
regular = st.builds(
    lambda first, step, count, amount: [(first + step * k, amount) for k in range(count)],
    st.integers(0, 20),
    st.sampled_from([7, 14, 15, 30, 91]),
    st.integers(1, 8),
    st.integers(-(10**7), 10**7),
)
histories = st.builds(
    lambda category, name, made: Series(
        category, name, [ago for ago, _ in made], [amount for _, amount in made]
    ),
    st.sampled_from(Category),
    names,
    movements | regular,
)
settlements = st.builds(
    lambda role, party, late: Settlements(role, party, [n + 30 for n in late], late),
    st.sampled_from([Role.CUSTOMER, Role.VENDOR]),
    keys,
    st.lists(st.integers(-40, 90), max_size=8),
)
all_books = st.builds(
    Books,
    as_of=st.integers(0, 6).map(lambda n: TODAY + n),
    cash=st.integers(-(10**9), 10**9),
    bills=st.lists(bills, max_size=5, unique_by=lambda bill: bill.id),
    invoices=st.lists(invoices, max_size=5, unique_by=lambda invoice: invoice.id),
    planned=st.lists(plans, max_size=3),
    earmarks=st.lists(st.builds(Earmark, keys, names, amounts, st.none() | days), max_size=2),
    queued=st.lists(decisions, max_size=4),
    pending=st.lists(decisions, max_size=3),
    history=st.lists(histories, max_size=4),
    settlements=st.lists(settlements, max_size=4),
)


@given(all_books)
def test_the_items_of_a_day_sum_to_the_day(books: Books) -> None:
    found = calculate_runway(books, POLICY)
    cash = books.cash
    assert [day.day - books.as_of for day in found.days] == list(range(1, HORIZON_DAYS + 1))
    for day in found.days:
        of_day = [item.amount for item in found.items if item.day == day.day]
        assert day.receipts == sum(amount for amount in of_day if amount > 0)
        assert day.disbursements == -sum(amount for amount in of_day if amount < 0)
        cash += day.receipts - day.disbursements
        assert day.closing == cash
    assert all(books.as_of < item.day <= books.as_of + HORIZON_DAYS for item in found.items)


@given(all_books)
def test_weeks_sum_up_their_days(books: Books) -> None:
    found = calculate_runway(books, POLICY)
    assert len(found.weeks) == 13
    for number, week in enumerate(found.weeks):
        own = found.days[7 * number : 7 * number + 7]
        assert week.start == own[0].day
        assert week.receipts == sum(day.receipts for day in own)
        assert week.disbursements == sum(day.disbursements for day in own)
        assert week.closing == own[-1].closing
        assert week.lowest == min(day.closing for day in own)


@given(all_books)
def test_the_console_says_what_the_single_calculations_say(books: Books) -> None:
    console = calculate_decision_console(books, POLICY)
    assert console.runway == calculate_runway(books, POLICY).runway
    alone = calculate_priorities(books)
    assert [one.priority for one in console.bills] == [one.priority for one in alone.bills]
    assert [one.priority for one in console.invoices] == [one.priority for one in alone.invoices]
    impacts = calculate_impacts(books)
    assert console.decisions == impacts.decisions
    assert (console.queue, console.sum_of_decisions) == (impacts.queue, impacts.sum_of_decisions)


@given(all_books, st.integers(1, HORIZON_DAYS - 2), st.integers(1, HORIZON_DAYS - 2))
def test_paying_now_or_later_changes_timing_alone(books: Books, due: int, later: int) -> None:
    document = Bill("x", "x", "x", books.as_of - 9, books.as_of + due, 5_000)
    books = replace(books, bills=[document], settlements=[])
    for action, day in ((Action.PAY_NOW, None), (Action.DELAY, books.as_of + later)):
        decided = replace(books, queued=[Decision("d", action, "x", day)], pending=[])
        assert calculate_impacts(decided).queue.closing_change == 0


@given(all_books)
def test_setting_aside_for_a_bill_changes_timing_alone(books: Books) -> None:
    document = Bill("x", "x", "x", books.as_of - 9, books.as_of + 40, 5_000)
    queued = [Decision("d", Action.EARMARK, "x", None, 4_000)]
    books = replace(books, bills=[document], settlements=[], queued=queued, pending=[])
    assert calculate_impacts(books).queue.closing_change == 0


@given(all_books, st.integers(1, HORIZON_DAYS), amounts)
def test_an_inflow_more_never_lowers_the_low_water_mark(books: Books, day: int, more: int) -> None:
    before = calculate_runway(books, POLICY).runway
    richer = replace(
        books, planned=[*books.planned, planned(day + books.as_of - TODAY, more, id="more")]
    )
    after = calculate_runway(richer, POLICY).runway
    assert after.lowest >= before.lowest
    assert after.zero is None or (before.zero is not None and after.zero >= before.zero)


@given(all_books)
def test_ranks_are_one_to_the_number_of_documents_and_scores_fall(books: Books) -> None:
    found = calculate_priorities(books)
    for documents, given_ones in ((found.bills, books.bills), (found.invoices, books.invoices)):
        priorities = [one.priority for one in documents if one.priority is not None]
        assert [one.rank for one in priorities] == list(range(1, len(given_ones) + 1))
        scores = [one.hundredths for one in priorities]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 10_000 for score in scores)
        assert all(one.hundredths == sum(p for _, p in one.factors) for one in priorities)


@given(all_books)
def test_a_hard_constraint_is_never_outranked(books: Books) -> None:
    critical = [one.outlook.document.is_critical for one in calculate_priorities(books).bills]
    assert critical == sorted(critical, reverse=True)


@given(all_books)
def test_every_open_document_is_expected_on_a_business_day_unless_decided(books: Books) -> None:
    undecided = replace(books, queued=[], pending=[])
    found = calculate_priorities(undecided)
    for one in (*found.bills, *found.invoices):
        assert one.outlook.expected is not None
        assert one.outlook.expected > books.as_of
        assert (one.outlook.expected - 1) % 7 < 5


@settings(max_examples=25)
@given(all_books)
def test_without_a_cash_zero_date_cash_never_falls_below_zero(books: Books) -> None:
    found = calculate_runway(books, POLICY)
    below = [day.day for day in found.days if day.closing < 0]
    if found.runway.zero is None:
        assert not below
    elif found.runway.zero > books.as_of:
        assert found.runway.zero == below[0]


@given(all_books)
def test_the_items_of_a_whole_forecast_sum_to_its_days_and_its_weeks(books: Books) -> None:
    found = calculate_forecast(books, POLICY, 1, 1, whole=True)
    assert [day.day - books.as_of for day in found.days] == list(range(1, HORIZON_DAYS + 1))

    def summed(first: int, count: int) -> tuple[int, int]:
        of_them = [one.item.amount for one in found.items if first <= one.item.day < first + count]
        receipts = sum(amount for amount in of_them if amount > 0)
        return receipts, receipts - sum(of_them)

    for day in found.days:
        assert summed(day.day, 1) == (day.receipts, day.disbursements)
    for week in found.weeks:
        assert summed(week.start, 7) == (week.receipts, week.disbursements)
    assert [day.closing for day in found.days[6::7]] == [week.closing for week in found.weeks]
    for one in found.items:
        assert one.assumption.endswith(".")
        about_document = one.item.layer in (Layer.INVOICE, Layer.BILL)
        assert not about_document or one.item.document_id == one.item.source_id != ""


@settings(max_examples=50)
@given(all_books, st.integers(2, 80))
def test_paying_now_or_on_the_due_date_moves_an_amount_between_two_days_and_nothing_else(
    books: Books, due: int
) -> None:
    document = Bill("x", "x", "x", books.as_of - 9, books.as_of + due, 5_000)
    books = replace(books, bills=[*books.bills, document])
    now = Scenario("now", decisions=[Decision("d", Action.PAY_NOW, "x")])
    when_due = Scenario("due", decisions=[Decision("d", Action.SCHEDULE, "x", books.as_of + due)])
    both = compare_scenarios(books, POLICY, 3, 20, [now, when_due])[1]
    paid_now, paid_due = (one.forecast for one in both)
    sent = soonest_payment(books.as_of)
    between = [sent <= books.as_of + 1 + day < books.as_of + due for day in range(HORIZON_DAYS)]
    # Not only as expected: every course that is drawn is the other one, moved.
    for level in range(3):
        columns = zip(
            paid_due.uncertainty.cash[level], paid_now.uncertainty.cash[level], strict=True
        )
        assert [later - sooner for later, sooner in columns] == [5_000 * one for one in between]
    assert both[0].effect.impact.closing_change == both[1].effect.impact.closing_change
    for name in ("receipts", "disbursements"):
        sums = [sum(getattr(week, name) for week in one.weeks) for one in (paid_now, paid_due)]
        assert sums[0] == sums[1]
    assert paid_now.weeks[-1].closing == paid_due.weeks[-1].closing


@settings(max_examples=50)
@given(all_books, names, st.integers(1, 100))
def test_a_delay_moves_items_and_their_days_alike(books: Books, late: str, by: int) -> None:
    history = read(books.history)
    baseline = course(books, history)
    try:
        later = course_under(Scenario("?", assumptions=[Delay(late, by)]), baseline, history)
    except NotInLedger:
        return
    receipts, disbursements = [0] * (HORIZON_DAYS + 1), [0] * (HORIZON_DAYS + 1)
    for item in later.forecast.all_items():
        column = receipts if item.amount > 0 else disbursements
        column[item.day - books.as_of] += abs(item.amount)
    assert later.forecast.shown_receipts() == receipts[1:]
    assert later.forecast.shown_disbursements() == disbursements[1:]
    # Nothing is made more of: what moves beyond the horizon is all that is missing.
    for side, before in (
        (receipts, baseline.forecast.receipts),
        (disbursements, baseline.forecast.disbursements),
    ):
        assert sum(side) <= sum(before)
