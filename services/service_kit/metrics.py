"""What a server does, counted for those who watch over it: Prometheus metrics on their own port.

Labels are names of services, methods and status codes, and nothing that a caller sends: no metric
can tell of a business, and their number does not grow with what is asked. Memory and processor time
of the process are beside them.
"""

import ssl
from collections.abc import Callable
from typing import Any

import structlog
from google.protobuf.descriptor import MethodDescriptor
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)

from service_kit.admission import Admission
from service_kit.process import StartError
from service_kit.tls import ServerTls

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of the buckets that calls are counted in by how long they took."""

log = structlog.get_logger()


class Metrics:
    """The metrics of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "runway_calls",
            "Calls that have ended, by how: a gRPC status code, also over HTTP.",
            ["service", "method", "code"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "runway_call_seconds",
            "How long calls took from their arrival to their answer, waiting included.",
            ["service", "method"],
            buckets=SECONDS,
            registry=self.registry,
        )
        # To look a child up by its labels takes longer than to count.
        self._counts: dict[tuple[str, str], Counter] = {}
        self._durations: dict[str, Histogram] = {}

    def ended(self, method: MethodDescriptor, code: str, seconds: float) -> None:
        """Count a call that has ended."""
        name = method.full_name
        if (count := self._counts.get((name, code))) is None:
            service = method.containing_service.full_name
            count = self._calls.labels(service, method.name, code)
            self._counts[name, code] = count
            self._durations[name] = self._seconds.labels(service, method.name)
        count.inc()
        self._durations[name].observe(seconds)

    def watch(self, admission: Admission) -> None:
        """Tell how many calls run and how many wait for their turn."""
        self._tell("runway_calls_running", "Calls that run now.", lambda: admission.running)
        self._tell(
            "runway_calls_waiting", "Calls that wait for their turn now.", lambda: admission.waiting
        )

    def serve(self, host: str, port: int | None, variable: str, tls: ServerTls | None) -> None:
        """Answer `GET /metrics` on a port of its own, over TLS like the others; None means not at
        all.

        Raises StartError, which names the variable that sets another port.
        """
        if port is None:
            return
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        try:
            server, _ = start_http_server(port, host, self.registry, **_files(tls))
        except OSError:
            raise StartError(
                f"Port {port} on {host} cannot be had for metrics, most likely because another"
                f" process has it; set {variable} to a free one."
            ) from None
        if tls is not None and isinstance(server.socket, ssl.SSLSocket):
            tls.renew(server.socket.context)
            # In the thread of the connection: who stalls holds up nobody else.
            server.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]
        log.info("metrics", host=host, port=port)

    def _tell(self, name: str, what: str, value: Callable[[], float]) -> None:
        Gauge(name, what, registry=self.registry).set_function(value)


def _files(tls: ServerTls | None) -> dict[str, Any]:
    """Return what Prometheus's server is told of TLS."""
    if tls is None:
        return {}
    return {
        "certfile": str(tls.certificate_file),
        "keyfile": str(tls.key_file),
        "client_cafile": str(tls.client_ca_file) if tls.client_ca_file else None,
        "client_auth_required": tls.client_ca_file is not None,
    }
