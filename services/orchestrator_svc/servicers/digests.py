"""DigestService: the data and the state behind digests."""

import datetime
import uuid
from typing import Any

from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import digest_service_pb2 as pb
from runway.orchestrator.v1 import digest_service_pb2_grpc

from orchestrator_svc.domain.digests import (
    DigestConfig,
    DigestRecord,
    DigestSettings,
    DigestTrigger,
    DigestWindow,
)
from orchestrator_svc.domain.errors import InvalidField
from orchestrator_svc.orchestrators.digests import DigestDataOrchestrator
from orchestrator_svc.orchestrators.mutations import etag
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.mutation import mutation
from service_kit.wire import to_date

_TRIGGERS = {
    DigestTrigger.WEEKLY: digest_pb2.DIGEST_TRIGGER_WEEKLY,
    DigestTrigger.TEST_DRIVE: digest_pb2.DIGEST_TRIGGER_TEST_DRIVE,
    DigestTrigger.ONBOARDING: digest_pb2.DIGEST_TRIGGER_ONBOARDING,
}
_WINDOWS = {
    DigestWindow.LAST_4_WEEKS: digest_pb2.DIGEST_WINDOW_LAST_4_WEEKS,
    DigestWindow.FULL_HISTORY: digest_pb2.DIGEST_WINDOW_FULL_HISTORY,
}
_TRIGGER_OF: dict[int, DigestTrigger] = {number: name for name, number in _TRIGGERS.items()}
_WINDOW_OF: dict[int, DigestWindow] = {number: name for name, number in _WINDOWS.items()}


class DigestServicer(digest_service_pb2_grpc.DigestServiceServicer):
    """Answers DigestService."""

    def __init__(self, digests: DigestDataOrchestrator) -> None:
        self._digests = digests

    async def GetDigestData(
        self, request: pb.GetDigestDataRequest, context: Any
    ) -> pb.GetDigestDataResponse:
        as_of = mapping.read_date("", request, "as_of")
        data = await self._digests.get_digest_data(
            request.business_id, _config(request.config), as_of
        )
        return pb.GetDigestDataResponse(
            business_id=request.business_id,
            business=mapping.to_business(data.now.business),
            ledger=mapping.to_ledger(data.now),
            ledger_before=mapping.to_ledger(data.before),
            synced_at=mapping.to_instant(data.now.business.synced_at),
        )

    async def RecordDigest(
        self, request: pb.RecordDigestRequest, context: Any
    ) -> pb.RecordDigestResponse:
        def answer(made: DigestRecord) -> pb.RecordDigestResponse:
            return pb.RecordDigestResponse(business_id=request.business_id, digest=_to_record(made))

        return await self._digests.record(
            request.business_id,
            _record(request.digest),
            mutation(request, pb.RecordDigestResponse, answer),
        )

    async def ListDigests(
        self, request: pb.ListDigestsRequest, context: Any
    ) -> pb.ListDigestsResponse:
        found, token = await self._digests.list(
            request.business_id, request.page_size, request.page_token
        )
        return pb.ListDigestsResponse(
            business_id=request.business_id,
            digests=map(_to_record, found),
            next_page_token=token,
        )

    async def GetDigestSettings(
        self, request: pb.GetDigestSettingsRequest, context: Any
    ) -> pb.GetDigestSettingsResponse:
        settings = await self._digests.settings(request.business_id)
        return pb.GetDigestSettingsResponse(
            business_id=request.business_id, settings=_to_settings(settings)
        )

    async def UpdateDigestSettings(
        self, request: pb.UpdateDigestSettingsRequest, context: Any
    ) -> pb.UpdateDigestSettingsResponse:
        def answer(settings: DigestSettings) -> pb.UpdateDigestSettingsResponse:
            return pb.UpdateDigestSettingsResponse(
                business_id=request.business_id, settings=_to_settings(settings)
            )

        return await self._digests.update_settings(
            request.business_id,
            _settings(request.settings),
            request.settings.etag,
            request.update_mask.paths,
            mutation(request, pb.UpdateDigestSettingsResponse, answer),
        )


def _config(message: digest_pb2.DigestConfig) -> DigestConfig:
    """Return a configuration; what it leaves open is as its trigger has it."""
    variant = message.experiment_variant
    by_trigger = {
        DigestTrigger.WEEKLY: DigestConfig.for_weekly(),
        DigestTrigger.TEST_DRIVE: DigestConfig.for_test_drive(variant),
        DigestTrigger.ONBOARDING: DigestConfig.for_onboarding(),
    }
    default = by_trigger[_TRIGGER_OF.get(message.trigger_type, DigestTrigger.WEEKLY)]
    return DigestConfig(
        default.trigger_type,
        _WINDOW_OF.get(message.time_window, default.time_window),
        message.preview_mode or default.preview_mode,
        variant,
    )


def _record(message: digest_pb2.DigestRecord) -> DigestRecord:
    config = _config(message.config)
    if config.preview_mode:
        raise InvalidField("is a preview, of which nothing is kept", field="digest.config")
    as_of = mapping.read_date("digest", message, "as_of")
    if as_of is None:
        raise InvalidField("must be a day", field="digest.as_of")
    return DigestRecord(
        uuid.UUID(int=0),
        config.trigger_type.value,
        config.time_window.value,
        config.experiment_variant,
        as_of,
        message.subject,
        message.content_digest,
        datetime.datetime.min,
    )


def _to_record(made: DigestRecord) -> digest_pb2.DigestRecord:
    return digest_pb2.DigestRecord(
        digest_id=str(made.digest_id),
        config=digest_pb2.DigestConfig(
            trigger_type=_TRIGGERS[DigestTrigger(made.trigger_type)],
            time_window=_WINDOWS[DigestWindow(made.time_window)],
            experiment_variant=made.experiment_variant,
        ),
        as_of=to_date(made.as_of),
        subject=made.subject,
        content_digest=made.content_digest,
        create_time=mapping.to_instant(made.created_at),
    )


def _settings(message: digest_pb2.DigestSettings) -> DigestSettings:
    return DigestSettings(
        enabled=message.enabled,
        weekday=message.weekday or digest_pb2.WEEKDAY_MONDAY,
        hour=message.hour,
        time_zone=message.time_zone,
        recipients=tuple(message.recipients),
    )


def _to_settings(settings: DigestSettings) -> digest_pb2.DigestSettings:
    return digest_pb2.DigestSettings(
        enabled=settings.enabled,
        weekday=settings.weekday,  # type: ignore[arg-type]
        hour=settings.hour,
        time_zone=settings.time_zone,
        recipients=settings.recipients,
        etag=etag(settings.version),
    )
