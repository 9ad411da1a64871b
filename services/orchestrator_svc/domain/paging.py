"""Page tokens: where a listing goes on, bound to its business and query.

A token is opaque to callers. It holds no secret and grants nothing: a forged one can but name
another place to go on from within the same business.
"""

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass

from orchestrator_svc.domain.errors import PageTokenInvalid

DEFAULT_SIZE = 100
MAXIMUM_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a listing is wanted: its size, and the last id of the page before."""

    size: int
    after: str


def page(business_id: str, query: str, size: int, token: str, by_uuid: bool = False) -> Page:
    """Read what a caller asks for.

    `query` tells the listing and its filters; `by_uuid` that its ids are UUIDs. Raises
    PageTokenInvalid when the token is of another business or query, or none at all.
    """
    size = min(size or DEFAULT_SIZE, MAXIMUM_SIZE)
    if not token:
        return Page(size, "")
    try:
        bound_to, after = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (ValueError, TypeError):
        raise _invalid() from None
    if bound_to != _fingerprint(business_id, query) or not isinstance(after, str) or "\0" in after:
        raise _invalid()
    if by_uuid and not _is_uuid(after):
        raise _invalid()
    return Page(size, after)


def next_token(business_id: str, query: str, last_id: str) -> str:
    """Return the token of the page that goes on after `last_id`."""
    content = json.dumps([_fingerprint(business_id, query), last_id])
    return base64.urlsafe_b64encode(content.encode()).decode("ascii")


def _fingerprint(business_id: str, query: str) -> str:
    return hashlib.sha256(f"{business_id}\n{query}".encode()).hexdigest()[:32]


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _invalid() -> PageTokenInvalid:
    return PageTokenInvalid("is not a token of this listing", field="page_token")
