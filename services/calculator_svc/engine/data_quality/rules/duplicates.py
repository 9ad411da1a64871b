"""Documents that are there twice."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from calculator_svc.engine import words
from calculator_svc.engine.data_quality.groups import components
from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Document
from calculator_svc.engine.data_quality.issues import Area, Fix, Found, Rule, Severity
from calculator_svc.engine.data_quality.rules.naming import document_anchor, document_names
from calculator_svc.engine.inputs import Role

SAME_WITHIN_DAYS = 3
ACCOUNT_NUMBER_GAP_DAYS = 20
"""A number that comes back this seldom, three times and more, is the vendor's name for its customer
and not that of a bill."""

_NOT_OF_A_NUMBER = re.compile(r"[\W_]+")


def duplicate_document(index: Index) -> Iterator[Found]:
    """Find documents of one party with one number, or of one amount within three days: one issue a
    group. Fixed, all but the one of which the least is still owed are gone.

    Where nothing is open any more, all of it was paid for: invoices that a customer has paid are no
    duplicates, nor are bills that each had a number of its own. The first of a group makes the
    issue the one it is, so that it stays when some are deleted.
    """
    documents = [one for one in index.documents if one.party_id and one.total]
    pairs = [*_same_number(documents), *_same_amount(documents)]
    for group in components(len(documents), pairs):
        same = [documents[i] for i in group]
        if not any(one.balance for one in same) and _is_agreed(same):
            continue
        kept = min(same, key=lambda one: (one.balance, one.issue, one.id))
        fix = Fix()
        for one in same:
            if one is not kept:
                index.put_balance(fix, one, 0)
        twice = [index.stake(one.total, one.currency) for one in same if one is not kept]
        first = same[0]
        kind = "invoices" if first.role is Role.CUSTOMER else "bills"
        link = "to" if first.role is Role.CUSTOMER else "from"
        amounts = sorted({one.total for one in same})
        each = " and ".join(index.money(total, first.currency) for total in amounts[:2])
        dates = sorted({same[0].issue, same[-1].issue})
        numbers = sorted({one.number for one in same if one.number})
        yield Found(
            max(Severity.MEDIUM, index.severity(sum(twice))),
            f"{len(same)} {kind} {link} {index.name(first.role, first.party_id)} look like one: "
            f"{each}, dated {' to '.join(words.date(day) for day in dates)}"
            f"{', numbers ' + ', '.join(numbers) if numbers else ''}.",
            document_anchor(first),
            document_names(*same),
            sum(twice),
            fix,
        )


def _is_agreed(paid: Sequence[Document]) -> bool:
    numbers = {_number(one) for one in paid}
    return paid[0].role is Role.CUSTOMER or ("" not in numbers and len(numbers) == len(paid))


def _number(document: Document) -> str:
    """Return a number without what people write differently."""
    return _NOT_OF_A_NUMBER.sub("", document.number.casefold()).lstrip("0")


def _same_number(documents: Sequence[Document]) -> Iterator[tuple[int, int]]:
    by_number: dict[tuple[Role, str, str], list[int]] = defaultdict(list)
    for position, one in enumerate(documents):
        if number := _number(one):
            by_number[one.role, one.party_id, number].append(position)
    for positions in by_number.values():
        days = [documents[i].issue for i in positions]
        gaps = [later - earlier for earlier, later in pairwise(days)]
        if len(positions) > 2 and min(gaps) >= ACCOUNT_NUMBER_GAP_DAYS:
            continue
        yield from pairwise(positions)


def _same_amount(documents: Sequence[Document]) -> Iterator[tuple[int, int]]:
    newest: dict[tuple[Role, str, int, str], int] = {}
    for position, one in enumerate(documents):
        same = (one.role, one.party_id, one.total, one.currency)
        before = newest.get(same)
        if before is not None and one.issue - documents[before].issue <= SAME_WITHIN_DAYS:
            yield before, position
        newest[same] = position


RULES = (Rule("DUPLICATE_DOCUMENT", Area.IDENTITY, duplicate_document),)
