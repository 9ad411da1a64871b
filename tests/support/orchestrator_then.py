"""The orchestrator as a process for which it is always 5 May 2026: the day of the tests' books."""

from orchestrator_svc import __main__ as server
from orchestrator_svc.servicers import services
from service_kit import process
from support.clock import at

NOON = at("2026-05-05T19:00:00+00:00")

server.services = lambda database: services(database, NOON)  # type: ignore[attr-defined]

if __name__ == "__main__":
    process.run(server.main)
