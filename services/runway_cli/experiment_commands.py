"""`runway experiment`."""

from typing import Annotated

import typer

from runway_cli.options import (
    BusinessId,
    BusinessIds,
    Format,
    MoreBusinessIds,
    OutputFormat,
    every_business,
    print_data,
)
from runway_cli.settings import read_settings

app = typer.Typer(
    help="Which variant of the test drive does better: who saw it, who then came over.",
    no_args_is_help=True,
)

Experiment = Annotated[str, typer.Option("--experiment", metavar="NAME", help="The experiment.")]


@app.command()
def results(
    experiment: Experiment,
    businesses: BusinessIds = None,
    named: MoreBusinessIds = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print how the variants did among the businesses named, up to 1000."""
    from runway_cli.experiment import COLUMNS, get_results, print_results, rows

    answer = get_results(read_settings(), experiment, every_business(businesses, named))
    if output is OutputFormat.TABLE:
        print_results(answer, experiment)
    else:
        print_data(answer, output, COLUMNS, rows(answer))


@app.command()
def exposure(experiment: Experiment, business: BusinessId) -> None:
    """Record that a business has seen its variant; the first time counts."""
    from runway_cli.experiment import record_exposure

    seen = record_exposure(read_settings(), experiment, business)
    print(f"{business} has seen {seen.variant}.")


@app.command()
def conversion(experiment: Experiment, business: BusinessId) -> None:
    """Record that a business did what the experiment is about; the first time counts."""
    from runway_cli.experiment import record_conversion

    converted = record_conversion(read_settings(), experiment, business)
    print(f"{business} came over after {converted.variant}.")
