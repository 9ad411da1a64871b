"""Making digests: two inner calls, and how what they say reads."""

from typing import Any

from runway.calculator.v1 import insight_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1.insight_calculation_service_pb2_grpc import InsightCalculationServiceStub
from runway.experience.v1 import digest_service_pb2 as pb
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import digest_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.digest_service_pb2_grpc import DigestServiceStub

from experience_gw.clients import InnerServices
from experience_gw.compose.experiments import check_variant
from experience_gw.compose.joining import pair
from experience_gw.digest.chart import chart_png
from experience_gw.digest.rendering import render
from experience_gw.servicers.books import heading
from experience_gw.servicers.digest_view import view_of
from experience_gw.servicers.policy import policy_of
from service_kit.threads import in_thread

SEED = 1
"""What the draws of a digest begin with: the same books give the same digest, to the byte."""


class DigestMaker:
    """Makes digests, whoever they are for: what differs is their configuration."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._calculator = inner.calculator
        self._state = DigestServiceStub(inner.orchestrator.channel)
        self._calculation = InsightCalculationServiceStub(inner.calculator.channel)

    async def make(
        self, business_id: str, request: Any, config: digest_pb2.DigestConfig
    ) -> pb.Digest:
        """Return the digest of a business on the `as_of` of a request, or today.

        Raises UnknownVariant.
        """
        check_variant(config.experiment_variant)
        data = await self._orchestrator.call(
            self._state.GetDigestData,
            orchestrator_pb2.GetDigestDataRequest(
                business_id=business_id,
                as_of=request.as_of if request.HasField("as_of") else None,
                config=config,
            ),
        )
        calculated = await self._calculator.call(
            self._calculation.CalculateInsights,
            calculator_pb2.CalculateInsightsRequest(
                business_id=business_id,
                ledger=data.ledger,
                ledger_before=data.ledger_before,
                policy=policy_of(data.business),
                seed=SEED,
            ),
        )
        insights = calculated.insights
        about = heading(data)
        del about["business_id"]
        digest = pb.Digest(
            **about,
            as_of=data.ledger.as_of,
            config=config,
            insights=insights,
            chased_invoices=[
                invoice for _, invoice in pair(insights.chases, data.ledger.invoices, "invoice_id")
            ],
        )
        # What is shown to preview is what is made, and so is what it says of itself.
        digest.config.ClearField("preview_mode")
        # Drawing a picture takes a tenth of a second, during which others are not to wait.
        await in_thread(_render, digest)
        return digest


def _render(digest: pb.Digest) -> None:
    view = view_of(digest)
    rendered = render(view)
    digest.subject = " ".join(view.subject.split())
    digest.html = rendered.html
    digest.text = rendered.text
    digest.chart_png = chart_png(view.chart)
    digest.chart_description = view.chart_description
