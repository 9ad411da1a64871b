"""Sending digests through the gateway, on the three real services and a real mail server."""

import contextlib
import datetime
import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import grpc
import pytest
from google.protobuf import field_mask_pb2
from runway.experience.v1 import digest_service_pb2 as pb
from runway.experience.v1 import digest_service_pb2_grpc
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc
from runway.orchestrator.v1 import digest_service_pb2 as sending_pb

from support import builders, identity, servers
from support.builders import day, request_id
from support.clock import FixedClock
from support.errors import reason_of, retry_after_of, violations_of
from support.processes import Process, free_ports
from support.servers import Stack
from support.smtp_server import Accepted, MailServer, mail_server

GRPC_SERVICE = "gateway_grpc"
WEEKLY = digest_pb2.DigestConfig(trigger_type=digest_pb2.DIGEST_TRIGGER_WEEKLY)
PREVIEW = digest_pb2.DigestConfig(trigger_type=digest_pb2.DIGEST_TRIGGER_WEEKLY, preview_mode=True)
ACCEPTED = sending_pb.DIGEST_RECIPIENT_STATUS_ACCEPTED
REFUSED = sending_pb.DIGEST_RECIPIENT_STATUS_REFUSED
PENDING = sending_pb.DIGEST_RECIPIENT_STATUS_PENDING
TUESDAY_NOON = {"weekday": digest_pb2.WEEKDAY_TUESDAY, "hour": 12}


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return digest_service_pb2_grpc.DigestServiceStub


def begin(stack: Stack, name: str) -> str:
    business_id = builders.business_id("send")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id, display_name=name)
        )
        books = [
            builders.account(),
            builders.customer(display_name=f"Customer of {name}"),
            builders.vendor(display_name=f"Vendor of {name}"),
            builders.bill(due_date=day("2026-05-07")),
            builders.invoice("overdue", "400.00", due_date=day("2026-03-01")),
            builders.rent_paid("2026-04-20"),
        ]
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *books)])
        )
    return business_id


@pytest.fixture
def business(stack: Stack) -> str:
    return begin(stack, "Acme\r\nBcc: eve@example.com")


def change(stub: Any, business: str, **fields: Any) -> Any:
    etag = stub.GetDigestSettings(pb.GetDigestSettingsRequest(business_id=business)).settings.etag
    request = pb.UpdateDigestSettingsRequest(
        business_id=business,
        request_id=request_id(),
        settings=digest_pb2.DigestSettings(etag=etag, **fields),
        update_mask=field_mask_pb2.FieldMask(paths=list(fields)),
    )
    return stub.UpdateDigestSettings(request)


@pytest.fixture
def recipients(grpc_stub: Any, business: str) -> list[str]:
    """Those of the business: nobody else has these addresses."""
    found = [f"{name}.{business}@example.com" for name in ("ann", "bob")]
    change(grpc_stub, business, recipients=found)
    return found


def send(stub: Any, business: str, sending: str = "", **fields: Any) -> Any:
    request = pb.SendDigestRequest(
        **{
            "business_id": business,
            "request_id": sending or request_id(),
            "config": WEEKLY,
            **fields,
        }
    )
    return stub.SendDigest(request, timeout=60)


def refusal(call: Callable[[], Any]) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


def at_once(stub: Any, business: str, sending: str) -> str:
    """Send while others do; return "sent", or why not."""
    try:
        send(stub, business, sending)
    except grpc.RpcError as error:
        return reason_of(error)
    return "sent"


def listed(stub: Any, business: str) -> list[sending_pb.DigestSending]:
    request = pb.ListDigestSendingsRequest(business_id=business)
    return list(stub.ListDigestSendings(request).sendings)


def plan_of(stub: Any, business: str) -> Any:
    return stub.GetDigestSettings(pb.GetDigestSettingsRequest(business_id=business))


def statuses(sending: Any) -> list[int]:
    return [one.status for one in sending.recipients]


def decoded(mail: Accepted) -> str:
    parts = [part for part in mail.message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(mail.message.items()), *(part.get_content() for part in parts)])


@contextlib.contextmanager
def gateway_before(stack: Stack, server: MailServer | None) -> Iterator[Any]:
    """Yield a stub of a gateway that sends to a mail server of a test's own, or to none."""
    mailing = None if server is None else servers.mailing_to(server)
    with (
        servers.gateway(stack.orchestrator, stack.calculator, mailing=mailing) as (address, _),
        identity.channel(address) as channel,
    ):
        yield digest_service_pb2_grpc.DigestServiceStub(channel)


@contextlib.contextmanager
def later(clock: FixedClock, **by: float) -> Iterator[None]:
    before = clock.now
    clock.now += datetime.timedelta(**by)
    try:
        yield
    finally:
        clock.now = before


def test_a_preview_is_to_the_byte_what_the_mail_server_gets_and_writes_and_sends_nothing(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    sending = request_id()
    preview = send(grpc_stub, business, sending, config=PREVIEW)
    assert not preview.HasField("sending")
    assert stack.mail.of(*recipients) == []
    assert listed(grpc_stub, business) == []
    assert not grpc_stub.ListDigests(pb.ListDigestsRequest(business_id=business)).digests
    sent = send(grpc_stub, business, sending).sending
    (got,) = stack.mail.of(*recipients)
    assert got.content == preview.mail
    assert sent.mail_digest == hashlib.sha256(preview.mail).digest()
    assert (got.sender, list(got.recipients)) == ("digest@runway.example", recipients)
    assert got.message["To"] == ", ".join(recipients)
    assert got.message["Message-ID"] == sent.message_id
    assert "Bcc" not in got.message and "eve@example.com" not in str(got.recipients)
    assert statuses(sent) == [ACCEPTED, ACCEPTED]
    assert sent.recipients[0].answer.startswith("250 2.0.0 queued")
    assert sent.HasField("finish_time") and not sent.problem
    assert listed(grpc_stub, business) == [sent]
    (digest,) = grpc_stub.ListDigests(pb.ListDigestsRequest(business_id=business)).digests
    assert sent.digest == digest


def test_a_repeated_request_sends_nothing_again_and_another_body_is_refused(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    sending = request_id()
    first = send(grpc_stub, business, sending)
    assert send(grpc_stub, business, sending) == first
    assert len(stack.mail.of(*recipients)) == 1
    error = refusal(lambda: send(grpc_stub, business, sending, as_of=day("2026-05-01")))
    assert (error.code(), reason_of(error)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "REQUEST_ID_REUSED",
    )
    assert violations_of(error) == ["request_id"]


def test_who_is_refused_is_named_and_the_others_get_it(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    stack.mail.answers[recipients[0]] = "550 5.1.1 no such user"
    sent = send(grpc_stub, business).sending
    assert statuses(sent) == [REFUSED, ACCEPTED]
    assert sent.recipients[0].answer == "550 5.1.1 no such user"
    assert sent.HasField("finish_time")
    assert [one.recipients for one in stack.mail.of(*recipients)] == [(recipients[1],)]


def test_who_is_put_off_gets_it_later_and_nobody_gets_it_twice(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    sending = request_id()
    stack.mail.answers[recipients[0]] = "451 4.7.1 greylisted"
    error = refusal(lambda: send(grpc_stub, business, sending))
    assert (error.code(), reason_of(error)) == (
        grpc.StatusCode.UNAVAILABLE,
        "MAIL_SERVER_UNAVAILABLE",
    )
    assert retry_after_of(error) == 60
    (waiting,) = listed(grpc_stub, business)
    assert statuses(waiting) == [PENDING, ACCEPTED]
    assert "451 4.7.1 greylisted" in waiting.problem
    del stack.mail.answers[recipients[0]]
    sent = send(grpc_stub, business, sending).sending
    first, second = stack.mail.of(*recipients)
    assert (first.recipients, second.recipients) == ((recipients[1],), (recipients[0],))
    assert first.content == second.content
    assert (statuses(sent), sent.attempt_count) == ([ACCEPTED, ACCEPTED], 2)


def test_a_server_that_is_down_is_told_of_and_what_was_made_goes_out_once_it_is_up(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    sending = request_id()
    with mail_server() as control, gateway_before(stack, control.server) as stub:
        control.stop()
        error = refusal(lambda: send(stub, business, sending))
        assert (error.code(), reason_of(error)) == (
            grpc.StatusCode.UNAVAILABLE,
            "MAIL_SERVER_UNAVAILABLE",
        )
        assert retry_after_of(error) == 60
        (waiting,) = listed(stub, business)
        assert statuses(waiting) == [PENDING, PENDING]
        with identity.channel(stack.orchestrator) as channel:
            # The books change; what goes out is what was kept.
            ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
                iter([builders.import_ledger(business, builders.bill("new", "90.00"))])
            )
        control.start()
        sent = send(stub, business, sending).sending
        (got,) = control.server.accepted
    assert hashlib.sha256(got.content).digest() == waiting.mail_digest == sent.mail_digest
    assert (statuses(sent), sent.attempt_count) == ([ACCEPTED, ACCEPTED], 2)


def test_a_mail_that_the_server_refuses_is_told_from_one_that_it_takes_later(
    business: str, recipients: list[str], stack: Stack
) -> None:
    refusing = MailServer(answers={"DATA": "554 5.7.1 spam"})
    with mail_server(refusing), gateway_before(stack, refusing) as stub:
        error = refusal(lambda: send(stub, business))
    assert (error.code(), reason_of(error)) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "MAIL_REFUSED",
    )
    assert "554 5.7.1 spam" in error.details()


def test_without_recipients_or_a_mail_server_nothing_is_sent_and_a_preview_is_shown(
    grpc_stub: Any, business: str, stack: Stack
) -> None:
    error = refusal(lambda: send(grpc_stub, business))
    assert (error.code(), reason_of(error)) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "DIGEST_WITHOUT_RECIPIENTS",
    )
    with gateway_before(stack, None) as stub:
        error = refusal(lambda: send(stub, business))
        assert (error.code(), reason_of(error)) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "MAIL_NOT_CONFIGURED",
        )
        assert b"\r\nTo: undisclosed-recipients:;\r\n" in send(stub, business, config=PREVIEW).mail
    assert listed(grpc_stub, business) == []


def test_of_many_who_send_the_same_at_once_one_does(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    sending = request_id()

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: at_once(grpc_stub, business, sending), range(6)))
    assert set(told) <= {"sent", "DIGEST_BEING_SENT"} and "sent" in told
    assert len(stack.mail.of(*recipients)) == 1


def test_what_the_server_has_accepted_is_recorded_though_the_caller_has_given_up(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    sending = request_id()
    request = pb.SendDigestRequest(business_id=business, request_id=sending, config=WEEKLY)
    slow = MailServer()
    with mail_server(slow), gateway_before(stack, slow) as stub:
        stub.GetDigest(pb.GetDigestRequest(business_id=business), timeout=30)
        call: list[Any] = []
        slow.before_answer = lambda: (call[0].cancel(), time.sleep(0.3))  # type: ignore[assignment,func-returns-value]
        call.append(stub.SendDigest.future(request, timeout=60))
        with pytest.raises(grpc.FutureCancelledError):
            call[0].result()
        until = time.monotonic() + 20
        while not listed(stub, business)[0].HasField("finish_time"):
            assert time.monotonic() < until
            time.sleep(0.05)
        slow.before_answer = None
        assert statuses(send(stub, business, sending).sending) == [ACCEPTED, ACCEPTED]
        assert len(slow.accepted) == 1


def test_a_gateway_killed_between_acceptance_and_record_sends_the_same_mail_again_and_says_so(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack, clock: FixedClock
) -> None:
    grpc_port, http_port = free_ports(2)
    server, sending = MailServer(), request_id()
    with mail_server(server):
        process = Process(
            "experience_gw",
            grpc_port,
            {
                "RUNWAY_GATEWAY_PORT": str(grpc_port),
                "RUNWAY_HTTP_PORT": str(http_port),
                "RUNWAY_ORCHESTRATOR_ADDRESS": stack.orchestrator,
                "RUNWAY_CALCULATOR_ADDRESS": stack.calculator,
                "RUNWAY_SMTP_HOST": "localhost",
                "RUNWAY_SMTP_PORT": str(server.port),
                "RUNWAY_SMTP_TLS": "none",
                "RUNWAY_SMTP_SENDER": servers.SENDER,
                **identity.KEYS.environment(),
            },
        )
        process.start()
        try:
            server.before_answer = process.kill
            with identity.channel(process.address) as channel:
                stub = digest_service_pb2_grpc.DigestServiceStub(channel)
                assert refusal(lambda: send(stub, business, sending)).code() in (
                    grpc.StatusCode.UNAVAILABLE,
                    grpc.StatusCode.CANCELLED,
                )
            server.before_answer = None
            assert len(server.accepted) == 1
            # Nobody knows what became of it: while it may be under way, nobody else sends.
            error = refusal(lambda: send(grpc_stub, business, sending))
            assert (error.code(), reason_of(error)) == (
                grpc.StatusCode.ABORTED,
                "DIGEST_BEING_SENT",
            )
            assert retry_after_of(error) == 5
            process.start()
            with later(clock, minutes=2), identity.channel(process.address) as channel:
                stub = digest_service_pb2_grpc.DigestServiceStub(channel)
                sent = send(stub, business, sending).sending
        finally:
            process.stop()
    first, again = server.accepted
    assert first.content == again.content
    assert first.message["Message-ID"] == sent.message_id
    assert (statuses(sent), sent.attempt_count) == ([ACCEPTED, ACCEPTED], 2)


def test_a_week_s_digest_is_due_from_its_hour_until_it_was_sent(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack, clock: FixedClock
) -> None:
    assert not plan_of(grpc_stub, business).HasField("schedule")
    change(grpc_stub, business, enabled=True, **TUESDAY_NOON)
    plan = plan_of(grpc_stub, business)
    assert (plan.schedule.is_due, plan.time_zone) == (True, "America/Los_Angeles")
    with later(clock, seconds=-1):
        before = plan_of(grpc_stub, business).schedule
        assert (before.is_due, before.request_id) == (False, plan.schedule.request_id)
    preview = send(grpc_stub, business, plan.schedule.request_id, config=PREVIEW)
    with later(clock, hours=3):
        send(grpc_stub, business, plan.schedule.request_id)
    (got,) = stack.mail.of(*recipients)
    assert got.content == preview.mail
    noon = datetime.datetime(2026, 5, 5, 12, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert got.message["Date"].datetime == noon
    following = plan_of(grpc_stub, business).schedule
    assert not following.is_due
    assert following.scheduled_time.ToDatetime(tzinfo=datetime.UTC) - noon == datetime.timedelta(7)
    # To want it on another day of the week brings no second one.
    change(grpc_stub, business, weekday=digest_pb2.WEEKDAY_WEDNESDAY)
    with later(clock, days=1):
        assert not plan_of(grpc_stub, business).schedule.is_due
    with later(clock, days=8):
        assert plan_of(grpc_stub, business).schedule.is_due


def test_a_mail_that_nobody_has_scheduled_is_from_the_beginning_of_its_day(
    grpc_stub: Any, business: str, recipients: list[str], stack: Stack
) -> None:
    send(grpc_stub, business)
    (got,) = stack.mail.of(*recipients)
    midnight = datetime.datetime(2026, 5, 5, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert got.message["Date"].datetime == midnight


def test_no_mail_tells_anything_of_another_business(grpc_stub: Any, stack: Stack) -> None:
    both = {name: begin(stack, name) for name in ("Xanadu", "Yggdrasil")}
    for name, business in both.items():
        change(grpc_stub, business, recipients=[f"ann@{name}.example"])
    week = {name: request_id() for name in both}
    with ThreadPoolExecutor(8) as pool:
        jobs = [(both[name], week[name]) for name in both for _ in range(4)]
        list(pool.map(lambda job: at_once(grpc_stub, *job), jobs))
    for name, business in both.items():
        (got,) = stack.mail.of(f"ann@{name}.example")
        (other,) = set(both) - {name}
        text = decoded(got)
        assert name in text and f"Customer of {name}" in text
        assert other not in text and both[other] not in text
        assert got.recipients == (f"ann@{name}.example",)
        assert [one.message_id for one in listed(grpc_stub, business)] == [
            got.message["Message-ID"]
        ]


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com\r\nBcc: eve@example.com",
        "ann@example.com\n",
        "ann@example.com>\r\nRCPT TO:<eve@example.com",
        "Ann <ann@example.com>",
        "ann@example.com, eve@example.com",
        "ann..b@example.com",
        ".ann@example.com",
        "ann@-example.com",
        "änn@example.com",
        f"{'a' * 65}@example.com",
    ],
)
def test_what_is_no_plain_address_is_refused_naming_it(
    address: str, grpc_stub: Any, business: str
) -> None:
    error = refusal(lambda: change(grpc_stub, business, recipients=["bob@example.com", address]))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(error) == ["settings.recipients[1]"]
    assert not plan_of(grpc_stub, business).settings.recipients


@pytest.mark.parametrize("method", ["GetDigest", "MakeDigest", "SendDigest"])
def test_a_variant_that_there_is_not_is_refused_naming_the_field(
    method: str, grpc_stub: Any, business: str, recipients: list[str]
) -> None:
    config = digest_pb2.DigestConfig(experiment_variant="cash-frist")
    request = getattr(pb, f"{method}Request")(business_id=business, config=config)
    if method != "GetDigest":
        request.request_id = request_id()
    error = refusal(lambda: getattr(grpc_stub, method)(request))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(error) == ["config.experiment_variant"]
    assert listed(grpc_stub, business) == []
