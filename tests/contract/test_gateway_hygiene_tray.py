"""The gateway's HygieneTrayService before the real orchestrator.

The calculator here is one that a test tells what to find, so that an issue can go and come back
with no books being made for it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from click.testing import Result
from google.protobuf import field_mask_pb2
from runway.calculator.v1 import data_quality_calculation_service_pb2 as calculator_pb
from runway.calculator.v1 import data_quality_calculation_service_pb2_grpc as calculator_grpc
from runway.experience.v1 import hygiene_tray_service_pb2 as pb
from runway.experience.v1 import hygiene_tray_service_pb2_grpc as pb_grpc
from runway.ledger.v1 import hygiene_tray_pb2 as tray_pb
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc
from runway.orchestrator.v1 import hygiene_tray_service_pb2 as orchestrator_pb
from typer.testing import CliRunner

from calculator_svc.servicers.errors import CATALOGUE
from runway_cli.errors import CommandError
from runway_cli.main import app
from service_kit.grpc_server import GrpcServer, Service
from service_kit.pipeline import Pipeline
from support import builders, identity, servers
from support.admission import admission
from support.builders import day, instant, request_id
from support.descriptors import shape
from support.errors import reason_of

SYNCS = [f"2026-05-{number:02}T10:15:00+00:00" for number in (5, 6, 7, 8)]
FIXED, REOPENED, OPEN = (
    tray_pb.TRAY_ITEM_STATUS_FIXED,
    tray_pb.TRAY_ITEM_STATUS_REOPENED,
    tray_pb.TRAY_ITEM_STATUS_OPEN,
)


class ToldCalculator(calculator_grpc.DataQualityCalculationServiceServicer):
    """Finds what it was told to find."""

    def __init__(self) -> None:
        self.issue_keys: list[str] = []
        self.answers_for = ""

    async def CalculateDataQuality(self, request: Any, context: Any) -> Any:
        return calculator_pb.CalculateDataQualityResponse(
            business_id=self.answers_for or request.business_id,
            issues=[
                calculator_pb.Issue(issue_key=key, rule=key.upper(), cost_days=9 - number)
                for number, key in enumerate(self.issue_keys)
            ],
            score_hundredths=9000,
        )


@pytest.fixture(scope="module")
def running(orchestrator_address: str) -> Iterator[tuple[str, ToldCalculator]]:
    """The gateway's address, and the calculator behind it."""
    calculator = ToldCalculator()

    async def start() -> tuple[int, servers.Stop]:
        service = Service(
            "runway.calculator.v1.DataQualityCalculationService",
            calculator,
            calculator_grpc.add_DataQualityCalculationServiceServicer_to_server,
        )
        server = GrpcServer(
            [service], Pipeline(CATALOGUE, identity.gateways("calculator"), admission())
        )
        port = await server.start(servers.HOST, 0)
        await server.serve()
        return port, lambda: server.stop(0)

    with (
        servers.served(start) as calculator_address,
        servers.gateway(orchestrator_address, calculator_address) as (grpc_address, _),
    ):
        yield grpc_address, calculator


@pytest.fixture
def calculator(running: tuple[str, ToldCalculator]) -> ToldCalculator:
    running[1].issue_keys, running[1].answers_for = ["dear", "cheap"], ""
    return running[1]


@pytest.fixture
def tray(running: tuple[str, ToldCalculator]) -> Iterator[Any]:
    with identity.channel(running[0]) as channel:
        yield pb_grpc.HygieneTrayServiceStub(channel)


@pytest.fixture
def orchestrator(orchestrator_address: str) -> Iterator[grpc.Channel]:
    with identity.channel(orchestrator_address) as channel:
        yield channel


@pytest.fixture
def business(orchestrator: grpc.Channel, calculator: ToldCalculator) -> str:
    """A business with books of the first sync, and a tray that was never refreshed."""
    business_id = builders.business_id("tray")
    business_service_pb2_grpc.BusinessServiceStub(orchestrator).CreateBusiness(
        builders.create_business(business_id)
    )
    sync(orchestrator, business_id, SYNCS[0], *builders.small_books())
    return business_id


def sync(channel: grpc.Channel, business_id: str, at: str, *records: Any) -> None:
    request = builders.import_ledger(business_id, *records, synced_at=instant(at))
    assert ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(iter([request])).applied


def shown(tray: Any, business_id: str, **fields: Any) -> Any:
    answer = tray.GetHygieneTray(pb.GetHygieneTrayRequest(business_id=business_id, **fields))
    assert answer.business_id == business_id
    return answer


def refresh(tray: Any, business_id: str) -> Any:
    return tray.RefreshHygieneTray(
        pb.RefreshHygieneTrayRequest(business_id=business_id, request_id=request_id())
    )


def keys(answer: Any) -> list[str]:
    return [found.issue.issue_key for found in answer.issues]


def update(tray: Any, business_id: str, item: Any, **fields: Any) -> Any:
    item.MergeFrom(tray_pb.TrayItem(**fields))
    request = pb.UpdateTrayItemRequest(
        business_id=business_id,
        request_id=request_id(),
        item=item,
        update_mask=field_mask_pb2.FieldMask(paths=list(fields)),
    )
    return tray.UpdateTrayItem(request).item


def test_a_tray_that_was_never_refreshed_shows_issues_without_items(
    tray: Any, business: str
) -> None:
    answer = shown(tray, business)
    assert keys(answer) == ["dear", "cheap"]
    assert answer.unrecorded_count == 2 and not answer.status_counts
    assert not any(found.HasField("item") for found in answer.issues)
    assert not answer.HasField("recorded_synced_at")
    assert (answer.display_name, answer.score_hundredths) == (f"The {business}", 9000)
    assert answer.as_of == day("2026-05-05")


def test_reading_the_tray_records_nothing(tray: Any, business: str) -> None:
    assert shown(tray, business) == shown(tray, business)
    assert shown(tray, business).unrecorded_count == 2


def test_a_refresh_gives_each_issue_an_item(tray: Any, business: str) -> None:
    assert refresh(tray, business).added_count == 2
    answer = shown(tray, business)
    assert [found.item.issue_key for found in answer.issues] == ["dear", "cheap"]
    assert [(c.status, c.issue_count) for c in answer.status_counts] == [(OPEN, 2)]
    assert answer.unrecorded_count == 0
    assert answer.recorded_synced_at == answer.synced_at == instant(SYNCS[0])


def test_the_same_refresh_twice_is_recorded_once(tray: Any, business: str) -> None:
    request = pb.RefreshHygieneTrayRequest(business_id=business, request_id=request_id())
    assert tray.RefreshHygieneTray(request) == tray.RefreshHygieneTray(request)
    assert tray.RefreshHygieneTray(request).added_count == 2


def test_an_issue_goes_its_whole_way(
    tray: Any, business: str, orchestrator: grpc.Channel, calculator: ToldCalculator
) -> None:
    refresh(tray, business)
    update(tray, business, shown(tray, business).issues[0].item, status=FIXED)
    # The next sync still finds it. Until that is recorded, it is shown as it is kept.
    sync(orchestrator, business, SYNCS[1])
    assert shown(tray, business).issues[0].item.status == FIXED
    assert refresh(tray, business).reopened_count == 1
    assert shown(tray, business).issues[0].item.status == REOPENED
    # It is gone, and closes itself.
    sync(orchestrator, business, SYNCS[2])
    calculator.issue_keys = ["cheap"]
    before_recording = shown(tray, business)
    assert [item.issue_key for item in before_recording.closed] == ["dear"]
    assert not before_recording.closed[0].HasField("gone_at")
    assert refresh(tray, business).gone_count == 1
    assert shown(tray, business).closed[0].HasField("gone_at")
    # It comes back.
    sync(orchestrator, business, SYNCS[3])
    calculator.issue_keys = ["dear", "cheap"]
    assert refresh(tray, business).returned_count == 1
    item = shown(tray, business).issues[0].item
    assert item.status == REOPENED and item.HasField("returned_at")


def test_a_snoozed_issue_is_counted_until_its_day(tray: Any, business: str) -> None:
    refresh(tray, business)
    item = shown(tray, business).issues[1].item
    update(tray, business, item, snoozed_until_date=day("2026-05-12"))
    for as_of, count in (("2026-05-11", 1), ("2026-05-12", 0)):
        answer = shown(tray, business, as_of=day(as_of))
        assert answer.snoozed_count == count
        assert [found.snoozed for found in answer.issues] == [False, count == 1]


def test_a_batch_is_passed_on_with_its_refusals(tray: Any, business: str) -> None:
    refresh(tray, business)
    items = [found.item for found in shown(tray, business).issues]
    mask = field_mask_pb2.FieldMask(paths=["assignee"])
    for item in items:
        item.assignee = "Ann"
    request = pb.BatchUpdateTrayItemsRequest(
        business_id=business,
        request_id=request_id(),
        changes=[tray_pb.TrayItemChange(item=item, update_mask=mask) for item in items],
    )
    assert [i.assignee for i in tray.BatchUpdateTrayItems(request).items] == ["Ann", "Ann"]
    request.request_id = request_id()
    with pytest.raises(grpc.RpcError) as caught:
        tray.BatchUpdateTrayItems(request)
    assert reason_of(caught.value) == "ETAG_MISMATCH"


def test_issues_of_another_business_are_never_shown_nor_recorded(
    tray: Any, business: str, calculator: ToldCalculator
) -> None:
    calculator.answers_for = "another"
    for call in (shown, refresh):
        with pytest.raises(grpc.RpcError) as caught:
            call(tray, business)
        assert reason_of(caught.value) == "FOREIGN_ANSWER"
    calculator.answers_for = ""
    assert shown(tray, business).unrecorded_count == 2


@pytest.fixture
def command_line(
    running: tuple[str, ToldCalculator], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Type `runway tray …` against the running gateway."""
    monkeypatch.setenv("RUNWAY_GATEWAY_PORT", running[0].rpartition(":")[2])
    monkeypatch.setenv("RUNWAY_STATE_DIR", str(identity.STATE_DIR))
    return lambda *words: CliRunner().invoke(app, ["tray", *words])


def printed(result: Result) -> list[str]:
    """Return what a command printed, without the log of the servers in this process."""
    assert result.exit_code == 0, result.exception
    return [line for line in result.output.splitlines() if "[info" not in line]


def test_the_command_line_prints_refreshes_and_sets(
    command_line: Callable[..., Result], tray: Any, business: str
) -> None:
    assert "2 new" in "\n".join(printed(command_line("--business", business)))
    done = printed(command_line("refresh", "--business", business))
    assert done == ["2 new, 0 gone, 0 back, 0 reopened."]
    words = ("--status", "waiting-on-client", "--assignee", "Ann", "--snooze", "2026-06-01")
    printed(command_line("set", "dear", "--business", business, *words))
    csv = printed(command_line("--business", business, "--format", "csv"))
    assert csv[0] == "days,severity,what,status,assignee,key"
    assert csv[1] == '9,unspecified,,"waiting on client, snoozed until 2026-06-01",Ann,dear'
    assert shown(tray, business).issues[0].item.assignee == "Ann"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("unheard-of", "--note", "x"), "has no issue"),
        (("dear",), "nothing to set"),
        (("dear", "--status", "done"), "is no status"),
        (("dear", "--status", "reopened"), "cannot be set to reopened"),
    ],
)
def test_the_command_line_refuses_in_one_sentence(
    command_line: Callable[..., Result], tray: Any, business: str, words: Any, said: str
) -> None:
    refresh(tray, business)
    result = command_line("set", *words, "--business", business)
    assert isinstance(result.exception, CommandError)
    assert said in str(result.exception)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("GetHygieneTrayRequest", "GetTrayDataRequest"),
        ("UpdateTrayItemRequest", "UpdateTrayItemRequest"),
        ("UpdateTrayItemResponse", "UpdateTrayItemResponse"),
        ("BatchUpdateTrayItemsRequest", "BatchUpdateTrayItemsRequest"),
        ("BatchUpdateTrayItemsResponse", "BatchUpdateTrayItemsResponse"),
        ("RefreshHygieneTrayResponse", "RecordFindingsResponse"),
    ],
)
def test_messages_that_pass_through_are_the_same_field_for_field(outer: str, inner: str) -> None:
    ours, theirs = (file.DESCRIPTOR.message_types_by_name for file in (pb, orchestrator_pb))
    assert shape(ours[outer]) == shape(theirs[inner])
