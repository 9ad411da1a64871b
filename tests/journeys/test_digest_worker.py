"""Digests from the command line: settings, a mail sent by hand, and the worker that sends them."""

import datetime
import email
import email.policy
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from runway.orchestrator.v1 import business_service_pb2_grpc

from support import builders, identity
from support.clock import FixedClock
from support.servers import Stack

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def environment(stack: Stack) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if "RUNWAY_" not in name}
    return {
        **ours,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COLUMNS": "160",
        "RUNWAY_GATEWAY_PORT": stack.gateway_grpc.rpartition(":")[2],
        "RUNWAY_STATE_DIR": str(identity.STATE_DIR),
    }


@pytest.fixture(scope="module")
def run(environment: dict[str, str]) -> Run:
    def command(*words: object, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "runway_cli", *map(str, words)],
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return command


@pytest.fixture
def business(stack: Stack) -> str:
    business_id = builders.business_id("worker")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
    return business_id


@pytest.fixture
def wanted(run: Run, business: str) -> str:
    """Where the weekly digest goes, which is due: it is noon on a Tuesday in Los Angeles."""
    address = f"ann.{business}@example.com"
    words = ("--enable", "--weekday", "tuesday", "--hour", 12, "--recipient", address)
    changed = run("digest", "settings", "--business", business, *words)
    assert (changed.returncode, changed.stderr) == (0, "")
    return address


def test_settings_are_set_and_shown(run: Run, business: str) -> None:
    words = ("digest", "settings", "--business", business)
    assert "none: it is not enabled" in run(*words).stdout
    refused = run(*words, "--enable")
    assert refused.returncode == 1
    assert refused.stderr == "settings.recipients must name somebody while the digest is enabled.\n"
    run(*words, "--enable", "--recipient", "ann@example.com", "--recipient", "bob@example.com")
    run(*words, "--weekday", "friday", "--hour", 6, "--time-zone", "Europe/Berlin")
    shown = json.loads(run(*words, "--format", "json").stdout)
    assert shown["settings"]["recipients"] == ["ann@example.com", "bob@example.com"]
    assert (shown["settings"]["weekday"], shown["settings"]["hour"]) == ("WEEKDAY_FRIDAY", 6)
    assert shown["timeZone"] == "Europe/Berlin"
    assert "2026-05-08 04:00 UTC" in run(*words).stdout
    assert "is no weekday" in run(*words, "--weekday", "frday").stderr


def test_a_digest_is_sent_by_hand_as_its_mail_is_printed(
    run: Run, business: str, wanted: str, stack: Stack
) -> None:
    printed = run("digest", "--business", business, "--format", "mail")
    assert (printed.returncode, printed.stderr) == (0, "")
    sent = run("digest", "send", "--business", business)
    assert (sent.returncode, sent.stderr) == (0, "")
    assert re.search(rf"{wanted} +accepted +250 2.0.0 queued", sent.stdout)
    (got,) = stack.mail.of(wanted)
    shown = email.message_from_string(printed.stdout, policy=email.policy.default)
    same = ("From", "To", "Subject", "Date")
    assert [shown[name] for name in same] == [got.message[name] for name in same]


def test_what_failed_is_gone_on_with_under_its_id(
    run: Run, business: str, wanted: str, stack: Stack
) -> None:
    stack.mail.answers[wanted] = "451 4.7.1 later"
    failed = run("digest", "send", "--business", business)
    assert failed.returncode == 1
    found = re.search(r"451 4.7.1 later; try again with --request-id (\S+)\.$", failed.stderr)
    assert found is not None, failed.stderr
    del stack.mail.answers[wanted]
    for _ in range(2):
        again = run("digest", "send", "--business", business, "--request-id", found[1])
        assert (again.returncode, again.stderr) == (0, "")
    assert len(stack.mail.of(wanted)) == 1
    stack.mail.answers[wanted] = "550 5.1.1 no such user"
    refused = run("digest", "send", "--business", business)
    assert refused.returncode == 1
    assert refused.stderr == f"The mail server has refused {wanted}; correct the recipients.\n"


def test_two_workers_at_once_send_a_week_s_digest_once(
    run: Run, business: str, wanted: str, stack: Stack, clock: FixedClock
) -> None:
    words = ("digest-worker", "--once", "--business", business)
    with ThreadPoolExecutor(2) as pool:
        rounds = list(pool.map(lambda _: run(*words), range(2)))
    assert [one.returncode for one in rounds] == [0, 0], rounds
    assert run(*words).stdout == ""
    assert len(stack.mail.of(wanted)) == 1
    before = clock.now
    try:
        clock.now += datetime.timedelta(days=7)
        assert f"{business}: sent to 1 of 1" in run(*words).stdout
        assert len(stack.mail.of(wanted)) == 2
    finally:
        clock.now = before


def test_what_cannot_be_sent_fails_the_round_and_holds_up_nobody(
    run: Run, business: str, wanted: str, stack: Stack, tmp_path: Path
) -> None:
    listed = tmp_path / "businesses"
    listed.write_text(f"# Ours\nnobody-here\n{business}  # the one with a digest\n")
    done = run("digest-worker", "--once", "--businesses-file", listed)
    assert done.returncode == 1
    assert "nobody-here: not sent: business_id There is no business nobody-here" in done.stdout
    assert f"{business}: sent to 1 of 1" in done.stdout
    assert run("digest-worker", "--once").stderr.startswith("No business is named")
    missing = run("digest-worker", "--once", "--businesses-file", tmp_path / "none")
    assert (missing.returncode, "cannot be read" in missing.stderr) == (1, True)


@pytest.fixture
def worker(
    environment: dict[str, str], business: str, wanted: str
) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "runway_cli", "digest-worker", "--every", "1"],
        env={**environment, "RUNWAY_DIGEST_BUSINESSES": business},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait()


def test_a_worker_that_is_told_to_stop_finishes_what_is_under_way(
    worker: "subprocess.Popen[str]", business: str, wanted: str, stack: Stack
) -> None:
    stack.mail.before_answer = lambda: worker.send_signal(signal.SIGTERM)
    try:
        told, problems = worker.communicate(timeout=90)
    finally:
        stack.mail.before_answer = None
    assert (worker.returncode, problems) == (0, "")
    lines = [line.partition(" ")[2] for line in told.splitlines()]
    assert lines == [
        "looking after the digests of 1 business",
        f"{business}: sent to 1 of 1",
        "stopped",
    ]
    assert len(stack.mail.of(wanted)) == 1
