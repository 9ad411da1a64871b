"""The test drive: the digest in an experiment's variants, and how the variants did."""

import asyncio
from typing import Any

from runway.experience.v1 import test_drive_service_pb2 as pb
from runway.experience.v1.test_drive_service_pb2_grpc import TestDriveServiceServicer
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import test_drive_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.test_drive_service_pb2_grpc import TestDriveServiceStub

from experience_gw.clients import InnerServices
from experience_gw.compose import experiments
from experience_gw.compose.experiments import Interval
from experience_gw.servicers.digest_maker import DigestMaker
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.servicers.translation import translated
from service_kit import calls
from service_kit.errors import ApiError, shown_for

AT_ONCE = 16
"""How many businesses are asked at once: one request must not take all there is."""


class TestDriveServicer(TestDriveServiceServicer):
    """Serves the test drive."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._state = TestDriveServiceStub(inner.orchestrator.channel)
        self._maker = DigestMaker(inner)

    async def CreateSandbox(
        self, request: pb.CreateSandboxRequest, context: Any
    ) -> pb.CreateSandboxResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.CreateSandbox, translated(request, orchestrator_pb2.CreateSandboxRequest)
        )
        return translated(answer, pb.CreateSandboxResponse)

    async def GetTestDrive(
        self, request: pb.GetTestDriveRequest, context: Any
    ) -> pb.GetTestDriveResponse:
        """Make the digest in the variant that the experiment has for the business."""
        variant = self._variant(request)
        config = digest_pb2.DigestConfig(
            trigger_type=digest_pb2.DIGEST_TRIGGER_TEST_DRIVE, experiment_variant=variant
        )
        return pb.GetTestDriveResponse(
            business_id=request.business_id,
            variant=variant,
            digest=await self._maker.make(request.business_id, request, config),
        )

    async def RecordExposure(
        self, request: pb.RecordExposureRequest, context: Any
    ) -> pb.RecordExposureResponse:
        """Pass on to the orchestrator, with the variant that the business is shown."""
        answer = await self._orchestrator.call(
            self._state.RecordExposure,
            orchestrator_pb2.RecordExposureRequest(
                business_id=request.business_id,
                request_id=request.request_id,
                experiment=request.experiment,
                variant=self._variant(request),
            ),
        )
        return translated(answer, pb.RecordExposureResponse)

    async def RecordConversion(
        self, request: pb.RecordConversionRequest, context: Any
    ) -> pb.RecordConversionResponse:
        """Pass on to the orchestrator."""
        experiments.find(request.experiment)
        answer = await self._orchestrator.call(
            self._state.RecordConversion,
            translated(request, orchestrator_pb2.RecordConversionRequest),
        )
        return translated(answer, pb.RecordConversionResponse)

    async def GetExperimentResults(
        self, request: pb.GetExperimentResultsRequest, context: Any
    ) -> pb.GetExperimentResultsResponse:
        """Ask for the part of each business by itself, and compare the variants."""
        experiment = experiments.find(request.experiment)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(business_id: str) -> Any:
            async with places:
                try:
                    return await self._participation(business_id, request.experiment)
                except Exception as error:
                    return shown_for(error, CATALOGUE, calls.current().correlation_id)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(key)) for key in request.business_ids]
        found = [task.result() for task in tasks]
        failed = [part for part in found if isinstance(part, ApiError)]
        if len(failed) == len(found) and all(error.retry_after_seconds for error in failed):
            raise failed[0]
        shown = [
            (part.variant, part.HasField("conversion_time"))
            for part in found
            if not isinstance(part, ApiError) and part.variant
        ]
        compared = experiments.results(experiment, shown)
        return pb.GetExperimentResultsResponse(
            business_id=request.business_id,
            variants=[
                pb.VariantResult(
                    variant=result.variant,
                    exposed_count=result.exposed,
                    converted_count=result.converted,
                    conversion=_interval(result.conversion),
                    difference=_interval(result.difference),
                )
                for result in compared
            ],
            failed_count=len(failed),
            warning=experiments.warning(compared),
        )

    async def _participation(self, business_id: str, experiment: str) -> Any:
        answer = await self._orchestrator.call(
            self._state.GetParticipation,
            orchestrator_pb2.GetParticipationRequest(
                business_id=business_id, experiment=experiment
            ),
        )
        return answer.participation

    @staticmethod
    def _variant(request: Any) -> str:
        experiment = experiments.find(request.experiment)
        return experiments.variant_for(experiment, request.business_id)


def _interval(interval: Interval | None) -> pb.Interval | None:
    if interval is None:
        return None
    return pb.Interval(estimate=interval.estimate, low=interval.low, high=interval.high)
