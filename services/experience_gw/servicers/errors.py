"""How each named error of the gateway is shown to a caller."""

import grpc

from experience_gw.clients import CalculatorUnavailable, ForeignAnswer, OrchestratorUnavailable
from experience_gw.compose.experiments import ExperimentNotFound, UnknownVariant
from experience_gw.compose.guardrail import GuardrailBreached
from experience_gw.compose.joining import InconsistentAnswer
from experience_gw.mail_server import MailRefused, MailServerUnavailable
from experience_gw.servicers.digest_sender import DigestWithoutRecipients, MailNotConfigured
from service_kit.errors import Catalogue, ErrorEntry

# Reads change nothing and every mutation has a request id, so that trying again is always safe.
_RETRY_AFTER_SECONDS = 1.0
# A mail server that puts somebody off wants to be left alone for a while.
_MAIL_RETRY_AFTER_SECONDS = 60.0
_STATE = grpc.StatusCode.FAILED_PRECONDITION

CATALOGUE = Catalogue(
    {
        OrchestratorUnavailable: ErrorEntry(
            grpc.StatusCode.UNAVAILABLE, "ORCHESTRATOR_UNAVAILABLE", _RETRY_AFTER_SECONDS
        ),
        CalculatorUnavailable: ErrorEntry(
            grpc.StatusCode.UNAVAILABLE, "CALCULATOR_UNAVAILABLE", _RETRY_AFTER_SECONDS
        ),
        GuardrailBreached: ErrorEntry(_STATE, "GUARDRAIL_BREACHED"),
        ExperimentNotFound: ErrorEntry(grpc.StatusCode.NOT_FOUND, "EXPERIMENT_NOT_FOUND"),
        UnknownVariant: ErrorEntry(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS"),
        MailNotConfigured: ErrorEntry(_STATE, "MAIL_NOT_CONFIGURED"),
        DigestWithoutRecipients: ErrorEntry(_STATE, "DIGEST_WITHOUT_RECIPIENTS"),
        MailRefused: ErrorEntry(_STATE, "MAIL_REFUSED"),
        MailServerUnavailable: ErrorEntry(
            grpc.StatusCode.UNAVAILABLE, "MAIL_SERVER_UNAVAILABLE", _MAIL_RETRY_AFTER_SECONDS
        ),
        ForeignAnswer: ErrorEntry(grpc.StatusCode.INTERNAL, "FOREIGN_ANSWER"),
        InconsistentAnswer: ErrorEntry(grpc.StatusCode.INTERNAL, "INCONSISTENT_ANSWER"),
    }
)
