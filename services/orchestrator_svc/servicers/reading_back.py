"""Reading a business through every read there is, to see that each can answer."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from orchestrator_svc.domain.paging import MAXIMUM_SIZE
from service_kit.grpc_server import Service
from service_kit.pipeline import reads_only

LONGEST_DAYS = 728
"""The longest span that GetLedgerHistory takes."""

# What must be asked for by name, and what hands the rows on as they are.
_LEFT_OUT = {"GetParticipation", "ExportBusiness"}


async def read_back(services: Sequence[Service], business_id: str) -> None:
    """Call every read of the services for a business, all pages of what comes in pages.

    Raises whatever a read stumbles over.
    """
    for service, method in _reads(services):
        request: Any = GetMessageClass(method.input_type)(business_id=business_id)
        if hasattr(request, "page_size"):
            request.page_size = MAXIMUM_SIZE
        if hasattr(request, "days"):
            request.days = LONGEST_DAYS
        while True:
            answer = await getattr(service.servicer, method.name)(request, None)
            if not (token := getattr(answer, "next_page_token", "")):
                break
            request.page_token = token


def _reads(services: Sequence[Service]) -> Iterator[tuple[Service, MethodDescriptor]]:
    for service in services:
        for method in Default().FindServiceByName(service.full_name).methods:
            if reads_only(method) and method.name not in _LEFT_OUT:
                yield service, method
