"""What a real API server says when it refuses, as errors that know their own answer."""

import dataclasses
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cause:
    """One thing that is wrong with an object."""

    reason: str
    field: str
    message: str

    def as_json(self) -> Json:
        return {"reason": self.reason, "message": self.message, "field": self.field}

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class Refusal(Exception):
    """Anything but success."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Json | None = None,
        metadata: Json | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.metadata = metadata or {}
        self.retry_after_s = retry_after_s

    def body(self) -> Json:
        """The `Status` object."""
        status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        details = dict(self.details or {})
        if self.retry_after_s is not None:
            details["retryAfterSeconds"] = self.retry_after_s
        if self.details is not None or details:
            status["details"] = details
        return {**status, "code": self.code}


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def unauthorized() -> Refusal:
    return Refusal(401, "Unauthorized", "Unauthorized")


def forbidden(
    group: str, plural: str, name: str, why: str, causes: Iterable[Cause] = ()
) -> Refusal:
    """Forbidden for any of its many reasons; only `why` tells which."""
    details = _details(group, plural, name)
    if causes := list(causes):
        details["causes"] = [cause.as_json() for cause in causes]
    what = f'{_qualified(group, plural)} "{name}"' if name else _qualified(group, plural)
    return Refusal(403, "Forbidden", f"{what} is forbidden: {why}", details=details)


def unknown_path() -> Refusal:
    return Refusal(404, "NotFound", "the server could not find the requested resource", details={})


def not_found(group: str, plural: str, name: str) -> Refusal:
    message = f'{_qualified(group, plural)} "{name}" not found'
    return Refusal(404, "NotFound", message, details=_details(group, plural, name))


def method_not_allowed() -> Refusal:
    message = "the server does not allow this method on the requested resource"
    return Refusal(405, "MethodNotAllowed", message, details={})


def already_exists(group: str, plural: str, name: str, *, is_being_deleted: bool) -> Refusal:
    start = "object is being deleted: " if is_being_deleted else ""
    message = f'{start}{_qualified(group, plural)} "{name}" already exists'
    return Refusal(409, "AlreadyExists", message, details=_details(group, plural, name))


def conflict(group: str, plural: str, name: str, why: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {_qualified(group, plural)} "{name}": {why}'
    return Refusal(409, "Conflict", message, details=_details(group, plural, name))


def expired(message: str, *, continuing: str = "") -> Refusal:
    metadata = {"continue": continuing} if continuing else None
    return Refusal(410, "Expired", message, metadata=metadata)


def unknown_media_type() -> Refusal:
    return Refusal(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml, application/vnd.kubernetes.protobuf",
    )


def unknown_patch_type() -> Refusal:
    return Refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={})


def invalid(group: str, kind: str, name: str, causes: Iterable[Cause]) -> Refusal:
    """Understood, and wrong in one or more fields."""
    causes = list(causes)
    errors = ", ".join(str(cause) for cause in causes)
    errors = f"[{errors}]" if len(causes) > 1 else errors
    details = _details(group, kind, name)
    details["causes"] = [cause.as_json() for cause in causes]
    what = _qualified(group, kind)
    return Refusal(422, "Invalid", f'{what} "{name}" is invalid: {errors}', details=details)


def too_large_version(asked: int, current: int) -> Refusal:
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return Refusal(504, "Timeout", message, details={"causes": [cause]}, retry_after_s=1)


def not_played() -> Refusal:
    """A real server could do it."""
    return Refusal(501, "NotImplemented", "the fake cluster does not play this")


def _qualified(group: str, name: str) -> str:
    return f"{name}.{group}" if group else name


def _details(group: str, kind: str, name: str) -> Json:
    given = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in given.items() if value}
