"""Listings in the order of their ids, a page at a time."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.sql import ColumnElement

from orchestrator_svc.domain.paging import Page
from orchestrator_svc.store.database import AnyRow, Transaction


async def page_of(
    transaction: Transaction, query: Select[Any], key: ColumnElement[Any], page: Page, after: Any
) -> tuple[list[AnyRow], bool]:
    """Return a page's rows, and whether there are more. `after` is None on the first page."""
    if after is not None:
        query = query.where(key > after)
    rows = list(await transaction.rows(query.order_by(key).limit(page.size + 1)))
    return rows[: page.size], len(rows) > page.size
