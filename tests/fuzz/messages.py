"""Messages of any type, made from its descriptor: valid ones bent, and ones made from nothing.

Everything is drawn from a `random.Random`, which may be one of Hypothesis: then a message that
breaks something is made smaller by itself.
"""

import random
import uuid
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

_DEEPEST = 5
_MOST_REPEATED = 4
_INTEGERS = [0, 1, -1, 2, 7, 31, 100, 1000, 10**6, 10**9, 10**12, 2**31 - 1, -(2**31)]
_LARGE = [2**63 - 1, -(2**63), 2**62, 10**18]
_FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-308, 1e308, float("inf"), float("-inf"), float("nan")]
_TEXTS = [
    *("", " ", "a", "0", "-1", "null", "None", "NaN", "true", "*", "%", "_", "\\", "'", '"', "`"),
    *("' OR 1=1 --", "'; DROP TABLE bill; --", "$1", ":business_id", "{}", "{0}", "{{7*7}}", "%s"),
    *("../../etc/passwd", "<script>alert(1)</script>", "\x00", "a\x00b", "\r\n", "\t", "\x1b[31m"),
    *(
        "\u202e",
        "\ufeff",
        "\uffff",
        "\U0010ffff",
        "e\u0301",
        "ß" * 300,
        "\U0001d518\U0001d52b",
        "🧾" * 50,
    ),
    *("x" * 255, "x" * 257, "x" * 70_000, "USD", "usd", "US", "EUR", "XXX", "UTC", "Mars/Olympus"),
    *("2026-05-05", "9999-99-99", "1", "2", "3", "v1", "c1", "35", "display_name", "a.b.c"),
]
_SIGNED_32 = (
    FieldDescriptor.TYPE_INT32,
    FieldDescriptor.TYPE_SINT32,
    FieldDescriptor.TYPE_SFIXED32,
)
_UNSIGNED = {
    FieldDescriptor.TYPE_UINT32: 2**32 - 1,
    FieldDescriptor.TYPE_FIXED32: 2**32 - 1,
    FieldDescriptor.TYPE_UINT64: 2**64 - 1,
    FieldDescriptor.TYPE_FIXED64: 2**64 - 1,
}


def bend(message: Message, chance: random.Random) -> None:
    """Change a message in a few places: set, take away, repeat, make strange."""
    for _ in range(chance.randint(1, 4)):
        target = _somewhere_in(message, chance)
        fields = target.DESCRIPTOR.fields
        if not fields:
            continue
        field = chance.choice(fields)
        if chance.random() < 0.2:
            target.ClearField(field.name)
        else:
            put(target, field, chance, depth=2)


def fill(message: Message, chance: random.Random, depth: int = 0) -> None:
    """Set about half of a message's fields."""
    for field in message.DESCRIPTOR.fields:
        if chance.random() < (0.6 if depth < 2 else 0.3):
            put(message, field, chance, depth)


def put(message: Message, field: FieldDescriptor, chance: random.Random, depth: int) -> None:
    """Give a field a value, or several where it is repeated."""
    if _is_map(field):
        _put_entries(message, field, chance)
    elif field.is_repeated:
        values = getattr(message, field.name)
        for _ in range(chance.randint(0, _MOST_REPEATED)):
            if field.message_type is None:
                values.append(scalar(field, chance))
            elif depth < _DEEPEST:
                _fill_one(values.add(), chance, depth + 1)
    elif field.message_type is None:
        setattr(message, field.name, scalar(field, chance))
    elif depth < _DEEPEST:
        part = getattr(message, field.name)
        part.SetInParent()
        _fill_one(part, chance, depth + 1)


def scalar(field: FieldDescriptor, chance: random.Random) -> Any:
    """Return a value of a field's type, as often as not a strange one."""
    kind = field.type
    if kind == FieldDescriptor.TYPE_STRING:
        return _text(chance)
    if kind == FieldDescriptor.TYPE_BYTES:
        return bytes(chance.getrandbits(8) for _ in range(chance.choice([0, 1, 16, 32, 500])))
    if kind == FieldDescriptor.TYPE_BOOL:
        return chance.random() < 0.5
    if kind == FieldDescriptor.TYPE_ENUM:
        known = [value.number for value in field.enum_type.values]
        return chance.choice([*known, *known, 99, -1, 2**31 - 1])
    if kind in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return chance.choice(_FLOATS)
    if kind in _UNSIGNED:
        return chance.choice([0, 1, 7, 1000, _UNSIGNED[kind]])
    if kind in _SIGNED_32:
        return chance.choice([n for n in _INTEGERS if -(2**31) <= n < 2**31])
    return chance.choice([*_INTEGERS, *_INTEGERS, *_LARGE, chance.randint(-(10**6), 10**6)])


def _text(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return chance.choice(_TEXTS)


def _fill_one(message: Message, chance: random.Random, depth: int) -> None:
    make = _NEARLY_VALID.get(message.DESCRIPTOR.full_name)
    if make and chance.random() < 0.7:
        make(message, chance)
    else:
        fill(message, chance, depth)


def _put_entries(message: Message, field: FieldDescriptor, chance: random.Random) -> None:
    assert field.message_type is not None
    key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
    entries = getattr(message, field.name)
    for _ in range(chance.randint(0, _MOST_REPEATED)):
        if value.message_type is None:
            entries[scalar(key, chance)] = scalar(value, chance)
        else:
            fill(entries[scalar(key, chance)], chance, _DEEPEST)


def _somewhere_in(message: Message, chance: random.Random) -> Message:
    """Return the message itself, or one of those within."""
    parts = []
    for field, value in message.ListFields():
        if field.message_type is None or _is_map(field):
            continue
        parts += list(value) if field.is_repeated else [value]
    if not parts or chance.random() < 0.4:
        return message
    return _somewhere_in(chance.choice(parts), chance)


def _is_map(field: FieldDescriptor) -> bool:
    kind: Descriptor | None = field.message_type
    return kind is not None and kind.GetOptions().map_entry


def _date(message: Any, chance: random.Random) -> None:
    message.year = chance.choice([2026, 2026, 2026, 2025, 2024, 1, 0, 1900, 9999, 10_000, -1])
    message.month = chance.choice([1, 2, 5, 12, 0, 13, -1])
    message.day = chance.choice([1, 5, 28, 29, 30, 31, 0, 32, -5])


def _money(message: Any, chance: random.Random) -> None:
    message.currency_code = chance.choice(["USD", "USD", "USD", "EUR", "", "usd", "JPY", "X"])
    message.units = chance.choice([0, 1, -1, 100, -300, 10**6, 10**12, 9 * 10**15, 2**63 - 1])
    message.nanos = chance.choice([0, 0, 10_000_000, 1, 999_999_999, -1, 10**9, -(10**9)])


def _instant(message: Any, chance: random.Random) -> None:
    message.seconds = chance.choice([0, 1_777_000_000, -1, 253402300799, 253402300800, 2**63 - 1])
    message.nanos = chance.choice([0, 0, 1, 999_999_999, -1, 10**9])


_NEARLY_VALID: dict[str, Any] = {
    "google.type.Date": _date,
    "google.type.Money": _money,
    "google.protobuf.Timestamp": _instant,
}
