"""What the calculator's methods say of themselves, so that no figure is without its meaning.

A use case is the engine's function behind a method of a service. Its docstring has a line that
begins with each of:

    Units:   what its figures are counted in
    Shape:   how many there are of what, and in which order
    Raises   the named errors of the engine, or that it raises none of its own
    Source:  where the method comes from: a module that explains it, or who published it and when
"""

import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from google.protobuf import symbol_database

from calculator_svc.engine import errors
from calculator_svc.servicers import services

PARTS = ("Units: ", "Shape: ", "Raises ", "Source: ")
NAMED = re.compile(r"\b[A-Z][a-z]+[A-Z]\w+")

Function = Callable[..., Any]


def methods() -> Iterator[tuple[str, Function]]:
    """Yield every method of every service that the calculator serves, by its descriptor."""
    pool = symbol_database.Default().pool  # type: ignore[attr-defined]
    for service in services():
        for method in pool.FindServiceByName(service.full_name).methods:
            yield f"{service.full_name}/{method.name}", getattr(service.servicer, method.name)


def use_cases(method: Function) -> list[Function]:
    """Return the engine's functions that a servicer's method names."""
    module = inspect.getmodule(method)
    assert isinstance(module, ModuleType)
    named = [getattr(module, name, None) for name in inspect.unwrap(method).__code__.co_names]
    return [
        one
        for one in named
        if inspect.isfunction(one) and one.__module__.startswith("calculator_svc.engine.")
    ]


METHODS = dict(methods())


@pytest.mark.parametrize("name", METHODS)
def test_the_use_case_behind_a_method_says_its_units_shape_errors_and_source(name: str) -> None:
    found = use_cases(METHODS[name])
    assert found, "a method calls a use case of the engine"
    for use_case in found:
        lines = [line.strip() for line in (inspect.getdoc(use_case) or "").splitlines()]
        for part in PARTS:
            assert any(line.startswith(part) for line in lines), (use_case.__name__, part)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_names_its_use_case_and_what_it_refuses(name: str) -> None:
    says = inspect.getdoc(METHODS[name]) or ""
    assert re.search(r"^Raises ", says, re.MULTILINE)
    for use_case in use_cases(METHODS[name]):
        assert f"`{use_case.__name__}`" in says
        # What the use case raises goes through.
        raised = re.findall(r"^Raises (.*)$", inspect.getdoc(use_case) or "", re.MULTILINE)
        for error in NAMED.findall(" ".join(raised)):
            assert issubclass(getattr(errors, error), errors.CalculationError)
            assert error in says, error
