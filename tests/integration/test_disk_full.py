"""The database's disk is full: a status in time, reads go on, and well again once there is room.

The disk is a small file system of the test's own, which takes the right to mount one (root, or
CAP_SYS_ADMIN in a container). Where that is refused the test is skipped, and then nothing is proved
of a full disk: neither the status, nor that reads go on, nor that writes do once there is room.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from runway.ledger.v1 import hand_over_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, hand_over_service_pb2_grpc
from runway.orchestrator.v1 import hand_over_service_pb2 as pb

from orchestrator_svc.migrations import migrate
from runway_cli.embedded_postgres import EmbeddedPostgres
from support import builders, identity, servers
from support.errors import reason_of, retry_after_of
from support.servers import loop_in_thread

pytestmark = pytest.mark.database

BUSINESS = "acme"
MEBIBYTES = 128


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of the test's own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEBIBYTES}m", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        why = mounted.stderr.decode(errors="replace").strip()
        pytest.skip(f"what a full disk does is not proved here: mounting one is refused ({why})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def postgres(disk: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(disk) as postgres, loop_in_thread() as run:
        run(migrate(postgres.owner_url, postgres.app_password))
        yield postgres


def change(channel: grpc.Channel) -> None:
    """Keep something that takes a few kilobytes."""
    hand_over = hand_over_pb2.HandOver(from_person="Ann", to_person="Bob", note="n" * 2_000)
    hand_over_service_pb2_grpc.HandOverServiceStub(channel).CreateHandOver(
        pb.CreateHandOverRequest(
            business_id=BUSINESS, request_id=builders.request_id(), hand_over=hand_over
        ),
        timeout=5,
    )


def kept(channel: grpc.Channel) -> int:
    found, token = 0, ""
    stub = hand_over_service_pb2_grpc.HandOverServiceStub(channel)
    while True:
        request = pb.ListHandOversRequest(business_id=BUSINESS, page_size=1000, page_token=token)
        page = stub.ListHandOvers(request, timeout=5)
        found, token = found + len(page.hand_overs), page.next_page_token
        if not token:
            return found


def test_a_full_disk_is_told_of_in_time_and_all_is_well_once_there_is_room(
    postgres: EmbeddedPostgres, disk: Path
) -> None:
    with servers.orchestrator(postgres.app_url) as address, identity.channel(address) as channel:
        stub = business_service_pb2_grpc.BusinessServiceStub(channel)
        stub.CreateBusiness(builders.create_business(BUSINESS))
        change(channel)
        filler = disk / "filler"
        _fill(filler)

        done = 1
        with pytest.raises(grpc.RpcError) as caught:
            for _ in range(1_000):
                change(channel)
                done += 1
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert reason_of(caught.value) == "DATABASE_UNAVAILABLE"
        assert retry_after_of(caught.value) is not None
        assert kept(channel) == done

        filler.unlink()
        end = time.monotonic() + 5
        while True:
            try:
                change(channel)
                break
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.UNAVAILABLE, error
                assert time.monotonic() < end
        assert kept(channel) == done + 1


def _fill(file: Path) -> None:
    """Leave no byte free."""
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                os.write(filler.fileno(), bytes(4096))
        except OSError:
            return
