"""Who calls, and what that one may do: a token's content, and each RPC's permission."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from runway.access.v1 import access_pb2

from service_kit.errors import ApiError


class Role(StrEnum):
    """What somebody is to a business."""

    VIEWER = "viewer"
    ADVISER = "adviser"
    OWNER = "owner"


_HIGHEST = {
    Role.VIEWER: access_pb2.PERMISSION_READ,
    Role.ADVISER: access_pb2.PERMISSION_WORK,
    Role.OWNER: access_pb2.PERMISSION_ADMINISTER,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whose token was verified: who, and which role in which business."""

    subject: str
    roles: Mapping[str, Role] = field(default_factory=dict)

    def role_in(self, business_id: str) -> Role:
        """Return the role in a business.

        Raises ApiError, the same whether there is such a business or not.
        """
        if (role := self.roles.get(business_id)) is None:
            raise _denied("The token names no role in this business.")
        return role


def check_permission(identity: Identity, method: MethodDescriptor, business_id: str) -> None:
    """Check that somebody may call a method for a business.

    Raises ApiError PERMISSION_DENIED; for a method that declares no permission, always.
    """
    needed = _permission(method)
    if needed == access_pb2.PERMISSION_UNSPECIFIED:
        raise _denied("Nobody may call this method: it declares no permission.")
    role = identity.role_in(business_id)
    if _HIGHEST[role] < needed:
        raise _denied(f"The role {role} does not allow this call.")


@cache
def _permission(method: MethodDescriptor) -> int:
    # The stubs of descriptors and of extensions do not know each other.
    options: Any = method.GetOptions()
    return int(options.Extensions[access_pb2.permission])


def _denied(message: str) -> ApiError:
    return ApiError(grpc.StatusCode.PERMISSION_DENIED, "NOT_GRANTED", message)
