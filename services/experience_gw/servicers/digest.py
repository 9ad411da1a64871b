"""The digest: books of two days, what the calculator says of them, and how that reads."""

import asyncio
import hashlib
from typing import Any

from runway.calculator.v1 import insight_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1.insight_calculation_service_pb2_grpc import InsightCalculationServiceStub
from runway.experience.v1 import digest_service_pb2 as pb
from runway.experience.v1.digest_service_pb2_grpc import DigestServiceServicer
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import digest_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.digest_service_pb2_grpc import DigestServiceStub

from experience_gw.clients import InnerServices
from experience_gw.compose.joining import pair
from experience_gw.digest.chart import chart_png
from experience_gw.digest.rendering import render
from experience_gw.servicers.books import heading
from experience_gw.servicers.digest_view import is_preview, view_of
from experience_gw.servicers.policy import policy_of
from experience_gw.servicers.translation import translated

SEED = 1
"""What the draws of a digest begin with: the same books give the same digest, to the byte."""

SUBJECT_LENGTH = 512
"""How much of a subject is recorded."""


class DigestServicer(DigestServiceServicer):
    """Serves the digest."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._calculator = inner.calculator
        self._state = DigestServiceStub(inner.orchestrator.channel)
        self._calculation = InsightCalculationServiceStub(inner.calculator.channel)

    async def GetDigest(self, request: pb.GetDigestRequest, context: Any) -> pb.GetDigestResponse:
        """Get the books, have them weighed, and render what there is to say."""
        return pb.GetDigestResponse(
            business_id=request.business_id, digest=await self._digest(request)
        )

    async def MakeDigest(
        self, request: pb.MakeDigestRequest, context: Any
    ) -> pb.MakeDigestResponse:
        """Do the same, and have the orchestrator keep a record of it."""
        digest = await self._digest(request)
        answer = pb.MakeDigestResponse(business_id=request.business_id, digest=digest)
        if not is_preview(request.config):
            recorded = await self._orchestrator.call(
                self._state.RecordDigest,
                orchestrator_pb2.RecordDigestRequest(
                    business_id=request.business_id,
                    request_id=request.request_id,
                    digest=digest_pb2.DigestRecord(
                        config=request.config,
                        as_of=digest.as_of,
                        subject=digest.subject[:SUBJECT_LENGTH],
                        content_digest=_content_digest(digest),
                    ),
                ),
            )
            answer.record.CopyFrom(recorded.digest)
        return answer

    async def ListDigests(
        self, request: pb.ListDigestsRequest, context: Any
    ) -> pb.ListDigestsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ListDigests, translated(request, orchestrator_pb2.ListDigestsRequest)
        )
        return translated(answer, pb.ListDigestsResponse)

    async def GetDigestSettings(
        self, request: pb.GetDigestSettingsRequest, context: Any
    ) -> pb.GetDigestSettingsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.GetDigestSettings,
            translated(request, orchestrator_pb2.GetDigestSettingsRequest),
        )
        return translated(answer, pb.GetDigestSettingsResponse)

    async def UpdateDigestSettings(
        self, request: pb.UpdateDigestSettingsRequest, context: Any
    ) -> pb.UpdateDigestSettingsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdateDigestSettings,
            translated(request, orchestrator_pb2.UpdateDigestSettingsRequest),
        )
        return translated(answer, pb.UpdateDigestSettingsResponse)

    async def _digest(self, request: Any) -> pb.Digest:
        data = await self._orchestrator.call(
            self._state.GetDigestData,
            orchestrator_pb2.GetDigestDataRequest(
                business_id=request.business_id,
                as_of=request.as_of if request.HasField("as_of") else None,
                config=request.config,
            ),
        )
        calculated = await self._calculator.call(
            self._calculation.CalculateInsights,
            calculator_pb2.CalculateInsightsRequest(
                business_id=request.business_id,
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
            config=request.config,
            insights=insights,
            chased_invoices=[
                invoice for _, invoice in pair(insights.chases, data.ledger.invoices, "invoice_id")
            ],
        )
        # What is shown to preview is what is made, and so is what it says of itself.
        digest.config.ClearField("preview_mode")
        # Drawing a picture takes a tenth of a second, during which others are not to wait.
        await asyncio.to_thread(_render, digest)
        return digest


def _render(digest: pb.Digest) -> None:
    view = view_of(digest)
    rendered = render(view)
    digest.subject = " ".join(view.subject.split())
    digest.html = rendered.html
    digest.text = rendered.text
    digest.chart_png = chart_png(view.chart)
    digest.chart_description = view.chart_description


def _content_digest(digest: pb.Digest) -> bytes:
    parts = (digest.html.encode(), digest.text.encode(), digest.chart_png)
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.digest()
