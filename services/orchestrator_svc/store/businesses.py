"""Businesses and their settings."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Text, any_, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.errors import AccountNotFound, VendorNotFound
from orchestrator_svc.domain.hand_overs import WAITING
from orchestrator_svc.domain.ledger import LateFee, LatePaymentTerms, VendorTier
from orchestrator_svc.domain.pay_date_profile import PayDateProfile
from orchestrator_svc.store import pay_date_profiles
from orchestrator_svc.store.database import AnyRow, Prepared, Snapshot, Transaction
from orchestrator_svc.store.tables import (
    account,
    backtest_record,
    business,
    earmark,
    finalized_decision,
    hand_over,
    here,
    pay_date_profile,
    planned_item,
    queued_decision,
    vendor,
)

_FIND = select(business).where(here(business))
_SETTINGS_ALONE = Prepared(_FIND)
_LOCK = _FIND.with_for_update()
_CREATE = insert_or(business).on_conflict_do_nothing()
_TIERS = (
    select(vendor.c.vendor_id, vendor.c.tier)
    .where(here(vendor), vendor.c.tier.is_not(None))
    .order_by(vendor.c.vendor_id)
)
_LATE_TERMS = (
    select(
        vendor.c.vendor_id,
        vendor.c.grace_days,
        vendor.c.late_breaks_law,
        vendor.c.late_fee_once_minor,
        vendor.c.late_fee_monthly_basis_points,
    )
    .where(here(vendor), vendor.c.grace_days.is_not(None))
    .order_by(vendor.c.vendor_id)
)
_RESTRICTED = (
    select(account.c.account_id)
    .where(here(account), account.c.restricted)
    .order_by(account.c.account_id)
)
_SETTINGS = (
    "display_name",
    "currency",
    "time_zone",
    "critical_days",
    "warning_days",
    "healthy_days",
    "cash_floor_minor",
    "version",
    "updated_at",
)


async def create(transaction: Transaction, new: Business) -> bool:
    """Add a business, and return whether its id was free."""
    values = {column.name: getattr(new, column.name) for column in business.columns}
    return bool(await transaction.insert(_CREATE, values))


async def find(transaction: Transaction) -> Business | None:
    """Return the transaction's business with all its settings, or None."""
    row = await transaction.row(_FIND)
    return None if row is None else await _with_lists(transaction, row)


async def lock(transaction: Transaction) -> Business | None:
    """Return the business as `find` does, and let no one else change anything of it until
    commit.
    """
    row = await transaction.row(_LOCK)
    return None if row is None else await _with_lists(transaction, row)


async def find_settings(transaction: Transaction) -> Business | None:
    """Return the business without what it says of its vendors and accounts, or None."""
    rows = await transaction.read(_SETTINGS_ALONE)
    return Business(**rows[0]) if rows else None


async def _with_lists(transaction: Transaction, row: AnyRow) -> Business:
    tiers = await transaction.rows(_TIERS)
    late_terms = await transaction.rows(_LATE_TERMS)
    restricted = await transaction.rows(_RESTRICTED)
    return Business(
        **row._mapping,
        vendor_tiers={vendor_id: VendorTier(tier) for vendor_id, tier in tiers},
        vendor_late_payment_terms={row[0]: _late_terms(*row[1:]) for row in late_terms},
        restricted_account_ids=[account_id for (account_id,) in restricted],
    )


def _late_terms(
    grace_days: int, breaks_law: bool, once_minor: int | None, monthly: int | None
) -> LatePaymentTerms:
    fee = None if once_minor is None else LateFee(once_minor, monthly or 0)
    return LatePaymentTerms(grace_days, breaks_law, fee)


async def save(transaction: Transaction, old: Business, new: Business) -> None:
    """Replace the settings of a business.

    Raises VendorNotFound or AccountNotFound when a tier or restriction names what is not there.
    """
    values = {name: getattr(new, name) for name in _SETTINGS}
    await transaction.change(update(business).where(here(business)).values(**values))
    if new.vendor_tiers != old.vendor_tiers:
        await _save_of_vendors(
            transaction,
            "business.vendor_tiers",
            {"tier": None},
            {key: {"tier": tier.value} for key, tier in new.vendor_tiers.items()},
        )
    if new.vendor_late_payment_terms != old.vendor_late_payment_terms:
        await _save_of_vendors(
            transaction,
            "business.vendor_late_payment_terms",
            _late_columns(None),
            {key: _late_columns(one) for key, one in new.vendor_late_payment_terms.items()},
        )
    if new.restricted_account_ids != old.restricted_account_ids:
        await _save_restrictions(transaction, new)


async def _save_of_vendors(
    transaction: Transaction,
    field: str,
    nothing: Mapping[str, Any],
    by_vendor: Mapping[str, Mapping[str, Any]],
) -> None:
    """Replace what is said of vendors: `nothing` of those that are not named."""
    await transaction.change(update(vendor).where(here(vendor)).values(**nothing))
    for vendor_id, values in by_vendor.items():
        found = await transaction.change(
            update(vendor).where(here(vendor), vendor.c.vendor_id == vendor_id).values(**values)
        )
        if not found:
            raise VendorNotFound(f"There is no vendor {vendor_id}.", field=field)


def _late_columns(terms: LatePaymentTerms | None) -> dict[str, Any]:
    fee = terms and terms.late_fee
    return {
        "grace_days": terms and terms.grace_days,
        "late_breaks_law": terms and terms.late_breaks_law,
        "late_fee_once_minor": fee and fee.once_minor,
        "late_fee_monthly_basis_points": fee and fee.monthly_basis_points,
    }


async def _save_restrictions(transaction: Transaction, new: Business) -> None:
    await transaction.change(update(account).where(here(account)).values(restricted=False))
    for account_id in new.restricted_account_ids:
        found = await transaction.change(
            update(account)
            .where(here(account), account.c.account_id == account_id)
            .values(restricted=True)
        )
        if not found:
            raise AccountNotFound(
                f"There is no account {account_id}.", field="business.restricted_account_ids"
            )


async def touch_queue(transaction: Transaction, queue_version: int) -> None:
    """Note that the decision queue has changed."""
    await transaction.change(
        update(business).where(here(business)).values(queue_version=queue_version)
    )


async def has_books(transaction: Transaction) -> bool:
    """Return whether anything was imported yet."""
    return (
        await transaction.row(select(account.c.account_id).where(here(account)).limit(1))
        is not None
    )


async def note_sync(transaction: Transaction, synced_at: datetime.datetime | None) -> None:
    """Note up to which instant the books are in step with their source."""
    await transaction.change(update(business).where(here(business)).values(synced_at=synced_at))


async def note_closing(transaction: Transaction, day: datetime.date | None) -> None:
    """Note the last day of the closed books."""
    await transaction.change(
        update(business).where(here(business)).values(books_closed_through=day)
    )


@dataclass(frozen=True, slots=True)
class Present:
    """Which kinds of entries made by hand a business has any of, whether a backtest, how many
    hand-overs that wait, and how its customers pay: most have few of the former, and the profile is
    one row that every reader wants.
    """

    planned: bool
    earmarks: bool
    queued: bool
    finalized: bool
    backtest: bool
    open_hand_overs: int
    pay_date_profile: PayDateProfile | None


_OPEN_HAND_OVERS = (
    select(func.count())
    .select_from(hand_over)
    .where(here(hand_over), hand_over.c.status == any_(literal([*WAITING], ARRAY(Text))))
    .scalar_subquery()
)
_WITH_PRESENT = Prepared(
    select(
        *(
            exists(select(table.c.business_id).where(here(table)))
            for table in (
                planned_item,
                earmark,
                queued_decision,
                finalized_decision,
                backtest_record,
            )
        ),
        _OPEN_HAND_OVERS,
        *pay_date_profiles.COLUMNS,
        business,
    )
    .select_from(
        business.outerjoin(
            pay_date_profile,
            (pay_date_profile.c.business_id == business.c.business_id) & here(pay_date_profile),
        )
    )
    .where(here(business))
)


async def find_with_present(snapshot: Snapshot) -> tuple[Business, Present] | None:
    """Return the business as `find_settings` does, and what it has of what is entered by hand: one
    question instead of seven answers.
    """
    rows = await snapshot.read(_WITH_PRESENT)
    if not rows:
        return None
    planned, earmarks, queued, finalized, backtest, open_hand_overs, *others = rows[0]
    of_profile = len(pay_date_profiles.COLUMNS)
    kept, settings = others[:of_profile], others[of_profile:]
    profile = None if kept[0] is None else PayDateProfile(*kept)
    names = business.columns.keys()
    return (
        Business(**dict(zip(names, settings, strict=True))),
        Present(planned, earmarks, queued, finalized, backtest, open_hand_overs, profile),
    )
