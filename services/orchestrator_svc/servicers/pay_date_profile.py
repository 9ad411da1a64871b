"""PayDateProfileService: how the customers of a business pay, kept."""

from typing import Any

from runway.ledger.v1 import pay_date_profile_pb2
from runway.orchestrator.v1 import pay_date_profile_service_pb2 as pb
from runway.orchestrator.v1 import pay_date_profile_service_pb2_grpc

from orchestrator_svc.domain.pay_date_profile import PayDateProfile
from orchestrator_svc.orchestrators.pay_date_profiles import PayDateProfileOrchestrator
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.mutation import mutation
from service_kit.wire import from_date, to_date


class PayDateProfileServicer(pay_date_profile_service_pb2_grpc.PayDateProfileServiceServicer):
    """Answers PayDateProfileService."""

    def __init__(self, profiles: PayDateProfileOrchestrator) -> None:
        self._profiles = profiles

    async def RecordPayDateProfile(
        self, request: pb.RecordPayDateProfileRequest, context: Any
    ) -> pb.RecordPayDateProfileResponse:
        def answer(kept: PayDateProfile) -> pb.RecordPayDateProfileResponse:
            return pb.RecordPayDateProfileResponse(
                business_id=request.business_id,
                fitted_on=to_date(kept.fitted_on),
                observation_count=kept.observation_count,
                customer_count=kept.customer_count,
            )

        return await self._profiles.record(
            request.business_id,
            _profile(request.profile),
            mutation(request, pb.RecordPayDateProfileResponse, answer),
        )


def _profile(message: pay_date_profile_pb2.PayDateProfile) -> PayDateProfile:
    return PayDateProfile(
        version=message.version,
        fitted_on=mapping.read("profile.fitted_on", from_date, message.fitted_on),
        observation_count=message.observation_count,
        customer_count=len(message.customer_ids),
        content=message.SerializeToString(deterministic=True),
    )
