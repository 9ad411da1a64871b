"""The archive of a business: everything that is kept of it, in a form that can be restored.

gzip of one JSON value a line: a header, then [table, {column: value}] for each row, then a seal
with the number of rows and the SHA-256 of the lines before it. Dates and ids are text, bytes are
base64. The same rows give the same bytes.
"""

import base64
import datetime
import gzip
import hashlib
import io
import json
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from orchestrator_svc.domain.errors import ArchiveInvalid, ArchiveTooLarge

FORMAT = "runway business archive"
VERSION = 1
MAXIMUM_BYTES = 64 * 1024 * 1024
MAXIMUM_BYTES_UNPACKED = 512 * 1024 * 1024
MAXIMUM_LINE_BYTES = 8 * 1024 * 1024
"""No row is larger: of what a row keeps, all came in one message, or went out in one."""

Row = tuple[str, dict[str, Any]]


def packed(business_id: str, rows: Iterable[Row]) -> tuple[bytes, int]:
    """Return an archive of a business's rows, and how many they are.

    Raises ArchiveTooLarge.
    """
    header = {"format": FORMAT, "version": VERSION, "business_id": business_id}
    into, digest, count = io.BytesIO(), hashlib.sha256(), 0
    # Without a name and a time, which would differ from one export to the next.
    with gzip.GzipFile("", "wb", compresslevel=6, fileobj=into, mtime=0) as archive:

        def write(line: bytes) -> None:
            digest.update(line)
            archive.write(line)

        write(_line(header))
        for table, row in rows:
            write(_line([table, {name: _plain(value) for name, value in row.items()}]))
            count += 1
        archive.write(_line({"rows": count, "sha256": digest.hexdigest()}))
    if into.tell() > MAXIMUM_BYTES:
        raise ArchiveTooLarge(f"The archive is larger than {MAXIMUM_BYTES} bytes.")
    return into.getvalue(), count


def unpacked(business_id: str, archive: bytes | bytearray) -> Iterator[Row]:
    """Yield the rows of a business's archive, as they were written: dates and bytes as text. It is
    whole only if all were yielded: what is wrong with it shows with its last line at the latest.

    One row is in memory at a time: a small archive may hold very many.

    Raises ArchiveInvalid when it is damaged or of another business, ArchiveTooLarge.
    """
    lines = _lines(archive)
    digest, count = hashlib.sha256(), 0
    header = next(lines, b"")
    _check_header(business_id, _value(header))
    digest.update(header)
    last = next(lines, None)
    for line in lines:
        assert last is not None
        yield _row(business_id, last)
        digest.update(last)
        count, last = count + 1, line
    if last is None:
        raise _invalid("is cut off")
    if _value(last) != {"rows": count, "sha256": digest.hexdigest()}:
        raise _invalid("is damaged or cut off")


def _check_header(business_id: str, header: Any) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise _invalid("is no archive of a business")
    if header.get("version") != VERSION:
        raise _invalid(f"has a version that is not {VERSION}")
    if header.get("business_id") != business_id:
        raise _invalid("is of another business")


def _row(business_id: str, line: bytes) -> Row:
    value = _value(line)
    if not isinstance(value, list) or [type(part) for part in value] != [str, dict]:
        raise _invalid("holds a line that is no row")
    table, row = value
    if row.get("business_id") != business_id:
        raise _invalid("holds a row of another business")
    return table, row


def reader(kind: type) -> Callable[[Any], Any]:
    """Return what reads the values of columns of a Python type back; it raises ArchiveInvalid."""

    def read(value: Any) -> Any:
        try:
            return None if value is None else _READERS.get(kind, _as_it_is)(value)
        except (TypeError, ValueError, AttributeError):
            raise _invalid("holds a value of another type than its column's") from None

    return read


def _lines(archive: bytes | bytearray) -> Iterator[bytes]:
    if len(archive) > MAXIMUM_BYTES:
        raise ArchiveTooLarge(f"The archive is larger than {MAXIMUM_BYTES} bytes.")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(archive)) as file:
            size = 0
            while line := file.readline(MAXIMUM_LINE_BYTES + 1):
                size += len(line)
                if len(line) > MAXIMUM_LINE_BYTES or size > MAXIMUM_BYTES_UNPACKED:
                    raise ArchiveTooLarge(
                        f"The archive unpacks to more than {MAXIMUM_BYTES_UNPACKED} bytes,"
                        f" or has a row of more than {MAXIMUM_LINE_BYTES}."
                    )
                yield line
    except (OSError, EOFError, zlib.error):
        raise _invalid("is damaged or no archive of a business") from None


def _line(value: Any) -> bytes:
    # Not sorted: what is JSON in its column is kept as it was written.
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _value(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise _invalid("holds a line that is no JSON") from None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime.date | uuid.UUID):
        return str(value)
    return value


def _as_it_is(value: Any) -> Any:
    return value


def _integer(value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise TypeError
    return value


def _text(value: Any) -> str:
    # What no text column can hold: NUL, and half of a surrogate pair (which cannot be encoded).
    if type(value) is not str or b"\0" in value.encode():
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _instant(value: Any) -> datetime.datetime:
    read = datetime.datetime.fromisoformat(value)
    if read.tzinfo is None:
        raise ValueError
    return read


_READERS: dict[type, Callable[[Any], Any]] = {
    int: _integer,
    str: _text,
    bool: _boolean,
    bytes: lambda value: base64.b64decode(value, validate=True),
    uuid.UUID: uuid.UUID,
    datetime.datetime: _instant,
    datetime.date: datetime.date.fromisoformat,
}


def _invalid(text: str) -> ArchiveInvalid:
    return ArchiveInvalid(text, field="archive_part")
