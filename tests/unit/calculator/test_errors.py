from calculator_svc.engine import errors
from calculator_svc.servicers.errors import CATALOGUE


def test_every_named_error_of_the_engine_is_in_the_catalogue() -> None:
    named = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, errors.CalculationError)
        and kind is not errors.CalculationError
    }
    assert named
    assert {kind for kind in named if kind not in CATALOGUE} == set()


def test_a_missing_rate_names_the_currencies() -> None:
    shown = CATALOGUE.translate(errors.CurrencyRateMissing({"GBP", "EUR"}, "USD"))
    assert shown is not None
    assert (shown.code.name, shown.reason) == ("FAILED_PRECONDITION", "CURRENCY_RATE_MISSING")
    assert shown.metadata == {"currencies": "EUR,GBP"}
    assert shown.message == ("There are amounts in EUR, GBP and no rate to turn them into USD.")
