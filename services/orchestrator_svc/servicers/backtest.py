"""BacktestService: how good the forecasts of a business have been, kept."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.type import money_pb2
from runway.ledger.v1 import ledger_history_pb2
from runway.orchestrator.v1 import backtest_service_pb2 as pb
from runway.orchestrator.v1 import backtest_service_pb2_grpc

from orchestrator_svc.domain.backtest import BacktestRecord
from orchestrator_svc.orchestrators.backtests import BacktestOrchestrator
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.mutation import mutation
from service_kit.wire import from_date, from_money


class BacktestServicer(backtest_service_pb2_grpc.BacktestServiceServicer):
    """Answers BacktestService."""

    def __init__(self, backtests: BacktestOrchestrator) -> None:
        self._backtests = backtests

    async def GetBacktest(
        self, request: pb.GetBacktestRequest, context: Any
    ) -> pb.GetBacktestResponse:
        business, found = await self._backtests.get(request.business_id)
        return pb.GetBacktestResponse(
            business_id=request.business_id,
            display_name=business.display_name,
            record=to_record(found) if found else None,
        )

    async def RecordBacktest(
        self, request: pb.RecordBacktestRequest, context: Any
    ) -> pb.RecordBacktestResponse:
        def answer(kept: BacktestRecord) -> pb.RecordBacktestResponse:
            return pb.RecordBacktestResponse(
                business_id=request.business_id, record=to_record(kept)
            )

        amounts = list(_amounts("record", request.record))
        for path, amount in amounts:
            mapping.read(path, from_money, amount)
        return await self._backtests.record(
            request.business_id,
            _record(request.record),
            [amount.currency_code for _, amount in amounts],
            mutation(request, pb.RecordBacktestResponse, answer),
        )


def to_record(record: BacktestRecord) -> ledger_history_pb2.BacktestRecord:
    """Return a backtest on the wire."""
    message = ParseDict(dict(record.figures), ledger_history_pb2.BacktestRecord())
    if record.recorded_at is not None:
        message.recorded_at.FromDatetime(record.recorded_at)
    return message


def _record(message: ledger_history_pb2.BacktestRecord) -> BacktestRecord:
    as_of = mapping.read("record.as_of", from_date, message.as_of)
    for name in ("first_origin_date", "last_origin_date"):
        mapping.read_date("record", message, name)
    kept = ledger_history_pb2.BacktestRecord()
    kept.CopyFrom(message)
    # The server's to say, whatever a caller put there.
    kept.ClearField("recorded_at")
    figures = MessageToDict(kept, preserving_proto_field_name=True)
    return BacktestRecord(as_of, figures)


def _amounts(path: str, message: Message) -> Iterator[tuple[str, Any]]:
    """Yield every amount of a message with the path of its field."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        many = field.is_repeated
        for index, one in enumerate(value if many else [value]):
            place = f"{path}.{field.name}" + (f"[{index}]" if many else "")
            if isinstance(one, money_pb2.Money):
                yield place, one
            else:
                yield from _amounts(place, one)
