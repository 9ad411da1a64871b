"""The API's conventions hold in every proto, and each rule is seen to fail on a planted fault."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import (
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodOptions,
)

from calculator_svc.servicers import services as calculator_services
from experience_gw.clients import InnerServices
from experience_gw.servicers import services as gateway_services
from orchestrator_svc.servicers import services as orchestrator_services
from orchestrator_svc.store.database import Database
from support import descriptors as rules
from support import identity
from support.descriptors import Files

GENERATED = rules.IMAGE.parents[1] / "gen"
Rule = Callable[[Files], list[str]]
Change = Callable[[FieldDescriptorProto], Any]

RULES: list[Rule] = [
    rules.every_request_is_of_one_business,
    rules.every_response_says_of_which_business_it_is,
    rules.a_business_is_named_once,
    rules.every_rpc_has_messages_of_its_own,
    rules.what_only_reads_says_so,
    rules.every_mutation_can_be_repeated,
    rules.every_change_says_what_it_has_read,
    rules.every_list_has_pages,
    rules.nothing_but_a_score_is_a_float,
    rules.money_dates_and_instants_have_their_types,
    rules.every_enum_begins_unspecified,
    rules.everything_has_a_comment,
    rules.every_rpc_begins_with_a_verb_and_names_its_errors,
]


@pytest.fixture(scope="module")
def real() -> Files:
    """Every proto of Runway."""
    return rules.runway_files()


def copy_of(files: Files) -> Files:
    return [FileDescriptorProto.FromString(file.SerializeToString()) for file in files]


def set_option(extension: Any, change: Callable[[Any], Any]) -> Change:
    return lambda field: change(field.options.Extensions[extension])


def rename(name: str) -> Change:
    return lambda field: setattr(field, "name", name)


def number(value: int) -> Change:
    return lambda field: setattr(field, "number", value)


def kind(value: int) -> Change:
    return lambda field: setattr(field, "type", value)


def repeat(field: FieldDescriptorProto) -> None:
    field.label = FieldDescriptorProto.LABEL_REPEATED


def make_optional(field: FieldDescriptorProto) -> None:
    field.proto3_optional, field.oneof_index = True, 0


unmark = set_option(field_behavior_pb2.field_behavior, lambda behaviors: behaviors.clear())
do_not_require = set_option(validate_pb2.field, lambda field: field.ClearField("required"))
forget_rules = set_option(validate_pb2.field, lambda field: field.Clear())


def ignore(field: FieldDescriptorProto) -> None:
    field.options.Extensions[validate_pb2.field].ignore = validate_pb2.IGNORE_ALWAYS


def loosen(field: FieldDescriptorProto) -> None:
    field.options.Extensions[validate_pb2.field].string.pattern = ".*"


def make_double(field: FieldDescriptorProto) -> None:
    field.type = FieldDescriptorProto.TYPE_DOUBLE
    field.ClearField("type_name")


BUSINESS_ID_FAULTS: dict[str, Change] = {
    "is missing": rename("company_id"),
    "is number 2": number(2),
    "is no single text": kind(FieldDescriptorProto.TYPE_BYTES),
    "is no single text, but many": repeat,
    "is optional": make_optional,
    "is not marked REQUIRED": unmark,
    "is not validated as required": do_not_require,
    "has another pattern": loosen,
    "is exempt from validation": ignore,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_protos_keep_every_rule(rule: Rule, real: Files) -> None:
    assert rule(real) == []


def test_the_rules_look_at_every_proto_that_is_served(real: Files) -> None:
    """The image is what the stubs are made of, and holds every service of the three servers."""
    for module in GENERATED.glob("runway/**/*_pb2.py"):
        importlib.import_module(".".join(module.relative_to(GENERATED).with_suffix("").parts))
    generated = {
        str(path.relative_to(GENERATED)).replace("_pb2.py", ".proto")
        for path in GENERATED.glob("runway/**/*_pb2.py")
    }
    assert {file.name for file in real} == generated
    for file in copy_of(real):
        file.ClearField("source_code_info")
        fields = [field for message in rules.messages([file]).values() for field in message.field]
        for field in [*fields, *file.extension]:
            field.ClearField("json_name")  # The stubs leave it out: it follows from the name.
        stub = descriptor_pool.Default().FindFileByName(file.name).serialized_pb
        assert FileDescriptorProto.FromString(stub) == file, file.name


async def test_every_service_of_the_protos_is_served_and_none_besides(real: Files) -> None:
    database = Database("postgresql+asyncpg://nobody@localhost/nowhere")
    inner = InnerServices.at("localhost:1", "localhost:1", 1.0, identity.GATEWAY)
    served = [*orchestrator_services(database), *calculator_services(), *gateway_services(inner)]
    await inner.close()
    names = [service.full_name for service in served]
    assert sorted(names) == sorted({rpc.service for rpc in rules.rpcs(real)})


@pytest.mark.parametrize("fault", BUSINESS_ID_FAULTS)
def test_a_request_without_a_proper_business_id_is_named_whichever_it_is(
    fault: str, real: Files
) -> None:
    """Each request of each service, one after the other, is given the fault."""
    requests = [(rpc.full_name, rpc.method.input_type[1:]) for rpc in rules.rpcs(real)]
    for full_name, request in requests:
        faulty = copy_of(real)
        BUSINESS_ID_FAULTS[fault](rules.messages(faulty)[request].field[0])
        problem = f"{full_name}: {request.rpartition('.')[2]}.business_id {fault.split(',')[0]}"
        assert problem in rules.every_request_is_of_one_business(faulty)
        assert len(rules.every_request_is_of_one_business(faulty)) == 1


def test_a_new_service_without_business_ids_is_named(real: Files) -> None:
    faulty = copy_of(real)
    faulty[0].message_type.add(name="PeekRequest").field.add(name="query", number=1)
    faulty[0].message_type.add(name="PeekResponse")
    package = faulty[0].package
    faulty[0].service.add(name="PeekService").method.add(
        name="Peek", input_type=f".{package}.PeekRequest", output_type=f".{package}.PeekResponse"
    )
    assert f"{package}.PeekService/Peek: PeekRequest.business_id is missing" in (
        rules.every_request_is_of_one_business(faulty)
    )


ORCHESTRATOR, LEDGER = "runway.orchestrator.v1", "runway.ledger.v1"
REMOVE = f"{ORCHESTRATOR}.DecisionConsoleService/RemoveDecision"
UPDATE = f"{ORCHESTRATOR}.BusinessService/UpdateBusiness"
LIST = f"{ORCHESTRATOR}.LedgerService/ListBills"
FIELD_FAULTS: list[tuple[Rule, str, Change, str]] = [
    (
        rules.every_response_says_of_which_business_it_is,
        f"{ORCHESTRATOR}.ListBillsResponse.business_id",
        number(9),
        f"{LIST}: ListBillsResponse has no business_id = 1",
    ),
    (
        rules.a_business_is_named_once,
        f"{LEDGER}.Bill.vendor_name",
        rename("business_id"),
        f"{LEDGER}.Bill.business_id",
    ),
    (
        rules.a_business_is_named_once,
        f"{ORCHESTRATOR}.ListBillsRequest.page_token",
        rename("other_business_ids"),
        f"{ORCHESTRATOR}.ListBillsRequest.other_business_ids",
    ),
    (
        rules.every_mutation_can_be_repeated,
        f"{ORCHESTRATOR}.RemoveDecisionRequest.request_id",
        number(7),
        f"{REMOVE}: request_id is no text at number 2",
    ),
    (
        rules.every_mutation_can_be_repeated,
        f"{ORCHESTRATOR}.RemoveDecisionRequest.request_id",
        forget_rules,
        f"{REMOVE}: request_id is no required UUID",
    ),
    (
        rules.every_mutation_can_be_repeated,
        f"{ORCHESTRATOR}.ListBillsRequest.page_token",
        rename("request_id"),
        f"{LIST}: reads, and has a request_id",
    ),
    (
        rules.every_change_says_what_it_has_read,
        f"{ORCHESTRATOR}.RemoveDecisionRequest.etag",
        do_not_require,
        f"{REMOVE}: no required etag",
    ),
    (
        rules.every_change_says_what_it_has_read,
        f"{LEDGER}.Business.etag",
        rename("version"),
        f"{UPDATE}: no etag",
    ),
    (
        rules.every_change_says_what_it_has_read,
        f"{ORCHESTRATOR}.UpdateBusinessRequest.update_mask",
        rename("mask"),
        f"{UPDATE}: no update_mask",
    ),
    (
        rules.every_list_has_pages,
        f"{ORCHESTRATOR}.ListBillsRequest.page_size",
        forget_rules,
        f"{LIST}: page_size is no int32 from 0",
    ),
    (
        rules.every_list_has_pages,
        f"{ORCHESTRATOR}.ListBillsRequest.page_token",
        rename("cursor"),
        f"{LIST}: page_token is no text of limited length",
    ),
    (
        rules.every_list_has_pages,
        f"{ORCHESTRATOR}.ListBillsResponse.next_page_token",
        rename("next"),
        f"{LIST}: no next_page_token",
    ),
    (
        rules.every_list_has_pages,
        f"{ORCHESTRATOR}.ListBillsResponse.next_page_token",
        repeat,
        f"{LIST}: not one list in the response",
    ),
    (
        rules.nothing_but_a_score_is_a_float,
        f"{LEDGER}.Bill.balance",
        make_double,
        f"{LEDGER}.Bill.balance",
    ),
    (
        rules.money_dates_and_instants_have_their_types,
        f"{LEDGER}.Bill.source_version",
        rename("amount_minor"),
        f"{LEDGER}.Bill.amount_minor is no google.type.Money",
    ),
    (
        rules.money_dates_and_instants_have_their_types,
        f"{LEDGER}.Bill.document_number",
        rename("pay_date"),
        f"{LEDGER}.Bill.pay_date is no google.type.Date",
    ),
    (
        rules.money_dates_and_instants_have_their_types,
        f"{LEDGER}.Bill.document_number",
        rename("synced_at"),
        f"{LEDGER}.Bill.synced_at is no google.protobuf.Timestamp",
    ),
]


@pytest.mark.parametrize(
    ("rule", "field", "change", "named"), FIELD_FAULTS, ids=[fault[3] for fault in FIELD_FAULTS]
)
def test_a_fault_in_a_field_is_named(
    rule: Rule, field: str, change: Change, named: str, real: Files
) -> None:
    faulty = copy_of(real)
    message, _, name = field.rpartition(".")
    found = rules.field_of(rules.messages(faulty)[message], name)
    assert found is not None
    change(found)
    assert named in rule(faulty)


def method_of(files: Files, full_name: str) -> Any:
    return next(rpc.method for rpc in rules.rpcs(files) if rpc.full_name == full_name)


def test_a_method_that_borrows_anothers_message_is_named(real: Files) -> None:
    faulty = copy_of(real)
    method_of(faulty, LIST).input_type = f".{ORCHESTRATOR}.ListInvoicesRequest"
    assert rules.every_rpc_has_messages_of_its_own(faulty) == [LIST]


@pytest.mark.parametrize(
    ("full_name", "level"),
    [(LIST, MethodOptions.IDEMPOTENCY_UNKNOWN), (REMOVE, MethodOptions.NO_SIDE_EFFECTS)],
)
def test_a_method_that_says_the_wrong_thing_of_its_effects_is_named(
    full_name: str, level: Any, real: Files
) -> None:
    faulty = copy_of(real)
    method_of(faulty, full_name).options.idempotency_level = level
    assert rules.what_only_reads_says_so(faulty) == [full_name]


def test_an_enum_that_begins_with_a_meaning_is_named(real: Files) -> None:
    faulty = copy_of(real)
    file = next(file for file in faulty if file.enum_type)
    file.enum_type[0].value[0].name = file.enum_type[0].value[1].name
    assert rules.every_enum_begins_unspecified(faulty) == [
        f"{file.package}.{file.enum_type[0].name}"
    ]


def test_every_comment_that_goes_is_missed(real: Files) -> None:
    """Whatever is commented today, down to an enum's value, is named when its comment goes."""
    for file in copy_of(real):
        commented = [
            location
            for location in file.source_code_info.location
            if location.leading_comments and len(location.path) > 1
        ]
        for location in commented:
            location.leading_comments = ""
        assert len(rules.everything_has_a_comment([file])) == len(commented) > 0


def test_a_single_comment_that_goes_is_named(real: Files) -> None:
    faulty = copy_of(real)
    ledger = next(file for file in faulty if file.name.endswith("ledger/v1/ledger.proto"))
    for location in ledger.source_code_info.location:
        if list(location.path) == [4, 0, 2, 0]:
            location.leading_comments = " \n"
    first = ledger.message_type[0]
    assert rules.everything_has_a_comment(faulty) == [
        f"{ledger.name}: {LEDGER}.{first.name}.{first.field[0].name}"
    ]


@pytest.mark.parametrize("comment", [" The bills.\n\n Errors: NOT_FOUND.\n", " Lists bills.\n", ""])
def test_a_method_whose_comment_lacks_verb_or_errors_is_named(comment: str, real: Files) -> None:
    faulty = copy_of(real)
    ledger = next(file for file in faulty if file.name.endswith("ledger_service.proto"))
    index = [method.name for method in ledger.service[0].method].index("ListBills")
    for location in ledger.source_code_info.location:
        if list(location.path) == [6, 0, 2, index]:
            location.leading_comments = comment
    assert rules.every_rpc_begins_with_a_verb_and_names_its_errors(faulty) == [
        f"{ORCHESTRATOR}.LedgerService.ListBills"
    ]
