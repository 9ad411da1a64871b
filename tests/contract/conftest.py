"""pytest-grpc's channel and stub fixtures, in front of the real aio servers.

The package's own server is a synchronous one without interceptors; here `grpc_addr` is the address
of the service that a test module names in `GRPC_SERVICE`, served as in production.
"""

from collections.abc import Callable
from typing import Any

import pytest

from support import identity
from support.servers import Stack


@pytest.fixture(scope="module")
def grpc_addr(request: pytest.FixtureRequest, stack: Stack) -> str:
    """The address of the module's service: orchestrator, calculator or gateway_grpc."""
    address: str = getattr(stack, request.module.GRPC_SERVICE)
    return address


@pytest.fixture(scope="module")
def grpc_server(grpc_addr: str) -> str:
    """Stands for the package's server: the real one runs already."""
    return grpc_addr


@pytest.fixture(scope="module")
def grpc_create_channel(grpc_addr: str, grpc_server: str) -> Callable[..., Any]:
    """What makes channels, every call of which is allowed."""
    return lambda: identity.channel(grpc_addr)
