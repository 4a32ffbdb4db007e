"""Calls of both APIs, over HTTP and over gRPC alike: one request, one kind of answer."""

import dataclasses
import re
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor

# Known to protobuf once imported: what the details of a status hold.
from google.rpc import error_details_pb2  # noqa: F401
from grpc_status import rpc_status

from api.management import methods as management
from api.messages import camel_case
from api.rooms import methods as rooms
from tests.contract import asking, routes
from tests.fakes.services import Services

DESCRIBED: Mapping[str, MethodDescriptor] = {
    method.name: method
    for service in (*management.SERVICES, *rooms.SERVICES)
    for method in service.methods
}
PATH_PART = re.compile(r"{(\w+)}")
DEADLINE_S = 30


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back: an answer with code 0, or a refusal."""

    code: int = 0
    message: str = ""
    #: Paths of the fields that it complains about.
    fields: list[str] = dataclasses.field(default_factory=list)
    #: The answer in JSON, without what is null: gRPC has no other way to be unset.
    body: Any = None


Call = Callable[[str, Mapping[str, Any]], Answer]


def over_http(services: Services, *, fast: bool = True) -> Call:
    """Calls by their routes; names go into the path, the rest into the query or the body."""
    clients = {
        **dict.fromkeys(routes.MANAGEMENT, asking.management(services)),
        **dict.fromkeys(routes.ROOMS, asking.rooms(services, fast=fast)),
    }

    def call(name: str, request: Mapping[str, Any]) -> Answer:
        verb, path = (routes.MANAGEMENT | routes.ROOMS)[name].split()
        parts = {part: _part(request, part) for part in PATH_PART.findall(path)}
        path = path.format_map({part: urllib.parse.quote(text) for part, text in parts.items()})
        rest = {key: value for key, value in request.items() if key not in map(camel_case, parts)}
        sent: dict[str, Any] = {"query_string": rest} if verb == "GET" else {"json": rest}
        answer = asking.ask(clients[name], verb, path, **sent)
        if answer.status == 200:
            return Answer(body=without_null(answer.body))
        return refusal(answer.body)

    return call


def _part(request: Mapping[str, Any], part: str) -> str:
    """What belongs into a path; some messages of v10 call the scheduler's name just a name."""
    return str(request[camel_case(part)] if camel_case(part) in request else request["name"])


def over_grpc(channel: grpc.Channel) -> Call:
    """Calls with messages made of JSON."""

    def call(name: str, request: Mapping[str, Any]) -> Answer:
        message = message_factory.GetMessageClass(DESCRIBED[name].input_type)()
        json_format.ParseDict(dict(request), message)
        return send(channel, name, message.SerializeToString())

    return call


def send(channel: grpc.Channel, name: str, raw: bytes, **options: Any) -> Answer:
    """Call with whatever bytes over gRPC."""
    method = DESCRIBED[name]
    path = f"/{method.containing_service.full_name}/{name}"
    try:
        answer = sender(channel, path)(raw, timeout=DEADLINE_S, **options)
    except grpc.RpcError as error:
        return _refused(error)
    told = message_factory.GetMessageClass(method.output_type).FromString(answer)
    document = json_format.MessageToDict(told, always_print_fields_with_no_presence=True)
    return Answer(body=without_null(document))


def sender(channel: grpc.Channel, path: str) -> "grpc.UnaryUnaryMultiCallable[bytes, bytes]":
    """Calls a method with bytes."""
    found: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(path)
    return found


def _refused(error: Any) -> Answer:
    status = rpc_status.from_call(error)
    if status is None:
        return Answer(code=error.code().value[0], message=error.details())
    return refusal({"details": [], **json_format.MessageToDict(status)})


def refusal(body: Any) -> Answer:
    """An error in the words of both."""
    fields = [each["field"] for detail in body["details"] for each in detail["fieldViolations"]]
    assert all(detail["@type"].endswith("/google.rpc.BadRequest") for detail in body["details"])
    return Answer(code=body["code"], message=body["message"], fields=fields)


def without_null(value: Any) -> Any:
    """The same without keys that are null."""
    if isinstance(value, dict):
        return {key: without_null(each) for key, each in value.items() if each is not None}
    return [without_null(each) for each in value] if isinstance(value, list) else value
