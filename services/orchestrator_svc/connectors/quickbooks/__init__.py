"""QuickBooks Online, API v3: query responses in, ledger records out.

`read_folder` reads files; `map_entities` is the pure part, for records that come from elsewhere.
"""

from orchestrator_svc.connectors.quickbooks.files import SourceError, read_folder
from orchestrator_svc.connectors.quickbooks.mapping import map_entities

__all__ = ["SourceError", "map_entities", "read_folder"]
