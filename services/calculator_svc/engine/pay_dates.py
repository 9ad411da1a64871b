"""When open invoices are expected to be paid: one profile of the customers, for the expected course
and its bands alike.

A business's profile is fitted now and then and kept with its books; fitting takes several times as
long as a Decision Console. Books without one, or with one too old, are fitted on as they are.
"""

from dataclasses import replace

import numpy as np

from calculator_svc.engine.calendar import business_day_on_or_after
from calculator_svc.engine.inputs import Books, Day, Invoice, Role
from calculator_svc.engine.receivables.observations import PastInvoice
from calculator_svc.engine.receivables.profile import OpenInvoices, Prediction, Profile, fit
from calculator_svc.engine.settlement import due_or_assumed, stated_due

FRESH_DAYS = 35
"""For how many days after the one that it was fitted on a profile is taken: a month and its days of
grace.
"""

_MEDIAN = 0.5


def profile_of(books: Books) -> Profile:
    """Return how customers pay: the profile in the books where it is neither of a later day nor too
    old, else one fitted on the books.
    """
    kept = books.profile
    if kept is not None and 0 <= books.as_of - kept.fitted_on <= FRESH_DAYS:
        return kept
    return fit_profile(books)


def fit_profile(books: Books) -> Profile:
    """Fit how customers pay on what the books' history says, open invoices included.

    Units: days; shares from 0 to 1.
    Shape: a mean and a scale for each customer with an invoice, and for a new one of each segment;
    quantiles of the scatter; the calibration; how much of it is common.
    Raises nothing: any history will do, none included.
    Source: the methods at the heads of `receivables.model`, `calibration` and `dependence`.
    """
    past = [
        PastInvoice(party.party_id, paid - to_pay, paid - late, paid)
        for party in books.settlements
        if party.role is Role.CUSTOMER
        for to_pay, late, paid in zip(
            party.days_to_pay,
            party.days_late,
            [books.as_of - ago for ago in party.days_ago],
            strict=False,
        )
    ]
    still_open = [
        PastInvoice(invoice.party_id, invoice.issue, stated_due(invoice))
        for invoice in books.invoices
        if invoice.issue <= books.as_of
    ]
    return fit([*past, *still_open], books.as_of)


def fitted(books: Books) -> Books:
    """Return the books with the profile that is taken for them, so that whatever is changed in them
    afterwards, and however often they are forecast, it stays that one.
    """
    return replace(books, profile=profile_of(books))


def prediction_of(as_of: Day, profile: Profile, invoices: list[Invoice]) -> Prediction:
    """Return when open invoices will be paid; none of them may have a decision that says so."""
    due = np.array([due_or_assumed(invoice) for invoice in invoices], dtype=np.int64)
    issue = np.array([invoice.issue for invoice in invoices], dtype=np.int64)
    return Prediction(
        profile,
        OpenInvoices(
            as_of,
            [invoice.party_id for invoice in invoices],
            due,
            [invoice.id for invoice in invoices],
            terms=due - issue,
        ),
    )


def expected_days(books: Books) -> list[Day]:
    """Return the business day on which each open invoice is expected to be paid: that of the P50 of
    its pay date, or the next one.
    """
    if not books.invoices:
        return []
    prediction = prediction_of(books.as_of, profile_of(books), books.invoices)
    ahead = prediction.quantile(_MEDIAN).tolist()
    return [business_day_on_or_after(books.as_of + days) for days in ahead]
