"""The demo company's books as the QuickBooks connector reads them, without any file."""

import datetime
import json

from orchestrator_svc.connectors.demo_company import generate
from orchestrator_svc.connectors.quickbooks import map_entities
from orchestrator_svc.connectors.quickbooks.fields import exact_number
from orchestrator_svc.domain.ledger import SourceReading


def read_made_up_books(as_of: datetime.date) -> SourceReading:
    """Return the books of a day: the same each time, amounts exact, nothing of them unreadable."""
    # Through JSON, so that amounts are what a source would have written.
    responses = json.loads(
        json.dumps(generate(as_of)), parse_float=exact_number, parse_int=exact_number
    )
    return map_entities(
        {entity: response["QueryResponse"][entity] for entity, response in responses.items()}
    )
