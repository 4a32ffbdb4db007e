"""The wire format: v10's is kept to the letter, and schemas, .proto files and modules agree."""

import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import marshmallow
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor, MethodDescriptor
from marshmallow import fields

from api.management import methods as management
from api.rooms import methods as rooms
from protos.api.v1 import messages_pb2, operations_pb2, rooms_pb2, schedulers_pb2
from protos.eventforwarder import events_pb2

SERVICES = (*management.SERVICES, *rooms.SERVICES)
METHODS = {**management.METHODS, **rooms.METHODS}
ROOT = pathlib.Path(__file__).parents[2]
V10 = [
    line
    for line in pathlib.Path(__file__).with_name("wire_of_v10.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
FILES: list[FileDescriptor] = [
    module.DESCRIPTOR
    for module in (messages_pb2, operations_pb2, rooms_pb2, schedulers_pb2, events_pb2)
]
KINDS = {
    value: name.removeprefix("TYPE_").lower()
    for name, value in vars(FieldDescriptor).items()
    if name.startswith("TYPE_")
}
#: Fields of v10's answers that were never set; we do not set them either.
NEVER_SET = {("api.v1.SchedulerInfo", "match_allocation"), ("api.v1.Operation", "lease")}


def test_names_numbers_types_and_methods_of_v10_are_kept() -> None:
    ours = {line.partition(": ")[0]: line for file in FILES for line in described(file)}

    for line in V10:
        name, _, parts = line.partition(":")
        kept = set(filter(None, map(str.strip, parts.split(";"))))
        found = set(filter(None, ours[name].partition(":")[2].strip().split("; ")))
        assert kept <= found, name
        # What we added to a message stays out of v10's numbers.
        assert all(int(field.split()[0]) >= 100 for field in found - kept), name


def described(file: FileDescriptor) -> Iterator[str]:
    """What a file describes, as the list of v10's writes it."""
    for service in file.services_by_name.values():
        for method in service.methods:
            types = f"{method.input_type.name} -> {method.output_type.name}"
            yield f"{method.full_name}: {types}"
    for message in file.message_types_by_name.values():
        yield f"{message.full_name}: {'; '.join(map(described_field, message.fields))}"
        for enum in message.enum_types:
            values = "; ".join(f"{value.number} {value.name}" for value in enum.values)
            yield f"{enum.full_name}: {values}"


def described_field(field: FieldDescriptor) -> str:
    """One field with its number, name and type."""
    if is_map(field):
        return f"{field.number} {field.name} map<string, string>"
    optional = "optional " if is_optional(field) else ""
    repeated = "repeated " if field.is_repeated else ""
    return f"{field.number} {field.name} {optional}{repeated}{kind(field)}"


def kind(field: FieldDescriptor) -> str:
    """The type of a field as .proto files write it."""
    told = field.message_type or field.enum_type
    if told is None:
        return KINDS[field.type]
    return told.full_name if told.full_name.startswith("google.") else told.name


def is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def is_optional(field: FieldDescriptor) -> bool:
    """Whether it is written `optional`, for which protoc makes a group of one field."""
    group = field.containing_oneof
    return group is not None and group.name == f"_{field.name}"


def test_generated_modules_are_what_the_files_say(tmp_path: pathlib.Path) -> None:
    files = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("protos/**/*.proto"))
    outputs = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]

    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", *outputs, *files]
    subprocess.run(command, cwd=ROOT, check=True)

    fresh = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.py*")}
    kept = {path.relative_to(ROOT): path.read_text() for path in ROOT.glob("protos/**/*_pb2.py*")}
    assert fresh == kept, "run: make protos"


def described_methods() -> list[MethodDescriptor]:
    """Methods that are described and served."""
    return [method for service in SERVICES for method in service.methods if method.name in METHODS]


def test_every_method_that_is_served_is_described() -> None:
    assert {method.name for method in described_methods()} == set(METHODS)


@pytest.mark.parametrize("method", described_methods(), ids=lambda method: method.name)
def test_schemas_know_the_fields_of_the_messages(method: MethodDescriptor) -> None:
    rpc = METHODS[method.name]
    request = dict(rpc.names.fields) | dict(rpc.request.fields if rpc.request else {})

    compare(request, method.input_type)
    compare(rpc.response.fields, method.output_type)


def compare(known: dict[str, fields.Field[Any]], message: Descriptor) -> None:
    """All fields, and those of the messages within."""
    expected = {
        field.name for field in message.fields if (message.full_name, field.name) not in NEVER_SET
    }
    assert set(known) == expected, message.full_name
    for name in expected:
        field, described = known[name], message.fields_by_name[name]
        assert isinstance(field, fields.List) == (described.is_repeated and not is_map(described))
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            schema = inner.schema
            assert isinstance(schema, marshmallow.Schema)
            assert described.message_type
            compare(schema.fields, described.message_type)
