"""Messages as bytes over HTTP: protobuf's binary format, and its JSON the fast way.

google's own `json_format` writes JSON field by field in Python, which takes longer than all else
that the gateway does. protobuf-py does it natively, so a message crosses over as bytes. Requests
are small and read with `json_format`, which refuses what it does not know; besides, protobuf-py's
own reader of JSON ends the process on input that is nested deep enough.
"""

import asyncio
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
from google.protobuf.message import DecodeError, Message
from protobuf import DescFile

# What protobuf-py's generated code calls to make descriptors; nothing public does it as yet. A
# contract test holds the result against json_format.
from protobuf._codegen import file_desc

from experience_gw.web.errors import ShownError
from service_kit.errors import ApiError, FieldViolation, invalid_argument
from service_kit.pipeline import Malformed
from service_kit.threads import in_thread

Kind = TypeVar("Kind", bound=Message)

READ_AT_ONCE_BYTES = 16 * 1024
"""Up to which length JSON is read in the event loop: that takes some milliseconds at most."""

_reading = asyncio.Semaphore()

_UNKNOWN_FIELD = re.compile(r'has no field named "(?P<name>.{0,128}?)" at "(?P<path>.{0,512}?)"')
_WRONG_VALUE = re.compile(r"Failed to parse (?P<name>\w{1,128}) field")


class BinaryCodec:
    """The binary format. Bytes that are no message are left for the pipeline to refuse."""

    def name(self) -> str:
        """Return the codec's name in a content type."""
        return "proto"

    def encode(self, message: Message) -> bytes:
        """Return a message as bytes."""
        return message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Kind]) -> Kind | Malformed:
        """Return the message that the bytes hold."""
        try:
            return message_class.FromString(bytes(data))
        except DecodeError:
            return Malformed()


class JsonCodec:
    """Protobuf's JSON mapping: lowerCamelCase names, enums by name, 64-bit integers as strings."""

    def name(self) -> str:
        """Return the codec's name in a content type."""
        return "json"

    def encode(self, message: Message) -> bytes:
        """Return a message as JSON."""
        twin = _twin(message.DESCRIPTOR)
        return bytes(twin.from_binary(message.SerializeToString()).to_json(), "utf-8")

    def decode(self, data: bytes | bytearray, message_class: type[Kind]) -> Kind | "Unread":
        """Return the message that the JSON holds; where that takes long, what `in_full` reads.

        Raises ConnectError, naming the field at fault where there is one.
        """
        if len(data) > READ_AT_ONCE_BYTES:
            return Unread(bytes(data), message_class)
        return _read(bytes(data), message_class)


@dataclass(frozen=True, slots=True)
class Unread:
    """JSON that is too long to be read in the event loop, and what it should hold."""

    data: bytes
    message_class: type[Message]


async def in_full(request: Any) -> Any:
    """Return a request as it is, or what one that was not read yet holds.

    It is read in a thread, one at a time: all others wait for it a little and not until it is done.
    Raises ConnectError as `JsonCodec.decode` does.
    """
    if not isinstance(request, Unread):
        return request
    async with _reading:
        return await in_thread(_read, request.data, request.message_class)


def _read(data: bytes, message_class: type[Kind]) -> Kind:
    message = message_class()
    try:
        return json_format.Parse(data, message)
    # Whatever the parser stumbles over (text that is no UTF-8, JSON nested too deep, a value
    # out of range), it is the input that is wrong. Its own words are not for the caller.
    except Exception as error:
        raise ShownError(_refusal(str(error), message.DESCRIPTOR.full_name)) from None


def _refusal(problem: str, kind: str) -> ApiError:
    """Return the error for JSON that is no message of a kind."""
    if unknown := _UNKNOWN_FIELD.search(problem):
        # The path begins with the message's own name.
        parents = unknown["path"].split(".")[1:]
        path = ".".join([*parents, unknown["name"]])
        return invalid_argument(
            FieldViolation(path, "is not a field of the request"), reason="UNKNOWN_FIELD"
        )
    if wrong := _WRONG_VALUE.search(problem):
        return invalid_argument(
            FieldViolation(wrong["name"], "has a value of the wrong type or out of range"),
            reason="MALFORMED_REQUEST",
        )
    return invalid_argument(FieldViolation("", f"is no {kind} in JSON"), reason="MALFORMED_REQUEST")


@cache
def _twin(descriptor: Descriptor) -> Any:
    """Return protobuf-py's class for a message of google's protobuf."""
    file = _described(descriptor.file)
    found = next(m for m in file.messages if m.type_name == descriptor.full_name)
    return found.type


@cache
def _described(file: FileDescriptor) -> DescFile:
    proto = FileDescriptorProto.FromString(file.serialized_pb)
    for message in proto.message_type:
        _add_json_names(message, file.message_types_by_name[message.name])
    imports = [_described(imported) for imported in file.dependencies]
    return file_desc(proto.SerializeToString(), imports, {})


def _add_json_names(proto: DescriptorProto, descriptor: Descriptor) -> None:
    """Write down the fields' JSON names, which protoc leaves out of generated code."""
    for field in proto.field:
        field.json_name = descriptor.fields_by_name[field.name].json_name
    for nested in proto.nested_type:
        _add_json_names(nested, descriptor.nested_types_by_name[nested.name])
