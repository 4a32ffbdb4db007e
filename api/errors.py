"""
Errors as answers: one table for HTTP and gRPC, so that the two cannot drift apart.

What a client did wrong is explained to it. What went wrong in here is logged, and the answer
says no more than whether asking again helps.
"""

import dataclasses
import enum
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog

from maestro import errors
from maestro.errors import Violation

log = structlog.get_logger(__name__)


class Code(enum.IntEnum):
    """Codes of gRPC, as many as we use."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclasses.dataclass(frozen=True, slots=True)
class Face:
    """What an error is over HTTP and over gRPC."""

    status: HTTPStatus
    code: Code


INTERNAL = Face(HTTPStatus.INTERNAL_SERVER_ERROR, Code.INTERNAL)

FACES: Mapping[type[errors.MaestroError], Face] = {
    errors.InvalidInput: Face(HTTPStatus.BAD_REQUEST, Code.INVALID_ARGUMENT),
    errors.NotFound: Face(HTTPStatus.NOT_FOUND, Code.NOT_FOUND),
    errors.AlreadyExists: Face(HTTPStatus.CONFLICT, Code.ALREADY_EXISTS),
    errors.EditInProgress: Face(HTTPStatus.BAD_REQUEST, Code.FAILED_PRECONDITION),
    errors.NotCancellable: Face(HTTPStatus.CONFLICT, Code.ABORTED),
    errors.NoReadyRoom: Face(HTTPStatus.TOO_MANY_REQUESTS, Code.RESOURCE_EXHAUSTED),
    errors.NoAddress: Face(HTTPStatus.BAD_REQUEST, Code.FAILED_PRECONDITION),
    errors.Unauthenticated: Face(HTTPStatus.UNAUTHORIZED, Code.UNAUTHENTICATED),
    errors.NotForwarded: Face(HTTPStatus.BAD_REQUEST, Code.FAILED_PRECONDITION),
    errors.TooLarge: Face(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Code.RESOURCE_EXHAUSTED),
    errors.Unavailable: Face(HTTPStatus.SERVICE_UNAVAILABLE, Code.UNAVAILABLE),
    errors.RuntimeRefused: INTERNAL,
    errors.OperationFailed: INTERNAL,
    errors.Cancelled: INTERNAL,
    errors.LeaseLost: INTERNAL,
    errors.Stopping: INTERNAL,
}

UNAVAILABLE_TEXT = "temporarily unavailable, try again"
INTERNAL_TEXT = "internal error"

#: A body of broken entries must not make a much larger answer.
_MOST_VIOLATIONS = 100
_LONGEST_TEXT = 16 * 1024


def face(error: BaseException) -> Face:
    """How `error` is shown; whatever the table does not know is internal."""
    for kind in type(error).__mro__:
        if issubclass(kind, errors.MaestroError) and kind in FACES:
            return FACES[kind]
    return INTERNAL


def report(error: BaseException, **request: str) -> None:
    """Log what went wrong in here; what the client did wrong, it is told itself."""
    shown = face(error)
    if shown.code is Code.UNAVAILABLE:
        log.warning("request_unavailable", reason=str(error), **request)
    elif shown.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", exc_info=error, **request)


def text(error: BaseException) -> str:
    """What the client is told."""
    shown = face(error)
    if shown.code is Code.UNAVAILABLE:
        return UNAVAILABLE_TEXT
    if shown.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return INTERNAL_TEXT
    said = str(error)
    return said if len(said) <= _LONGEST_TEXT else f"{said[:_LONGEST_TEXT]}…"


def body(error: BaseException) -> dict[str, Any]:
    """The answer's body, the same for every error."""
    found = violations(error)
    return {
        "code": face(error).code,
        "message": text(error),
        "details": [bad_request(found)] if found else [],
    }


def violations(error: BaseException) -> Sequence[Violation]:
    """The broken rules that the client is told of."""
    return error.violations[:_MOST_VIOLATIONS] if isinstance(error, errors.InvalidInput) else ()


def bad_request(found: Sequence[Violation]) -> dict[str, Any]:
    """Which fields are wrong, as `google.rpc.BadRequest` says it."""
    return {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [
            {"field": violation.field, "description": violation.description} for violation in found
        ],
    }


def refused(field: str, message: str) -> errors.InvalidInput:
    """The refusal of one field in exactly these words, which clients of v10 know."""
    refusal = errors.InvalidInput(message=message)
    refusal.violations = (Violation(field=field, description=message),)
    return refusal
