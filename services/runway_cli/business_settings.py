"""A business's settings in a terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import field_mask_pb2
from runway.experience.v1 import business_settings_service_pb2 as pb
from runway.experience.v1 import business_settings_service_pb2_grpc
from runway.ledger.v1 import business_pb2, ledger_pb2

from runway_cli.client import ask_gateway, request_id
from runway_cli.errors import CommandError
from runway_cli.planning import amount_in, get_business
from runway_cli.settings import Settings
from runway_cli.tables import Columns, Row

COLUMNS: Columns = [("setting", "left"), ("of", "left"), ("value", "left")]
TIERS = {
    value.name.removeprefix("VENDOR_TIER_").lower(): value.number
    for value in ledger_pb2.VendorTier.DESCRIPTOR.values
    if value.number
}
_TIER_NAMES = {number: name for name, number in TIERS.items()}
NONE = "none"


@dataclass
class Wanted:
    """What is to be changed; None and empty lists leave a setting as it is.

    What is said of vendors is written VENDOR=VALUE, where `none` takes it away.
    """

    name: str | None = None
    time_zone: str | None = None
    cash_floor: str | None = None
    days: dict[str, int] = field(default_factory=dict)
    restrict: Sequence[str] = ()
    release: Sequence[str] = ()
    tiers: Sequence[str] = ()
    grace: Sequence[str] = ()
    by_law: Sequence[str] = ()
    late_fee: Sequence[str] = ()
    monthly_fee: Sequence[str] = ()


def set_settings(settings: Settings, business_id: str, wanted: Wanted) -> business_pb2.Business:
    """Change settings of a business and nothing else of it. Raises CommandError."""
    business = get_business(settings, business_id)
    paths = _apply(business, wanted)
    if not paths:
        raise CommandError("Nothing is to be set", "name a setting; --help lists them")
    request = pb.UpdateBusinessRequest(
        business_id=business_id,
        request_id=request_id(),
        business=business,
        update_mask=field_mask_pb2.FieldMask(paths=paths),
    )
    stub = business_settings_service_pb2_grpc.BusinessSettingsServiceStub
    answer: pb.UpdateBusinessResponse = ask_gateway(settings, stub, "UpdateBusiness", request)
    return answer.business


def _apply(business: business_pb2.Business, wanted: Wanted) -> list[str]:
    """Write what is wanted into a business, and return the paths of what is written."""
    paths = []
    if wanted.name is not None:
        business.display_name = wanted.name
        paths.append("display_name")
    if wanted.time_zone is not None:
        business.time_zone = wanted.time_zone
        paths.append("time_zone")
    if wanted.cash_floor is not None:
        business.cash_floor.CopyFrom(amount_in(business.currency_code, wanted.cash_floor))
        paths.append("cash_floor")
    for name, days in wanted.days.items():
        setattr(business.runway_thresholds, name, days)
    if wanted.days:
        paths.append("runway_thresholds")
    if wanted.restrict or wanted.release:
        named = {*business.restricted_account_ids, *wanted.restrict} - {*wanted.release}
        business.restricted_account_ids[:] = sorted(named)
        paths.append("restricted_account_ids")
    if wanted.tiers:
        _set_tiers(business, wanted.tiers)
        paths.append("vendor_tiers")
    if wanted.grace or wanted.by_law or wanted.late_fee or wanted.monthly_fee:
        _set_late_terms(business, wanted)
        paths.append("vendor_late_payment_terms")
    return paths


def _set_tiers(business: business_pb2.Business, tiers: Sequence[str]) -> None:
    known = {one.vendor_id: one.tier for one in business.vendor_tiers}
    for vendor_id, value in map(_of_vendor, tiers):
        known.pop(vendor_id, None)
        if value == NONE:
            continue
        if value not in TIERS:
            choices = ", ".join([*TIERS, NONE])
            raise CommandError(f"{value!r} is no tier", f"use one of {choices}")
        known[vendor_id] = TIERS[value]  # type: ignore[assignment]
    del business.vendor_tiers[:]
    for vendor_id, tier in known.items():
        business.vendor_tiers.add(vendor_id=vendor_id, tier=tier)


def _set_late_terms(business: business_pb2.Business, wanted: Wanted) -> None:
    known = {one.vendor_id: one.terms for one in business.vendor_late_payment_terms}

    def each(given: Sequence[str], take: Callable[[Any, str], None]) -> None:
        for vendor_id, value in map(_of_vendor, given):
            take(known.setdefault(vendor_id, ledger_pb2.LatePaymentTerms()), value)

    def grace(terms: Any, value: str) -> None:
        terms.grace_days = 0 if value == NONE else _whole(value)

    def by_law(terms: Any, value: str) -> None:
        if value not in ("yes", "no", NONE):
            raise CommandError(f"{value!r} is neither yes nor no")
        terms.late_breaks_law = value == "yes"

    def late_fee(terms: Any, value: str) -> None:
        if value == NONE:
            terms.ClearField("late_fee")
        else:
            terms.late_fee.once.CopyFrom(amount_in(business.currency_code, value))

    def monthly_fee(terms: Any, value: str) -> None:
        terms.late_fee.monthly_basis_points = 0 if value == NONE else _whole(value)

    each(wanted.grace, grace)
    each(wanted.by_law, by_law)
    each(wanted.late_fee, late_fee)
    each(wanted.monthly_fee, monthly_fee)
    del business.vendor_late_payment_terms[:]
    for vendor_id, terms in known.items():
        # Terms that say nothing are the same as none.
        if terms != ledger_pb2.LatePaymentTerms():
            business.vendor_late_payment_terms.add(vendor_id=vendor_id, terms=terms)


def _of_vendor(text: str) -> tuple[str, str]:
    vendor_id, sign, value = text.rpartition("=")
    if not (vendor_id and sign and value):
        raise CommandError(f"{text!r} names no vendor and value", "write it as VENDOR=VALUE")
    return vendor_id, value


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > len("10000"):
        raise CommandError(f"{text!r} is no whole number", f"or write {NONE}")
    return int(text)


def rows(business: business_pb2.Business) -> list[Row]:
    """Return the settings as rows of COLUMNS."""
    thresholds = business.runway_thresholds
    found: list[Row] = [
        ["name", "", business.display_name],
        ["currency", "", business.currency_code],
        ["time zone", "", business.time_zone],
        ["critical below days", "", thresholds.critical_days],
        ["warning below days", "", thresholds.warning_days],
        ["healthy below days", "", thresholds.healthy_days],
        ["cash floor", "", business.cash_floor],
    ]
    found += [["restricted account", one, "yes"] for one in business.restricted_account_ids]
    found += [
        ["vendor tier", one.vendor_id, _TIER_NAMES.get(one.tier, "")]
        for one in business.vendor_tiers
    ]
    for one in business.vendor_late_payment_terms:
        found.append(["grace days", one.vendor_id, one.terms.grace_days])
        if one.terms.late_breaks_law:
            found.append(["late breaks the law", one.vendor_id, "yes"])
        if one.terms.HasField("late_fee"):
            fee = one.terms.late_fee
            found.append(["late fee once", one.vendor_id, fee.once])
            found.append(["monthly fee, basis points", one.vendor_id, fee.monthly_basis_points])
    return found
