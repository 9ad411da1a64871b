"""QuickBooks Online, API v3: query responses in, ledger records out."""

from orchestrator_svc.connectors.quickbooks.files import SourceError, read_folder
from orchestrator_svc.connectors.quickbooks.mapping import map_entities

__all__ = ["SourceError", "map_entities", "read_folder"]
