import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from calculator_svc.engine.calculations import calculate_priorities
from calculator_svc.engine.inputs import Action, Category, Terms, Tier
from calculator_svc.engine.pay_plan.chase import ChasePolicy
from calculator_svc.engine.pay_plan.from_books import chase_invoices
from calculator_svc.engine.priority import Priority, discount_rate

from .builders import TODAY, bill, books, certain, decision, invoice, settled


def of_bill(*given, **fields) -> Priority:
    (found,) = calculate_priorities(books(bills=[bill(*given, **fields)])).bills
    assert found.priority is not None
    return found.priority


def order(found) -> list[str]:
    return [one.outlook.document.id for one in found]


def test_two_per_cent_in_ten_days_net_thirty_is_37_2_per_cent_a_year() -> None:
    assert round(discount_rate(Terms(30, 10, 200)) * 100, 1) == 37.2


@pytest.mark.parametrize("terms", [Terms(30), Terms(10, 10, 200), Terms(30, 10, 10_000)])
def test_where_nothing_is_gained_a_discount_earns_nothing(terms) -> None:
    assert discount_rate(terms) == 0


def test_a_discount_still_to_be_had_is_named_with_its_date_and_rate() -> None:
    found = of_bill(due=25, issue=TODAY - 5, terms=Terms(30, 10, 200))
    assert ("2% discount until 2026-05-10 (37.2% a year)", 1200) in found.factors


def test_a_discount_gone_by_gives_nothing() -> None:
    found = of_bill(due=19, issue=TODAY - 11, terms=Terms(30, 10, 200))
    assert not any("discount" in words for words, _ in found.factors)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"category": Category.PAYROLL, "tier": Tier.DEFERRABLE}, "payroll (T1), never late"),
        ({"category": Category.TAX}, "tax (T1), never late"),
        ({"category": Category.RENT}, "rent (T1), never late"),
        ({"tier": Tier.CRITICAL}, "critical vendor (T1), never late"),
        ({"by_law": True, "tier": Tier.DEFERRABLE}, "asked for by law, never late"),
        ({"by_law": True, "category": Category.TAX}, "tax (T1), never late"),
    ],
)
def test_payroll_tax_rent_and_t1_are_hard_constraints(fields, words) -> None:
    assert of_bill(**fields).factors[0] == (words, 5100)


def test_rent_that_the_business_calls_deferrable_is_no_hard_constraint() -> None:
    assert of_bill(category=Category.RENT, tier=Tier.DEFERRABLE).hundredths < 5100


def test_a_hard_constraint_outranks_everything_else() -> None:
    pressing = bill(
        "pressing", -90, 10**9, issue=TODAY - 5, terms=Terms(30, 10, 500), tier=Tier.KEY
    )
    calm = bill("calm", 85, 1, category=Category.TAX)
    found = calculate_priorities(books(bills=[pressing, calm])).bills
    assert order(found) == ["calm", "pressing"]
    assert found[1].priority is not None
    assert found[1].priority.hundredths == 4900


def test_the_longer_overdue_comes_first() -> None:
    bills = [bill("a", -2), bill("b", -20), bill("c", 20)]
    assert order(calculate_priorities(books(bills=bills)).bills) == ["b", "a", "c"]


def test_days_overdue_are_told_in_words() -> None:
    assert of_bill(due=-12).factors[0] == ("12 days overdue", 1900)
    assert of_bill(due=-1).factors[0][0] == "1 day overdue"


def test_within_its_grace_an_overdue_bill_still_has_time() -> None:
    assert of_bill(due=-3, grace_days=10).factors[0][0] == "3 days until it must be sent"
    late = of_bill(due=-12, grace_days=10).factors[0]
    assert late == ("12 days overdue, 10 days of it in grace", 1566)


def test_days_until_a_bill_must_be_sent_are_told_in_words() -> None:
    assert of_bill(due=2).factors[0] == ("must be sent today", 1500)
    assert of_bill(due=9).factors[0][0] == "7 days until it must be sent"


def test_a_bill_due_far_off_is_pressing_by_its_size_alone() -> None:
    assert of_bill(due=80, balance=25_000).factors == [("25% of the cash there is", 100)]


def test_ties_go_by_due_date_then_id() -> None:
    bills = [bill("c", None), bill("b", 80), bill("a", 80), bill("d", 79)]
    assert order(calculate_priorities(books(bills=bills, cash=10**9)).bills) == list("dabc")


def test_a_score_is_the_sum_of_its_factors_the_largest_first() -> None:
    found = of_bill(due=-3, tier=Tier.KEY, issue=TODAY - 2, terms=Terms(30, 10, 100))
    points = [points for _, points in found.factors]
    assert found.hundredths == sum(points)
    assert points == sorted(points, reverse=True)


def test_an_invoices_factors_are_told_in_words_the_gain_first() -> None:
    invoices = [invoice("a", -10, 31_000), invoice("b", 20, 69_000)]
    found = calculate_priorities(books(invoices=invoices, profile=certain(30))).invoices
    assert found[0].priority == Priority(
        1,
        10_000,
        [
            ("62.00 USD to be expected 6 days sooner, worth 0.08 USD", 10_000),
            ("10 days overdue", 0),
            ("a chase lifts the chance that it is paid by 2026-05-19 from 0% to 20%", 0),
        ],
    )


def test_an_invoices_score_is_what_its_chase_is_worth_beside_the_one_worth_the_most() -> None:
    invoices = [invoice("small", -1, 1_000_000), invoice("large", -1, 4_000_000)]
    found = calculate_priorities(books(invoices=invoices, profile=certain(30))).invoices
    assert order(found) == ["large", "small"]
    assert [one.priority.hundredths for one in found if one.priority] == [
        10_000,
        10_000 * 657 // 2_630,
    ]


@drawn_from(
    st.lists(
        st.tuples(
            st.integers(-120, 40),
            st.integers(0, 10**8),
            st.sampled_from([None, Action.COLLECT, Action.WRITE_OFF]),
            st.sampled_from(["", "came broken"]),
        ),
        max_size=8,
    )
)
def test_invoices_without_a_decision_are_in_the_order_of_the_chase_list_and_come_first(
    drawn,
) -> None:
    invoices = [
        invoice(f"i{number}", due, balance, dispute=dispute)
        for number, (due, balance, _, dispute) in enumerate(drawn)
    ]
    queued = [
        decision(action, f"i{number}", in_days=9)
        for number, (_, _, action, _) in enumerate(drawn)
        if action
    ]
    given = books(invoices=invoices, queued=queued, settlements=[settled([40, 46, 60])])
    found = calculate_priorities(given).invoices
    chases = [chase.invoice.document.id for chase in chase_invoices(given, ChasePolicy())]
    assert order(found)[: len(chases)] == chases
    assert [one.priority.rank for one in found if one.priority] == [*range(1, len(found) + 1)]
    scores = [one.priority.hundredths for one in found if one.priority]
    assert scores == sorted(scores, reverse=True)
    assert not any(scores[len(chases) :])


def test_nobody_is_chased_before_the_due_date_however_large_the_invoice() -> None:
    invoices = [invoice("due today", 0, 90_000), invoice("overdue", -1, 1_000)]
    found = calculate_priorities(books(invoices=invoices, profile=certain(30))).invoices
    assert order(found) == ["overdue", "due today"]
    assert found[1].priority == Priority(2, 0, [("not due until 2026-05-05", 0)])


def test_an_invoice_that_is_given_up_is_not_worth_chasing() -> None:
    queued = [decision(Action.WRITE_OFF, "a")]
    invoices = [invoice("a", -60, 90_000), invoice("b", 20, 10)]
    found = calculate_priorities(books(invoices=invoices, queued=queued)).invoices
    assert order(found) == ["b", "a"]
    assert found[1].priority == Priority(2, 0, [("given up by a decision", 0)])
    assert found[1].outlook.expected is None


def test_documents_of_nothing_have_a_priority_as_well() -> None:
    given = books(cash=0, bills=[bill(balance=0)], invoices=[invoice(balance=0)])
    found = calculate_priorities(given)
    assert [one.priority.rank for one in (*found.bills, *found.invoices) if one.priority] == [1, 1]


def test_a_disputed_invoice_is_for_a_person_and_not_for_chasing() -> None:
    given = books(
        invoices=[invoice("disputed", -90, 10**6, dispute="came broken"), invoice("plain", -5)]
    )
    found = calculate_priorities(given).invoices
    assert order(found) == ["plain", "disputed"]
    assert found[1].priority is not None
    assert found[1].priority.factors == [
        (
            "disputed (came broken): a person has to settle it before anyone asks for the money",
            0,
        )
    ]
