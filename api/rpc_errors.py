"""
Errors over gRPC: what HTTP answers as a body, as `google.rpc.Status`.

It travels in the trailers, of which clients take about 8 KiB, so it may have to be shortened.
"""

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from api import errors

#: Bytes of the message as the trailer `grpc-message` spells it.
LONGEST_MESSAGE = 2 * 1024
#: Bytes of the violations in `grpc-status-details-bin`, which repeats the message.
LONGEST_DETAILS = 1024

#: Spelled as they are in `grpc-message`; of all others, each byte becomes `%xx`.
_PLAIN = {chr(code) for code in range(0x20, 0x7F)} - {"%"}


def status(error: BaseException) -> grpc.Status:
    """How a call ends that failed with `error`."""
    return rpc_status.to_status(fitting(error))


def fitting(error: BaseException) -> status_pb2.Status:
    """The code, the message and as many violations as fit into the trailers."""
    whole = status_pb2.Status(code=errors.face(error).code, message=_cut(errors.text(error)))
    told = error_details_pb2.BadRequest()
    for violation in errors.violations(error):
        told.field_violations.add(field=violation.field, description=violation.description)
        if told.ByteSize() > LONGEST_DETAILS:
            del told.field_violations[-1]
    if told.field_violations:
        whole.details.add().Pack(told)
    return whole


def _cut(text: str) -> str:
    size = 0
    for index, char in enumerate(text):
        size += 1 if char in _PLAIN else 3 * len(char.encode())
        if size > LONGEST_MESSAGE:
            return f"{text[:index]}…"
    return text
