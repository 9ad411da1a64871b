"""TestDriveService: sandboxes, which variants a business has seen, and what came of it."""

from typing import Any

from runway.ledger.v1 import experiment_pb2
from runway.orchestrator.v1 import test_drive_service_pb2 as pb
from runway.orchestrator.v1 import test_drive_service_pb2_grpc

from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.experiments import Participation
from orchestrator_svc.orchestrators.experiments import ExperimentOrchestrator
from orchestrator_svc.orchestrators.sandboxes import SandboxOrchestrator
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.mutation import mutation


class TestDriveServicer(test_drive_service_pb2_grpc.TestDriveServiceServicer):
    """Answers TestDriveService."""

    def __init__(self, experiments: ExperimentOrchestrator, sandboxes: SandboxOrchestrator) -> None:
        self._experiments = experiments
        self._sandboxes = sandboxes

    async def CreateSandbox(
        self, request: pb.CreateSandboxRequest, context: Any
    ) -> pb.CreateSandboxResponse:
        def answer(made: Business) -> pb.CreateSandboxResponse:
            return pb.CreateSandboxResponse(
                business_id=request.business_id, display_name=made.display_name
            )

        return await self._sandboxes.create(
            request.business_id, mutation(request, pb.CreateSandboxResponse, answer)
        )

    async def GetParticipation(
        self, request: pb.GetParticipationRequest, context: Any
    ) -> pb.GetParticipationResponse:
        part = await self._experiments.get(request.business_id, request.experiment)
        return pb.GetParticipationResponse(
            business_id=request.business_id, participation=_to_participation(part)
        )

    async def RecordExposure(
        self, request: pb.RecordExposureRequest, context: Any
    ) -> pb.RecordExposureResponse:
        def answer(part: Participation) -> pb.RecordExposureResponse:
            return pb.RecordExposureResponse(
                business_id=request.business_id, participation=_to_participation(part)
            )

        return await self._experiments.record_exposure(
            request.business_id,
            request.experiment,
            request.variant,
            mutation(request, pb.RecordExposureResponse, answer),
        )

    async def RecordConversion(
        self, request: pb.RecordConversionRequest, context: Any
    ) -> pb.RecordConversionResponse:
        def answer(part: Participation) -> pb.RecordConversionResponse:
            return pb.RecordConversionResponse(
                business_id=request.business_id, participation=_to_participation(part)
            )

        return await self._experiments.record_conversion(
            request.business_id,
            request.experiment,
            mutation(request, pb.RecordConversionResponse, answer),
        )


def _to_participation(part: Participation) -> experiment_pb2.Participation:
    return experiment_pb2.Participation(
        experiment=part.experiment,
        variant=part.variant,
        exposure_time=mapping.to_instant(part.exposed_at),
        conversion_time=mapping.to_instant(part.converted_at),
    )
