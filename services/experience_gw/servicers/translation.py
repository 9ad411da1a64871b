"""Messages that pass through the gateway: the same, field for field, in two packages."""

from typing import TypeVar

from google.protobuf.message import Message

Kind = TypeVar("Kind", bound=Message)


def translated(message: Message, kind: type[Kind]) -> Kind:
    """Return a message as one of another service that is the same field for field.

    A contract test compares the descriptors of every pair of messages that pass through here.
    """
    return kind.FromString(message.SerializeToString())
