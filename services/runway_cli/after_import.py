"""What an import sets off: whatever is kept of the books is brought up to date with them."""

from collections.abc import Callable

from rich.console import Console

from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tray import in_a_sentence, refresh_tray


def _refresh_tray(settings: Settings, business_id: str) -> str:
    return f"Issues in the tray: {in_a_sentence(refresh_tray(settings, business_id))}"


STEPS: tuple[tuple[str, Callable[[Settings, str], str]], ...] = (("The tray", _refresh_tray),)
"""What is done, in this order: what it brings up to date, and how, returning one sentence."""


def after_import(settings: Settings, business_id: str, console: Console) -> None:
    """Do whatever follows an import that was applied, and print a sentence for each step.

    The import stands whatever becomes of it: a step that fails says so, and is done again after the
    next import.
    """
    for what, step in STEPS:
        try:
            said = step(settings, business_id)
        except CommandError as error:
            said = f"{what} was not brought up to date, the import stands: {error}"
        console.print(said, markup=False, soft_wrap=True)
