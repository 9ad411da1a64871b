"""Reading a folder of QuickBooks query responses, one JSON file an entity."""

import datetime
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestrator_svc.connectors.quickbooks.mapping import map_entities
from orchestrator_svc.domain.ledger import SourceReading

# What a query response says beside its entity.
_ENVELOPE = {"startPosition", "maxResults", "totalCount"}


class SourceError(Exception):
    """A folder cannot be read as QuickBooks responses; the text names the file and says why."""


def read_folder(folder: Path) -> SourceReading:
    """Read every .json file of a folder.

    Raises SourceError when the folder is not there, holds no such file, or a file is no response.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder.")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise SourceError(f"{folder} holds no .json file.")
    entities: dict[str, list[Any]] = {}
    files: dict[str, str] = {}
    times: list[datetime.datetime] = []
    for path in paths:
        for response in _responses(path):
            _take(response, path, entities, files)
            if time := _time(response):
                times.append(time)
    return map_entities(entities, files, max(times, default=None))


def _responses(path: Path) -> Sequence[Any]:
    """Return a file's responses: one, or the pages of one as a list."""
    try:
        content = json.loads(path.read_bytes(), parse_float=Decimal)
    except (ValueError, RecursionError):
        raise SourceError(f"{path.name} is no JSON.") from None
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror}.") from None
    return content if isinstance(content, list) else [content]


def _take(response: Any, path: Path, entities: dict[str, list[Any]], files: dict[str, str]) -> None:
    query = response.get("QueryResponse") if isinstance(response, dict) else None
    if not isinstance(query, dict):
        raise SourceError(f"{path.name} holds no QueryResponse.")
    for entity, records in query.items():
        if entity in _ENVELOPE:
            continue
        if not isinstance(records, list):
            raise SourceError(f"{path.name}: {entity[:60]} is no list.")
        entities.setdefault(entity, []).extend(records)
        files.setdefault(entity, path.name)


def _time(response: Any) -> datetime.datetime | None:
    try:
        time = datetime.datetime.fromisoformat(response["time"])
    except (KeyError, TypeError, ValueError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
