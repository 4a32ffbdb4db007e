"""Requests get their id at the door, over HTTP and gRPC, and their answers tell it."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from maestro import request_ids

if TYPE_CHECKING:
    # Servers of HTTP must not load it: they fork.
    import grpc

    #: Answers a message, both as bytes.
    Answering = Callable[[bytes, grpc.ServicerContext], bytes]

METADATA = request_ids.HEADER.lower()


class OverHttp:
    """An application behind this one, which must have said everything when it returns."""

    def __init__(self, behind: WSGIApplication) -> None:
        self.behind = behind

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        request_id = request_ids.accepted(environ.get("HTTP_X_REQUEST_ID", ""))

        def told(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [*headers, (request_ids.HEADER, request_id)], *more)

        with request_ids.bound(request_id):
            return self.behind(environ, told)


def over_grpc(behind: "Answering") -> "Answering":
    """The method with ids; a call that fails tells its own as well."""

    def door(raw: bytes, context: "grpc.ServicerContext") -> bytes:
        sent = dict(context.invocation_metadata() or ()).get(METADATA, "")
        request_id = request_ids.accepted(str(sent))
        context.send_initial_metadata(((METADATA, request_id),))
        with request_ids.bound(request_id):
            return behind(raw, context)

    return door
