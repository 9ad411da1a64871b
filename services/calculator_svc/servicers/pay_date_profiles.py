"""How customers pay, from and to the wire."""

import datetime
from collections.abc import Sequence

import numpy as np
from runway.ledger.v1 import pay_date_profile_pb2 as pb

from calculator_svc.engine.receivables.calibration import LEVELS
from calculator_svc.engine.receivables.dependence import Dependence
from calculator_svc.engine.receivables.model import SEGMENTS, SHAPE_POINTS, Model
from calculator_svc.engine.receivables.observations import Reals
from calculator_svc.engine.receivables.profile import VERSION, Profile
from calculator_svc.servicers.reading import FieldError, Reader
from service_kit.wire import Fields, date_fields


def to_profile(message: pb.PayDateProfile, read: Reader) -> Profile | None:
    """Return a profile, or None for one that another version of the method has fitted: nothing is
    known of what its fields hold.

    Raises FieldError.
    """
    fitted_on = read.day(message.fitted_on, "fitted_on")
    if message.version != VERSION:
        return None
    customers = len(message.customer_ids)
    if message.common_share + message.customer_share > 1:
        raise FieldError("customer_share", "must be at most 1 together with common_share")
    return Profile(
        fitted_on,
        message.observation_count,
        message.customer_ids[:],
        Model(
            _column("means", message.means, customers),
            _column("scales", message.scales, customers),
            _column("new_customer_means", message.new_customer_means, SEGMENTS),
            _column("new_customer_scales", message.new_customer_scales, SEGMENTS),
            _ascending("shape", message.shape, SHAPE_POINTS),
            message.tail_share,
            message.drift,
        ),
        _ascending("calibrated", message.calibrated, len(LEVELS)),
        Dependence(message.common_share, message.customer_share),
    )


def profile_fields(profile: Profile) -> Fields:
    """Return the fields of a profile on the wire; `to_profile` reads them back, to the last bit."""
    model, shares = profile.model, profile.dependence
    return {
        "version": VERSION,
        "fitted_on": date_fields(datetime.date.fromordinal(profile.fitted_on)),
        "observation_count": profile.observations,
        "customer_ids": profile.party_ids,
        "means": model.means.tolist(),
        "scales": model.scales.tolist(),
        "new_customer_means": model.new_means.tolist(),
        "new_customer_scales": model.new_scales.tolist(),
        "shape": model.shape.tolist(),
        "tail_share": model.tail_share,
        "drift": model.drift,
        "calibrated": profile.calibrated.tolist(),
        "common_share": shares.common,
        "customer_share": shares.party,
    }


def _column(name: str, values: Sequence[float], length: int) -> Reals:
    if len(values) != length:
        raise FieldError(name, f"must be {length} values: {len(values)} are given")
    return np.array(values, dtype=np.float64)


def _ascending(name: str, values: Sequence[float], length: int) -> Reals:
    column = _column(name, values, length)
    if (np.diff(column) < 0).any():
        raise FieldError(name, "must be ascending")
    return column
