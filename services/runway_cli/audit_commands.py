"""`runway audit`."""

from typing import Annotated

import typer

from runway_cli.errors import CommandError
from runway_cli.options import BusinessId, Format, OutputFormat, print_data
from runway_cli.settings import read_settings

app = typer.Typer(help="Who changed what, and whether that record is whole.", no_args_is_help=True)


@app.command("list")
def list_events(business: BusinessId, output: Format = OutputFormat.TABLE) -> None:
    """Print who changed what, oldest first."""
    from runway.experience.v1 import audit_service_pb2

    from runway_cli import audit

    found = audit.list_events(read_settings(), business)
    if output is OutputFormat.TABLE:
        audit.print_events(found)
    else:
        answer = audit_service_pb2.ListAuditEventsResponse(business_id=business, events=found)
        print_data(answer, output, audit.COLUMNS, audit.rows(found))


@app.command()
def verify(
    business: BusinessId,
    head: Annotated[
        str | None,
        typer.Option(metavar="NUMBER:HASH", help="A head printed before: it must still be there."),
    ] = None,
) -> None:
    """Compute every hash anew, and name the first row that is not as it was written."""
    from runway_cli import audit

    found = audit.verify(read_settings(), business, audit.read_head(head) if head else None)
    if found.fault:
        raise CommandError(
            f"The audit of {business} is broken at row {found.fault_sequence_number}:"
            f" {audit.FAULTS[found.fault]}",
            "compare it with an archive from `runway export`",
        )
    print(f"The audit of {business} is whole: {found.head.sequence_number} events.")
    print(f"Its head, to verify against later: {audit.written(found.head)}")
