"""The API's conventions as rules over file descriptors: each returns what breaks it, by name.

Rules take plain FileDescriptorProtos, so that a test can plant a fault in a copy of the real ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    MethodOptions,
)

IMAGE = Path(__file__).resolve().parents[2] / "build" / "image.binpb"
BUSINESS_ID_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
MONEY, DATE, TIMESTAMP = ".google.type.Money", ".google.type.Date", ".google.protobuf.Timestamp"
DATE_BAND = ".runway.calculator.v1.DateBand"
FIELD_MASK = ".google.protobuf.FieldMask"
READING_VERBS = ("Get", "List", "Calculate", "Compare", "Verify", "Export")

# A score is no money; points add up to it. Nor is a probability.
FLOATS = {
    "runway.ledger.v1.Coverage.share_within_50",
    "runway.ledger.v1.Coverage.share_within_80",
    "runway.ledger.v1.Coverage.share_within_95",
    *(
        f"runway.ledger.v1.PayDateProfile.{name}"
        for name in (
            *("means", "scales", "new_customer_means", "new_customer_scales", "shape", "drift"),
            *("tail_share", "calibrated", "common_share", "customer_share"),
        )
    ),
    "runway.ledger.v1.PayDateAccuracy.customer_median_error_days",
    "runway.ledger.v1.PayDateAccuracy.due_date_error_days",
    "runway.ledger.v1.PayDateAccuracy.mean_absolute_error_days",
    "runway.calculator.v1.Forecast.probability_cash_below_zero",
    "runway.calculator.v1.Forecast.probability_payroll_missed",
    "runway.calculator.v1.RiskChange.probability_cash_below_zero_change",
    "runway.calculator.v1.RiskChange.probability_payroll_missed_change",
    "runway.calculator.v1.Chase.probability_paid",
    "runway.calculator.v1.Chase.probability_paid_chased",
    "runway.calculator.v1.Priority.score",
    "runway.experience.v1.Interval.estimate",
    "runway.experience.v1.Interval.low",
    "runway.experience.v1.Interval.high",
    "runway.calculator.v1.PriorityFactor.points",
}
# Years of movements go as packed columns of minor units, beside the ledger's one currency.
PACKED_MONEY = {
    "runway.ledger.v1.CashSeries.amounts_minor",
    "runway.ledger.v1.AccountMovements.amounts_minor",
    "runway.ledger.v1.SettlementHistory.amounts_minor",
}
MONEY_WORDS = {
    *("amount", "amounts", "balance", "total", "cash", "price", "floor", "burn", "receipts"),
    *("disbursements", "receivable", "payable", "earmarked", "payroll", "cost", "fee"),
}

Files = list[FileDescriptorProto]
Type = FieldDescriptorProto
_Behavior = field_behavior_pb2.FieldBehavior


def runway_files() -> Files:
    """Return Runway's own files, with comments, as `make` last generated them."""
    image = FileDescriptorSet.FromString(IMAGE.read_bytes())
    return [file for file in image.file if file.package.startswith("runway.")]


@dataclass(frozen=True)
class Rpc:
    """A method, with the messages that it takes and gives."""

    service: str
    method: MethodDescriptorProto
    request: DescriptorProto
    response: DescriptorProto

    @property
    def name(self) -> str:
        """Return the method's name."""
        return self.method.name

    @property
    def full_name(self) -> str:
        """Return service and name, as in "runway.ledger.v1.Service/Method"."""
        return f"{self.service}/{self.name}"

    @property
    def only_reads(self) -> bool:
        """Return whether the method is declared to have no side effects."""
        return self.method.options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS

    @property
    def streams(self) -> bool:
        """Return whether its request is a stream."""
        return self.method.client_streaming


def messages(files: Files) -> dict[str, DescriptorProto]:
    """Return every message, nested ones too, by its full name."""
    found: dict[str, DescriptorProto] = {}

    def walk(prefix: str, declared: Iterable[DescriptorProto]) -> None:
        for message in declared:
            found[f"{prefix}.{message.name}"] = message
            walk(f"{prefix}.{message.name}", message.nested_type)

    for file in files:
        walk(file.package, file.message_type)
    return found


def rpcs(files: Files) -> list[Rpc]:
    """Return every method of every service."""
    known = messages(files)
    return [
        Rpc(
            f"{file.package}.{service.name}",
            method,
            known.get(method.input_type[1:], DescriptorProto(name=method.input_type[1:])),
            known.get(method.output_type[1:], DescriptorProto(name=method.output_type[1:])),
        )
        for file in files
        for service in file.service
        for method in service.method
    ]


def field_of(message: DescriptorProto, name: str) -> Type | None:
    """Return a message's field, or None."""
    return next((field for field in message.field if field.name == name), None)


def every_request_is_of_one_business(files: Files) -> list[str]:
    """Field 1 of a request is `business_id`: text, single, required, in its one canonical form."""
    return [
        f"{rpc.full_name}: {rpc.request.name}.business_id {problem}"
        for rpc in rpcs(files)
        for problem in _business_id_problems(rpc.request)
    ]


def _business_id_problems(request: DescriptorProto) -> Iterator[str]:
    field = field_of(request, "business_id")
    if field is None:
        yield "is missing"
        return
    if field.number != 1:
        yield f"is number {field.number}"
    if not _is_single_text(field):
        yield "is no single text"
    if field.proto3_optional or field.HasField("oneof_index"):
        yield "is optional"
    yield from _required_problems(field)
    rules = _rules(field)
    if rules.string.pattern != BUSINESS_ID_PATTERN:
        yield "has another pattern"
    if rules.ignore != validate_pb2.IGNORE_UNSPECIFIED:
        yield "is exempt from validation"


def _required_problems(field: Type) -> Iterator[str]:
    if _Behavior.REQUIRED not in field.options.Extensions[field_behavior_pb2.field_behavior]:
        yield "is not marked REQUIRED"
    if not _rules(field).required:
        yield "is not validated as required"


def every_response_says_of_which_business_it_is(files: Files) -> list[str]:
    """Field 1 of a response is `business_id`: the gateway holds it against what it asked for."""
    found = []
    for rpc in rpcs(files):
        field = field_of(rpc.response, "business_id")
        if field is None or field.number != 1 or not _is_single_text(field):
            found.append(f"{rpc.full_name}: {rpc.response.name} has no business_id = 1")
    return found


OF_MANY_BUSINESSES = {
    "runway.experience.v1.GetPortfolioRequest.business_ids",
    "runway.experience.v1.PortfolioItem.business_id",
    "runway.experience.v1.GetExperimentResultsRequest.business_ids",
}


def a_business_is_named_once(files: Files) -> list[str]:
    """Below field 1 nothing names a business: a second one could be taken for the first. Only the
    portfolio is of many.
    """
    envelopes = {name for rpc in rpcs(files) for name in (rpc.request.name, rpc.response.name)}
    return [
        f"{name}.{field.name}"
        for name, message in messages(files).items()
        for field in message.field
        if "business_id" in field.name
        and not (message.name in envelopes and field.name == "business_id")
        and f"{name}.{field.name}" not in OF_MANY_BUSINESSES
    ]


def every_rpc_has_messages_of_its_own(files: Files) -> list[str]:
    """A method takes MethodRequest and gives MethodResponse, of its own package."""
    return [
        rpc.full_name
        for rpc in rpcs(files)
        if (rpc.method.input_type, rpc.method.output_type)
        != tuple(f".{rpc.service.rpartition('.')[0]}.{rpc.name}{end}" for end in _ENDS)
    ]


_ENDS = ("Request", "Response")


def what_only_reads_says_so(files: Files) -> list[str]:
    """Methods that get, list, calculate and the like have no side effects; the others have."""
    return [
        rpc.full_name for rpc in rpcs(files) if rpc.only_reads != rpc.name.startswith(READING_VERBS)
    ]


def every_mutation_can_be_repeated(files: Files) -> list[str]:
    """A mutation's field 2 is `request_id`, a required UUID; a read has none."""
    found = []
    for rpc in rpcs(files):
        field = field_of(rpc.request, "request_id")
        if rpc.only_reads:
            if field is not None:
                found.append(f"{rpc.full_name}: reads, and has a request_id")
        elif field is None or field.number != 2 or not _is_single_text(field):
            found.append(f"{rpc.full_name}: request_id is no text at number 2")
        elif [*_required_problems(field)] or not _rules(field).string.uuid:
            found.append(f"{rpc.full_name}: request_id is no required UUID")
    return found


def every_change_says_what_it_has_read(files: Files) -> list[str]:
    """What changes, removes or finalises takes an etag; an update takes a mask as well."""
    known, found = messages(files), []
    for rpc in rpcs(files):
        if rpc.name.startswith("Update"):
            noun = rpc.name.removeprefix("Update")
            resource = next(
                (f for f in rpc.request.field if f.type_name.endswith(f".{noun}")), None
            )
            message = known.get(resource.type_name[1:]) if resource else None
            if message is None or field_of(message, "etag") is None:
                found.append(f"{rpc.full_name}: no etag")
            mask = field_of(rpc.request, "update_mask")
            if mask is None or mask.type_name != FIELD_MASK or [*_required_problems(mask)]:
                found.append(f"{rpc.full_name}: no update_mask")
        elif rpc.name.startswith(("Delete", "Remove", "Clear", "Finalize")):
            field = field_of(rpc.request, "etag")
            if field is None or not _is_single_text(field) or [*_required_problems(field)]:
                found.append(f"{rpc.full_name}: no required etag")
    return found


def every_list_has_pages(files: Files) -> list[str]:
    """A list takes page_size and page_token, and gives one repeated field and a token."""
    found = []
    for rpc in rpcs(files):
        if not rpc.name.startswith("List"):
            continue
        size, token = (field_of(rpc.request, name) for name in ("page_size", "page_token"))
        following = field_of(rpc.response, "next_page_token")
        if size is None or size.type != Type.TYPE_INT32 or not _rules(size).int32.HasField("gte"):
            found.append(f"{rpc.full_name}: page_size is no int32 from 0")
        if token is None or not _is_single_text(token) or not _rules(token).string.max_len:
            found.append(f"{rpc.full_name}: page_token is no text of limited length")
        if following is None or not _is_single_text(following):
            found.append(f"{rpc.full_name}: no next_page_token")
        if sum(field.label == Type.LABEL_REPEATED for field in rpc.response.field) != 1:
            found.append(f"{rpc.full_name}: not one list in the response")
    return found


def nothing_but_a_score_is_a_float(files: Files) -> list[str]:
    """No field is a float or double but those listed, none of which is money."""
    return [
        name
        for name, field in _fields(files)
        if field.type in (Type.TYPE_FLOAT, Type.TYPE_DOUBLE) and name not in FLOATS
    ]


def money_dates_and_instants_have_their_types(files: Files) -> list[str]:
    """What is named as money is google.type.Money, a date google.type.Date, and so on."""
    found = []
    for name, field in _fields(files):
        expected = _expected_type(field)
        # P10, P50 and P90 of a date are three of them.
        given = DATE if field.type_name == DATE_BAND else field.type_name
        if expected and given != expected and name not in PACKED_MONEY:
            found.append(f"{name} is no {expected[1:]}")
    return found


def _expected_type(field: Type) -> str:
    words = field.name.split("_")
    if words[-1] == "date" or field.name == "as_of":
        return DATE
    if words[-1] in ("time", "at"):
        return TIMESTAMP
    says_otherwise = words[-1] in ("days", "id", "ids", "count", "zone", "token", "points")
    says_otherwise = says_otherwise or words[0] == "probability"
    is_number_or_text = field.type not in (Type.TYPE_MESSAGE, Type.TYPE_ENUM, Type.TYPE_BOOL)
    if is_number_or_text and not says_otherwise and MONEY_WORDS & set(words):
        return MONEY
    return ""


def every_enum_begins_unspecified(files: Files) -> list[str]:
    """The zero of an enum is its UNSPECIFIED: what nobody set means nothing."""
    found = []
    for name, enum in _enums(files):
        prefix = "".join(f"_{c}" if c.isupper() else c for c in enum.name).lstrip("_").upper()
        zero = next((value.name for value in enum.value if value.number == 0), "")
        if zero != f"{prefix}_UNSPECIFIED":
            found.append(name)
    return found


def everything_has_a_comment(files: Files) -> list[str]:
    """Every service, method, message, field, enum and value has a comment of its own."""
    found = []
    for file in files:
        comments = _comments(file)
        for path, name in _declarations(file):
            if not comments.get(path):
                found.append(f"{file.name}: {name}")
    return found


def every_rpc_begins_with_a_verb_and_names_its_errors(files: Files) -> list[str]:
    """A method's comment starts with a verb in the third person and has an `Errors:` part."""
    found = []
    for file in files:
        comments = _comments(file)
        for path, name in _declarations(file):
            if len(path) == 4 and path[0] == FileDescriptorProto.SERVICE_FIELD_NUMBER:
                text = comments.get(path, "")
                if not text or not text.split()[0].endswith("s") or "Errors: " not in text:
                    found.append(name)
    return found


def _is_single_text(field: Type) -> bool:
    return field.type == Type.TYPE_STRING and field.label != Type.LABEL_REPEATED


def _rules(field: Type) -> Any:
    return field.options.Extensions[validate_pb2.field]


def _fields(files: Files) -> Iterator[tuple[str, Type]]:
    for name, message in messages(files).items():
        for field in message.field:
            yield f"{name}.{field.name}", field


def _enums(files: Files) -> Iterator[tuple[str, EnumDescriptorProto]]:
    for file in files:
        for enum in file.enum_type:
            yield f"{file.package}.{enum.name}", enum
    for name, message in messages(files).items():
        for enum in message.enum_type:
            yield f"{name}.{enum.name}", enum


def _declarations(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield what a file declares: its path as in SourceCodeInfo, and its name."""

    def below(parent: Any, path: tuple[int, ...], name: str) -> Iterator[Any]:
        for field in parent.DESCRIPTOR.fields:
            if field.name not in _DECLARING:
                continue
            for index, child in enumerate(getattr(parent, field.name)):
                if field.name == "oneof_decl" and child.name.startswith("_"):
                    continue  # What protoc makes of `optional`.
                here = (*path, field.number, index)
                yield here, f"{name}.{child.name}"
                yield from below(child, here, f"{name}.{child.name}")

    yield from below(file, (), file.package)


_DECLARING = {
    *("service", "method", "message_type", "nested_type", "field", "oneof_decl"),
    *("enum_type", "value", "extension"),
}


def _comments(file: FileDescriptorProto) -> dict[tuple[int, ...], str]:
    return {
        tuple(location.path): location.leading_comments.strip()
        for location in file.source_code_info.location
    }


def shape(message: Descriptor) -> list[tuple[Any, ...]]:
    """Return what is the same of the fields of two messages that pass through as each other."""
    return [
        (
            field.number,
            field.name,
            field.type,
            field.is_repeated,
            field.has_presence,
            field.message_type and field.message_type.full_name,
            field.enum_type and field.enum_type.full_name,
        )
        for field in message.fields
    ]
