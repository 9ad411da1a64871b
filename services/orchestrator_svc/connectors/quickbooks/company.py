"""The company itself: its name and the currency in which it keeps its books."""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestrator_svc.connectors.quickbooks.fields import FieldError, Record, is_currency
from orchestrator_svc.connectors.quickbooks.rows import Gathering, Row


@dataclass(frozen=True, slots=True)
class Company:
    """A company's name and home currency, "" for what nothing says, and the last day of its closed
    books.
    """

    name: str = ""
    currency: str = ""
    books_closed_through: datetime.date | None = None


def read_company(rows: Mapping[str, Sequence[Row]], found: Gathering) -> Company:
    """Read who the company is. Its currency is what its preferences say, else the company's data,
    else that of most records.
    """
    companies = [found.attempt(row, _company) for row in rows.get("CompanyInfo", ())]
    preferred = [found.attempt(row, _preferred) for row in rows.get("Preferences", ())]
    codes = [*preferred, *(company.currency for company in companies if company)]
    closed = [found.attempt(row, _closed_through) for row in rows.get("Preferences", ())]
    return Company(
        name=next((company.name for company in companies if company and company.name), ""),
        currency=next((code for code in codes if code), "") or _most_common(rows.values()),
        books_closed_through=max((day for day in closed if day), default=None),
    )


def _company(record: Record) -> Company:
    return Company(record.text("CompanyName", longest=256), _code(record, "HomeCurrency"))


def _preferred(record: Record) -> str:
    preferences = record.child("CurrencyPrefs")
    return _code(preferences, "HomeCurrency") if preferences else ""


def _closed_through(record: Record) -> datetime.date | None:
    preferences = record.child("AccountingInfoPrefs")
    return preferences.optional_date("BookCloseDate") if preferences else None


def _code(record: Record, name: str) -> str:
    reference = record.reference(name)
    if reference is None:
        return ""
    if not is_currency(reference.value):
        raise FieldError(record.path(name), "is no currency code")
    return reference.value


def _most_common(entities: Iterable[Sequence[Row]]) -> str:
    codes: Counter[str] = Counter()
    for rows in entities:
        for row in rows:
            try:
                code = _code(Record.of(row.content), "CurrencyRef")
            except FieldError:
                continue  # named where the record itself is read
            if code:
                codes[code] += 1
    return codes.most_common(1)[0][0] if codes else ""
