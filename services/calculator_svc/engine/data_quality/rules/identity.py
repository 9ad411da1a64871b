"""Identity: money that went to nobody, one vendor under two names, and parties that are gone."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from calculator_svc.engine.data_quality.groups import components
from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Party, TransactionKind
from calculator_svc.engine.data_quality.issues import (
    Area,
    Fix,
    Found,
    Rule,
    Severity,
    document_subject,
    party_subject,
)
from calculator_svc.engine.data_quality.rules.naming import (
    Entry,
    counted,
    document_entry,
    transaction_entry,
)
from calculator_svc.engine.inputs import Role

LEAST_LETTERS = 6
"""Shorter names are alike by chance: Ford and Fort."""

_HAS_PAYEE = frozenset({TransactionKind.PURCHASE, TransactionKind.SALES_RECEIPT})
_LEGAL_FORMS = frozenset(
    (
        "ab",
        "ag",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "inc",
        "incorporated",
        "limited",
        "llc",
        "llp",
        "ltd",
        "nv",
        "oy",
        "plc",
        "pty",
        "sa",
        "sarl",
        "sas",
        "spa",
        "srl",
        "the",
    )
)
_WORD = re.compile(r"[^\W_]+")


def no_payee(index: Index) -> Iterator[Found]:
    """Find purchases, sales and documents that name nobody. No cash moves when somebody is named.

    Transfers, deposits and journal entries name nobody by their nature.
    """
    for transaction in index.transactions:
        if transaction.kind in _HAS_PAYEE and not transaction.payee.strip():
            yield _names_nobody(index, transaction_entry(index, transaction))
    for document in index.documents:
        if not document.party_id:
            yield _names_nobody(index, document_entry(index, document))


def duplicate_vendor(index: Index) -> Iterator[Found]:
    """Find vendors whose names are one name; fixed, they share their habits.

    Names are alike when they differ in case, accents, punctuation, spaces, the order of words,
    plurals and legal forms alone, or by one letter more: left out, put in, replaced or swapped.
    Their digits must be the same. No pair is compared that shares no spelling with one letter left
    out, so that the work grows with the number of vendors and not with its square.
    """
    vendors = [one for one in index.parties if one.role is Role.VENDOR and one.active]
    for group in components(len(vendors), _alike([one.name for one in vendors])):
        alike = [vendors[i] for i in group]
        documents = [len(index.by_party.get((Role.VENDOR, one.id), ())) for one in alike]
        stake = sum(_open(index, one) for one in alike)
        first = alike[0]
        used = sum(count > 0 for count in documents)
        yield Found(
            max(Severity.MEDIUM if used > 1 else Severity.LOW, index.severity(stake)),
            f"{len(alike)} vendors look like one: "
            + ", ".join(
                f"{one.name} ({counted(bills, 'bill')})"
                for one, bills in zip(alike, documents, strict=True)
            )
            + ".",
            (first.id,),
            [party_subject(Role.VENDOR, one.id) for one in alike],
            stake,
            _merged(index, [one.id for one in alike]),
        )


def inactive_with_balance(index: Index) -> Iterator[Found]:
    """Find inactive parties with something open; fixed, nothing is counted on from customers.

    What is owed to an inactive vendor is still owed.
    """
    for party in index.parties:
        if party.active:
            continue
        documents = index.open_by_party.get((party.role, party.id), [])
        if not documents and not party.balance:
            continue
        fix = Fix()
        if party.role is Role.CUSTOMER:
            for document in documents:
                index.put_balance(fix, document, 0)
        stake = max(abs(party.balance), _open(index, party))
        yield Found(
            max(Severity.MEDIUM, index.severity(stake)),
            f"{party.name or party.id} is inactive, and has a balance of "
            f"{index.money(party.balance)} and {counted(len(documents), 'open document')}.",
            (party_subject(party.role, party.id).kind.name.lower(), party.id),
            [
                party_subject(party.role, party.id),
                *(document_subject(party.role, one.id) for one in documents),
            ],
            stake,
            fix,
        )


def _names_nobody(index: Index, entry: Entry) -> Found:
    severity, sentence = index.severity(entry.stake), f"{entry.words} names nobody."
    return Found(severity, sentence, entry.anchor, entry.subjects, entry.stake)


def _merged(index: Index, vendors: list[str]) -> Fix:
    """Return the fix that makes vendors one, where an open bill takes on another one's habit."""
    owed = index.vendors_owed.intersection(vendors)
    known = {one for one in vendors if index.days_late.get((Role.VENDOR, one))}
    if not owed or not known or (owed == known and len(owed) == 1):
        return Fix()
    return Fix(same_vendor={one: vendors[0] for one in vendors[1:]})


def _open(index: Index, party: Party) -> int:
    documents = index.open_by_party.get((party.role, party.id), [])
    return sum(index.stake(one.balance, one.currency) for one in documents)


def _alike(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions of names that are alike, enough of them to connect each group."""
    first: dict[tuple[str, str], int] = {}
    for position, name in enumerate(names):
        for form in _forms(name):
            if form in first:
                yield first[form], position
            else:
                first[form] = position
    by_variant: dict[tuple[str, str], list[str]] = defaultdict(list)
    for letters, digits in first:
        if len(letters) >= LEAST_LETTERS:
            for variant in {letters, *_one_left_out(letters)}:
                by_variant[variant, digits].append(letters)
    for (_, digits), spellings in by_variant.items():
        # Few: all of them are one letter longer than the variant, or the variant itself.
        for i, one in enumerate(spellings):
            for other in spellings[:i]:
                if _one_edit_apart(one, other):
                    yield first[one, digits], first[other, digits]


def _forms(name: str) -> set[tuple[str, str]]:
    """Return a name as letters and digits: its words as they stand and in order, each as it is
    written and in the singular.
    """
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and ").replace("'", ""))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    found = _WORD.findall(plain.replace(".", ""))
    kept = [word for word in found if word not in _LEGAL_FORMS] or found
    # As they are written as well: the singulars of Properties and Propertie are two letters apart.
    spellings = (kept, [_singular(word) for word in kept])
    forms = {"".join(words) for one in spellings for words in (one, sorted(one))}
    split = {
        (
            "".join(letter for letter in form if not letter.isdigit()),
            "".join(letter for letter in form if letter.isdigit()),
        )
        for form in forms
    }
    return {(letters, digits) for letters, digits in split if letters or digits}


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] != "s" else word


def _one_left_out(letters: str) -> set[str]:
    return {letters[:i] + letters[i + 1 :] for i in range(len(letters))}


def _one_edit_apart(one: str, other: str) -> bool:
    """Return whether one insertion, deletion, replacement or swap of neighbours is between them."""
    if len(one) > len(other):
        one, other = other, one
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2][::-1] == other[start : start + 2]
    return one[start + 1 :] == other[start + 1 :] or (
        swapped and one[start + 2 :] == other[start + 2 :]
    )


RULES = (
    Rule("NO_PAYEE", Area.IDENTITY, no_payee),
    Rule("DUPLICATE_VENDOR", Area.IDENTITY, duplicate_vendor),
    Rule("INACTIVE_WITH_BALANCE", Area.IDENTITY, inactive_with_balance),
)
