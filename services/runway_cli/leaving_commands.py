"""`runway export`, `restore`, `erase`: taking a business's data along, and leaving none behind."""

from pathlib import Path
from typing import Annotated

import typer

from runway_cli.errors import CommandError
from runway_cli.options import BusinessId
from runway_cli.settings import read_settings

app = typer.Typer()

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="The archive.")]


@app.command()
def export(business: BusinessId, file: Archive) -> None:
    """Write everything that is kept of a business to a file, which `runway restore` takes."""
    from runway_cli.leaving import export_business

    archive, rows = export_business(read_settings(), business)
    try:
        with file.open("xb") as target:
            target.write(archive)
    except FileExistsError:
        raise CommandError(f"{file} exists already", "choose another name") from None
    except OSError as error:
        problem = f"{file} cannot be written: {error.strerror}"
        raise CommandError(problem, "choose another place") from None
    print(f"{rows} rows of {business} are in {file} ({len(archive):,} bytes).")


@app.command()
def restore(business: BusinessId, file: Archive) -> None:
    """Restore a business from its archive, whole or not at all, under the id that it had."""
    from runway_cli.leaving import restore_business

    try:
        archive = file.read_bytes()
    except OSError as error:
        problem = f"{file} cannot be read: {error.strerror}"
        raise CommandError(problem, "give a file that `runway export` wrote") from None
    rows = restore_business(read_settings(), business, archive)
    print(f"{rows} rows of {business} are restored.")


@app.command()
def erase(
    business: BusinessId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase everything that is kept of a business. Only an archive brings it back."""
    from runway_cli.leaving import erase_business

    question = f"Erase everything of {business}? Only an archive brings it back."
    if not yes and not typer.confirm(question):
        raise CommandError("Nothing was erased", "answer y, or give --yes")
    rows = erase_business(read_settings(), business)
    print(f"{rows} rows of {business} are erased.")
