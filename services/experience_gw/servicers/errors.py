"""How each named error of the gateway is shown to a caller."""

import grpc

from experience_gw.clients import CalculatorUnavailable, ForeignAnswer, OrchestratorUnavailable
from experience_gw.compose.experiments import ExperimentNotFound
from experience_gw.compose.guardrail import GuardrailBreached
from experience_gw.compose.joining import InconsistentAnswer
from service_kit.errors import Catalogue, ErrorEntry

# Reads change nothing and every mutation has a request id, so that trying again is always safe.
_RETRY_AFTER_SECONDS = 1.0

CATALOGUE = Catalogue(
    {
        OrchestratorUnavailable: ErrorEntry(
            grpc.StatusCode.UNAVAILABLE, "ORCHESTRATOR_UNAVAILABLE", _RETRY_AFTER_SECONDS
        ),
        CalculatorUnavailable: ErrorEntry(
            grpc.StatusCode.UNAVAILABLE, "CALCULATOR_UNAVAILABLE", _RETRY_AFTER_SECONDS
        ),
        GuardrailBreached: ErrorEntry(grpc.StatusCode.FAILED_PRECONDITION, "GUARDRAIL_BREACHED"),
        ExperimentNotFound: ErrorEntry(grpc.StatusCode.NOT_FOUND, "EXPERIMENT_NOT_FOUND"),
        ForeignAnswer: ErrorEntry(grpc.StatusCode.INTERNAL, "FOREIGN_ANSWER"),
        InconsistentAnswer: ErrorEntry(grpc.StatusCode.INTERNAL, "INCONSISTENT_ANSWER"),
    }
)
