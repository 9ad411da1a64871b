"""Every named error of a service has a status and a reason, and no reason stands for two errors."""

import inspect
from types import ModuleType

import pytest

from calculator_svc.engine import errors as calculator_errors
from calculator_svc.servicers.errors import CATALOGUE as CALCULATOR
from orchestrator_svc.domain import errors as orchestrator_errors
from orchestrator_svc.servicers.errors import CATALOGUE as ORCHESTRATOR
from service_kit.errors import Catalogue


def named(module: ModuleType) -> set[type]:
    """Return the errors that a module defines and that are raised as such."""
    found = {
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Exception) and member.__module__ == module.__name__
    }
    bases = {base for error in found for base in error.__bases__}
    return found - bases


@pytest.mark.parametrize(
    ("errors", "catalogue"),
    [(calculator_errors, CALCULATOR), (orchestrator_errors, ORCHESTRATOR)],
    ids=["calculator", "orchestrator"],
)
def test_every_named_error_is_in_its_catalogue(errors: ModuleType, catalogue: Catalogue) -> None:
    assert named(errors)
    missing = [error for error in named(errors) if error not in catalogue]
    assert missing == []
