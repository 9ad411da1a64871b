from calculator_svc.engine.pay_plan.chase import ChasePolicy, OpenInvoice, rank_chases

from ..builders import TODAY, invoice

POLICY = ChasePolicy()


def open_invoice(
    key: str = "a",
    due: int = -20,
    balance: int = 1_000_000,
    *,
    chance: int = 5_000,
    expected: int = 44,
    dispute: str = "",
) -> OpenInvoice:
    return OpenInvoice(invoice(key, due, balance, dispute=dispute), chance, TODAY + expected)


def chase(*given, policy: ChasePolicy = POLICY, **fields):
    (found,) = rank_chases([open_invoice(*given, **fields)], TODAY, policy)
    return found


def order(invoices: list[OpenInvoice]) -> list[str]:
    return [one.invoice.document.id for one in rank_chases(invoices, TODAY, POLICY)]


def test_a_chase_is_worth_its_lift_times_balance_times_the_value_of_time() -> None:
    found = chase()
    assert (found.chance_chased, found.sooner) == (6_000, 100_000)
    assert (found.days, found.hundredths) == (30, 300)
    assert found.value == 100_000 * 30 * 8 // (100 * 365)


def test_a_chases_worth_is_told_in_words() -> None:
    assert chase().reason == (
        "20 days overdue; a chase lifts the chance that it is paid by 2026-05-19 from 50% to 60%: "
        "1,000.00 USD to be expected 30 days sooner, worth 6.57 USD"
    )


def test_the_lift_is_the_policys() -> None:
    assert chase(policy=ChasePolicy(lift=0)).value == 0
    assert chase(policy=ChasePolicy(lift=4_000)).sooner == 200_000


def test_what_is_all_but_sure_is_hardly_worth_a_chase() -> None:
    assert chase(chance=9_900).value < chase(chance=5_000).value // 40
    assert chase(chance=10_000).value == 0


def test_what_comes_within_the_window_anyway_is_not_worth_a_chase() -> None:
    found = chase(expected=14)
    assert (found.value, found.sooner, found.days) == (0, 0, 0)
    assert found.reason == "expected on 2026-05-19 without a chase"


def test_an_invoice_that_is_not_due_is_not_chased() -> None:
    found = chase(due=0)
    assert (found.value, found.reason) == (0, "not due until 2026-05-05")


def test_a_disputed_invoice_goes_to_a_person() -> None:
    found = chase(dispute="two items came broken")
    assert (found.for_a_person, found.value) == (True, 0)
    assert found.reason.startswith("disputed (two items came broken): a person has to settle it")


def test_the_most_valuable_chase_comes_first() -> None:
    invoices = [
        open_invoice("small", balance=10_000),
        open_invoice("disputed", balance=10**9, dispute="not theirs"),
        open_invoice("not due", due=5),
        open_invoice("large", balance=2_000_000),
        open_invoice("slow", expected=400),
    ]
    assert order(invoices) == ["slow", "large", "small", "not due", "disputed"]


def test_chases_of_equal_value_go_by_due_date_then_id() -> None:
    invoices = [open_invoice("b"), open_invoice("a"), open_invoice("c", due=-21)]
    assert order(invoices) == ["c", "a", "b"]


def test_an_invoice_without_a_due_date_is_due_30_days_after_its_issue() -> None:
    document = invoice("a", None, issue=TODAY - 31)
    (found,) = rank_chases([OpenInvoice(document, 5_000, TODAY + 44)], TODAY, POLICY)
    assert found.reason.startswith("1 day overdue")
