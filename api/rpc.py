"""
Methods over gRPC, made of the schemas and functions that HTTP uses, so that the two cannot drift
apart: a message is read and written by way of the JSON mapping of protobuf.

What a client sends is refused as its mistake, whatever it is.
"""

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import grpc
from google.protobuf import json_format, message, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from api import errors, fields, messages, request_ids, rpc_errors
from api.messages import Message
from maestro import metrics
from maestro.errors import InvalidInput, Violation

#: Raises Unauthenticated, given the services and what was sent as `authorization`.
Permit = Callable[[Any, str], None]
#: Is told the name of a call, what was asked, the `authorization` and where it came from, how it
#: ended, and what was answered.
Audit = Callable[[str, Mapping[str, Any], str, str, str, Mapping[str, Any]], None]


class Rpc:
    """One method: what reads its request, what answers it, and what writes the answer."""

    def __init__(
        self,
        function: Callable[..., Mapping[str, Any]],
        response: type[Message],
        *,
        request: type[Message] | None = None,
        names: Iterable[str] = (),
        permit: Permit | None = None,
    ) -> None:
        self.function = function
        self.response = response()
        #: None when there is nothing in it but names.
        self.request = request() if request else None
        #: Fields of the request that the function gets as keywords; over HTTP, parts of the path.
        self.names = Message.from_dict({name: fields.String() for name in names})()
        #: Where this one method asks for more than the others of its service.
        self.permit = permit

    def answer(self, services: object, document: Mapping[str, Any]) -> Any:
        """What is answered to a request in its JSON form, in its JSON form."""
        names = messages.load(self.names, document)
        _check_given(names)
        request = [messages.load(self.request, document)] if self.request else []
        return self.response.dump(self.function(services, *request, **names))


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One method as gRPC calls it, with messages as bytes: what breaks them is ours to answer."""

    name: str
    rpc: Rpc
    services: object
    request: type[message.Message]
    response: type[message.Message]
    audit: Audit | None = None
    #: Refuses callers by what they sent as `authorization`; None when anybody may call.
    permit: Permit | None = None

    def __call__(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer one call; a call that fails is aborted."""
        asked: dict[str, Any] = {}
        began = time.perf_counter()
        try:
            self._permit(context)
            asked = self._read(raw)
            answer = self.rpc.answer(self.services, asked)
            written = self._written(answer)
        except Exception as error:
            failure = error
        else:
            self._observe("OK", began)
            self._audit(context, asked, "OK", answer)
            return written
        errors.report(failure, rpc=self.name)
        code = errors.face(failure).code.name
        self._observe(code, began)
        self._audit(context, asked, code, {"message": str(failure)})
        context.abort_with_status(rpc_errors.status(failure))
        raise AssertionError("abort raises")

    def _observe(self, code: str, began: float) -> None:
        metrics.GRPC_SECONDS.labels(self.name, code).observe(time.perf_counter() - began)

    def _audit(
        self,
        context: grpc.ServicerContext,
        asked: Mapping[str, Any],
        outcome: str,
        answer: Mapping[str, Any],
    ) -> None:
        if self.audit:
            self.audit(self.name, asked, _authorization(context), context.peer(), outcome, answer)

    def _permit(self, context: grpc.ServicerContext) -> None:
        if self.permit:
            self.permit(self.services, _authorization(context))

    def _read(self, raw: bytes) -> dict[str, Any]:
        """Only what was sent: what is absent may mean something else than zero."""
        try:
            return json_format.MessageToDict(self.request.FromString(raw))
        except (message.DecodeError, json_format.Error, ValueError) as error:
            raise InvalidInput(message=f"malformed message: {error}") from error

    def _written(self, document: dict[str, Any]) -> bytes:
        return json_format.ParseDict(document, self.response()).SerializeToString()


def _authorization(context: grpc.ServicerContext) -> str:
    return str(dict(context.invocation_metadata() or ()).get("authorization", ""))


def _check_given(names: Mapping[str, str]) -> None:
    """Parts of a path are never empty, so neither are they."""
    missing = [
        Violation(field=messages.camel_case(name), description="is a required field")
        for name, value in names.items()
        if not value
    ]
    if missing:
        raise InvalidInput(missing)


def handler(
    service: ServiceDescriptor,
    methods: Mapping[str, Rpc],
    services: object,
    *,
    audit: Audit | None = None,
    permit: Permit | None = None,
) -> grpc.GenericRpcHandler:
    """Answers the calls of one service; those that are not in `methods` are not implemented."""
    return grpc.method_handlers_generic_handler(
        service.full_name,
        {
            described.name: grpc.unary_unary_rpc_method_handler(
                request_ids.over_grpc(
                    _method(described, methods[described.name], services, audit, permit)
                )
            )
            for described in service.methods
            if described.name in methods
        },
    )


def _method(
    described: MethodDescriptor,
    rpc: Rpc,
    services: object,
    audit: Audit | None,
    permit: Permit | None,
) -> Method:
    return Method(
        name=described.full_name,
        rpc=rpc,
        services=services,
        request=message_factory.GetMessageClass(described.input_type),
        response=message_factory.GetMessageClass(described.output_type),
        audit=audit,
        permit=rpc.permit or permit,
    )
