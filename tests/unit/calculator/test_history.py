from calculator_svc.engine.history import burn, read
from calculator_svc.engine.inputs import Category

from .builders import series


def test_burn_is_outflow_and_net_of_inflow_over_the_last_91_days() -> None:
    history = read(
        [series([0, 90, 91], -9_100), series([5, 300], 1_820, Category.CUSTOMER, "Bolt")]
    )
    found = burn(history)
    assert (found.gross, found.net, found.days) == (18_200, 16_380, 91)


def test_with_less_history_burn_is_averaged_over_what_there_is() -> None:
    assert burn(read([series([0, 29], -100)])).days == 30


def test_without_history_there_is_no_burn() -> None:
    found = burn(read([]))
    assert (found.gross, found.net, found.days) == (0, 0, 1)


def test_transfers_are_neither_inflow_nor_outflow() -> None:
    found = burn(read([series([1, 2], [500, -500], Category.TRANSFER)]))
    assert (found.gross, found.net) == (0, 0)


def test_a_one_off_is_left_out() -> None:
    usual = series(list(range(30)), -100)
    found = burn(read([usual, series([3], -501, Category.OTHER, "Lawsuit")]))
    assert found.gross == 30 * 100


def test_five_times_the_usual_is_not_yet_a_one_off() -> None:
    usual = series(list(range(30)), -100)
    found = burn(read([usual, series([3], -500, Category.OTHER, "Repair")]))
    assert found.gross == 30 * 100 + 500


def test_with_fewer_than_twenty_movements_nothing_is_a_one_off() -> None:
    found = burn(read([series(list(range(18)), -100), series([3], -9_000)]))
    assert found.gross == 18 * 100 + 9_000


def test_a_one_off_is_told_by_its_own_category_and_direction() -> None:
    wages = series(list(range(25)), -100_000, Category.PAYROLL, "Staff")
    small = series(list(range(25)), -100)
    assert burn(read([wages, small])).gross == 25 * 100_100


def test_movements_in_any_order_give_the_same_history() -> None:
    amounts = [-1, -2, -3, -4]
    ordered = read([series([1, 5, 9, 12], amounts)])
    assert read([series([12, 9, 5, 1], amounts[::-1])]).flows == ordered.flows
    assert read([series([9, 1, 12, 5], [-3, -1, -4, -2])]).flows == ordered.flows


def test_a_series_with_both_directions_is_two_flows() -> None:
    inflow, outflow = read([series([1, 2, 3, 4], [5, -6, 0, 7])]).flows
    assert (inflow.inflow, inflow.days, inflow.amounts) == (True, [1, 4], [5, 7])
    assert (outflow.inflow, outflow.days, outflow.amounts) == (False, [2], [-6])


def test_what_lies_more_than_400_days_back_is_history() -> None:
    assert read([series([401, 2**31 - 1])]).flows == []
