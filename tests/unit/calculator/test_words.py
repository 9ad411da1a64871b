from calculator_svc.engine import words

from .builders import TODAY


def test_money_has_the_digits_of_its_currency() -> None:
    assert words.money(123_450, 100, "USD") == "1,234.50 USD"
    assert words.money(-3, 1, "JPY") == "-3 JPY"
    assert words.money(1_005, 1000, "KWD") == "1.005 KWD"


def test_one_day_is_a_day() -> None:
    assert (words.days(1), words.days(12)) == ("1 day", "12 days")


def test_a_date_is_written_as_iso() -> None:
    assert words.date(TODAY) == "2026-05-05"
