"""Reading a folder of QuickBooks query responses, one JSON file an entity."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

from orchestrator_svc.connectors.quickbooks.fields import exact_number, printable
from orchestrator_svc.connectors.quickbooks.mapping import map_rows
from orchestrator_svc.connectors.quickbooks.rows import Row, rejection
from orchestrator_svc.domain.ledger import Rejection, SourceReading


class SourceError(Exception):
    """A folder cannot be read as QuickBooks responses: one sentence that names the file."""


def read_folder(folder: Path) -> SourceReading:
    """Read every .json file of a folder; what is wrong within one becomes a rejection.

    A file holds one response, a list of them (the pages of a query), or a plain list of records
    of the entity that the file is named for. Raises SourceError when the folder is not there or
    holds no such file, or when a file is not one of these.
    """
    rows: list[Row] = []
    rejections: list[Rejection] = []
    times: list[datetime.datetime] = []
    entities: set[str] = set()
    for path in _json_files(folder):
        file = printable(path.name)
        for response in _responses(path):
            for entity, value in response.items():
                if entity == "time":
                    _take_time(value, file, times, rejections)
                elif isinstance(value, list):
                    entities.add(entity)
                    rows += [Row(file, entity, item) for item in value]
                else:
                    rejections.append(rejection(Row(file, entity, None), entity, "is no list"))
    return map_rows(rows, entities, max(times, default=None), rejections)


def _json_files(folder: Path) -> list[Path]:
    try:
        if not folder.is_dir():
            raise SourceError(f"{folder} is no folder.")
        # A file whose name begins with a dot is an editor's or the system's, not an export.
        found = [p for p in folder.iterdir() if p.suffix.lower() == ".json" and p.name[0] != "."]
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {error.strerror}.") from None
    if not found:
        raise SourceError(f"{folder} holds no .json file.")
    return sorted(found)


def _responses(path: Path) -> Iterator[dict[str, object]]:
    """Yield each response of a file as its entities by name, and its `time`."""
    content = _content(path)
    pages = content if isinstance(content, list) else [content]
    if isinstance(content, list) and not any(_is_response(page) for page in pages):
        yield {path.stem: content}
        return
    for page in pages:
        if not isinstance(page, dict) or not isinstance(page.get("QueryResponse"), dict):
            raise SourceError(f"{path.name} holds no QueryResponse.")
        # Beside its entities a response counts them: startPosition, maxResults, totalCount.
        found = {k: v for k, v in page["QueryResponse"].items() if not k[:1].islower()}
        yield found | ({"time": page["time"]} if "time" in page else {})


def _is_response(page: object) -> bool:
    return isinstance(page, dict) and "QueryResponse" in page


def _content(path: Path) -> object:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        content: object = json.loads(
            text, parse_float=exact_number, parse_int=exact_number, parse_constant=exact_number
        )
        return content
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise SourceError(f"{path.name} is not JSON.") from None


def _take_time(
    value: object, file: str, times: list[datetime.datetime], rejections: list[Rejection]
) -> None:
    """Add when a response was given. Without a zone it could mean any of 26 hours."""
    try:
        time = datetime.datetime.fromisoformat(value if isinstance(value, str) else "")
        if time.tzinfo is None or not 1900 <= time.year <= 2200:
            raise ValueError
    except ValueError:
        reason = "is no instant with a time zone"
        rejections.append(rejection(Row(file, "", None), "time", reason))
        return
    times.append(time.astimezone(datetime.UTC))
