"""An archive gives back what was packed, to the byte, and nothing that was tampered with."""

import datetime
import gzip
import json
import tracemalloc
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_svc.domain import archives
from orchestrator_svc.domain.archives import Row, packed, reader
from orchestrator_svc.domain.errors import ArchiveInvalid, ArchiveTooLarge

ROWS: list[Row] = [
    ("business", {"business_id": "acme", "name": "Ä"}),
    ("bill", {"business_id": "acme", "amount": 5, "due": datetime.date(2026, 5, 5)}),
    ("bill", {"business_id": "acme", "digest": b"\x00\xff", "id": uuid.UUID(int=7)}),
]


def unpacked(business_id: str, archive: bytes) -> list[Row]:
    return list(archives.unpacked(business_id, archive))


def refused(archive: bytes, business_id: str = "acme") -> str:
    with pytest.raises(ArchiveInvalid) as caught:
        unpacked(business_id, archive)
    return str(caught.value)


def test_the_same_rows_give_the_same_bytes() -> None:
    assert packed("acme", ROWS) == packed("acme", ROWS)


def test_every_row_comes_back() -> None:
    archive, count = packed("acme", ROWS)
    found = unpacked("acme", archive)
    assert (count, len(found)) == (3, 3)
    assert found[1] == ("bill", {"business_id": "acme", "amount": 5, "due": "2026-05-05"})
    assert reader(bytes)(found[2][1]["digest"]) == b"\x00\xff"
    assert reader(uuid.UUID)(found[2][1]["id"]) == uuid.UUID(int=7)


@given(st.datetimes(timezones=st.just(datetime.UTC)))
def test_an_instant_comes_back_to_the_microsecond(instant: datetime.datetime) -> None:
    archive, _ = packed("acme", [("t", {"business_id": "acme", "at": instant})])
    assert reader(datetime.datetime)(unpacked("acme", archive)[0][1]["at"]) == instant


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_a_bit_that_turns_is_noticed_or_changes_nothing(position: int, bit: int) -> None:
    archive = bytearray(packed("acme", ROWS)[0])
    archive[position % len(archive)] ^= 1 << bit
    try:
        found = unpacked("acme", bytes(archive))
    except ArchiveInvalid:
        return
    assert found == unpacked("acme", packed("acme", ROWS)[0])  # Only gzip's own header.


def test_an_archive_of_another_business_is_refused() -> None:
    assert "another business" in refused(packed("acme", ROWS)[0], "bolt")


def test_a_row_of_another_business_is_refused() -> None:
    foreign: list[Row] = [*ROWS, ("bill", {"business_id": "bolt"})]
    assert "a row of another business" in refused(packed("acme", foreign)[0])


@pytest.mark.parametrize("content", [b"", b"{}\n", b"no JSON\n{}\n", b"[]\n[]\n"])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    refused(content)
    refused(gzip.compress(content))


def test_an_archive_that_is_cut_off_is_refused() -> None:
    lines = gzip.decompress(packed("acme", ROWS)[0]).splitlines(keepends=True)
    assert refused(gzip.compress(b"".join(lines[:-1])))
    assert refused(gzip.compress(b"".join(lines[:2] + lines[-1:])))


def test_an_archive_is_never_in_memory_as_a_whole() -> None:
    rows: list[Row] = [("bill", {"business_id": "acme", "note": "x" * 300})] * 60_000
    archive, _ = packed("acme", rows)
    tracemalloc.start()
    assert sum(1 for _ in archives.unpacked("acme", archive)) == len(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_row_of_endless_length_is_refused_before_it_is_read() -> None:
    endless = b"[" * (archives.MAXIMUM_LINE_BYTES + 2)
    header = gzip.decompress(packed("acme", [])[0]).splitlines(keepends=True)[0]
    with pytest.raises(ArchiveTooLarge):
        unpacked("acme", gzip.compress(header + endless))


def test_another_version_is_refused() -> None:
    rows: list[Row] = []
    lines = gzip.decompress(packed("acme", rows)[0]).splitlines()
    assert json.loads(lines[0])["version"] == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [(int, "5"), (int, True), (int, 2**63), (str, 5), (str, "\0"), (str, "\ud800"), (bool, 1)],
)
def test_a_value_that_its_column_cannot_hold_is_refused(kind: type, value: object) -> None:
    with pytest.raises(ArchiveInvalid):
        reader(kind)(value)
