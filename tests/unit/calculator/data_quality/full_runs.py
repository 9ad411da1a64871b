"""What a fix costs, by full runs of the books as they are and with it: to hold prices against."""

from calculator_svc.engine.calculations import calculate_runway
from calculator_svc.engine.data_quality.band import Sampling
from calculator_svc.engine.data_quality.issues import Fix
from calculator_svc.engine.data_quality.pricing import WITHOUT_END
from calculator_svc.engine.forecast import forecast
from calculator_svc.engine.history import read
from calculator_svc.engine.inputs import Books, Policy
from calculator_svc.engine.pay_dates import profile_of
from calculator_svc.engine.receivables.profile import Profile
from calculator_svc.engine.uncertainty import uncertainty


def runway_days(given: Books) -> int:
    """Return the runway of books by a full run of the calculation."""
    days = calculate_runway(given, Policy()).runway.days
    return WITHOUT_END if days is None else days


def width(given: Books, profile: Profile, sampling: Sampling) -> int:
    """Return the width of books' band by a full run of the forecast."""
    history = read(given.history)
    found = uncertainty(given, history, forecast(given, history), profile, *sampling)
    last = given.as_of + WITHOUT_END
    early, _, late = (last if day is None else day for day in found.zero)
    return late - early


def full_price(given: Books, fix: Fix, sampling: Sampling) -> tuple[int, int]:
    """Return what a fix moves and the band that the issue adds, by full runs with and without."""
    fixed, profile = fix.apply(given), profile_of(given)
    moved = runway_days(fixed) - runway_days(given)
    added = width(given, profile, sampling) - width(fixed, profile, sampling)
    return moved, max(0, added)
