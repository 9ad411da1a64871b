"""Logs: one JSON object a line, on standard error."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger


def configure(service: str, level: str = "INFO") -> None:
    """Set up logging for a process; every line names the service."""

    def named(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {"service": service, **event}

    structlog.configure(
        processors=[
            named,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
