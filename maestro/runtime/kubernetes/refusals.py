"""
What a Kubernetes API server says when it does not do what it was asked, and what we make of it.

The only place that knows status codes. The meanings are those of recorded answers of a real
server: 403 alone has five, and only its text tells them apart.
"""

import contextlib
import dataclasses
import enum
from collections.abc import Iterator, Mapping
from typing import Any

from maestro import errors
from maestro.runtime.kubernetes import shape


class Meaning(enum.StrEnum):
    """Why it did not."""

    MISSING = "missing"
    EXISTS = "exists"
    #: A precondition does not hold: it is another object than the one meant.
    CONFLICT = "conflict"
    #: The resource version is too old: list again.
    EXPIRED = "expired"
    UNAUTHENTICATED = "unauthenticated"
    #: Our account lacks the right.
    NOT_ALLOWED = "not_allowed"
    NAMESPACE_ENDING = "namespace_ending"
    #: The namespace is so new that its service account is not there yet.
    TOO_EARLY = "too_early"
    #: By a rule of the cluster: quota, priority class, admission.
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    #: Too many requests, or others changed the same thing (a quota's count) at the same moment.
    BUSY = "busy"
    AWAY = "away"


#: Asking again, unchanged, may get another answer.
PASSING = frozenset(
    {Meaning.EXPIRED, Meaning.UNAUTHENTICATED, Meaning.TOO_EARLY, Meaning.BUSY, Meaning.AWAY}
)
#: Asking again at once, within the same call, makes sense.
SHORT = frozenset({Meaning.TOO_EARLY, Meaning.BUSY, Meaning.AWAY})

_BY_CODE = {
    401: Meaning.UNAUTHENTICATED,
    403: Meaning.FORBIDDEN,
    404: Meaning.MISSING,
    408: Meaning.AWAY,
    409: Meaning.CONFLICT,
    410: Meaning.EXPIRED,
    429: Meaning.BUSY,
}
_LONGEST = 1000


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One of several things that are wrong, at the path of a field."""

    reason: str
    message: str
    field: str = ""


class Refusal(Exception):
    """One answer that is no success; never leaves this package."""

    def __init__(self, code: int, body: Mapping[str, Any] | None, *, retry_after_s: float = 0):
        body = body or {}
        details = shape.mapping(body.get("details"))
        self.code = code
        #: Said by the API server itself, and not by something on the way to it.
        self.is_its_own = body.get("kind") == "Status"
        self.reason = str(body.get("reason") or "")
        self.message = str(body.get("message") or f"HTTP status {code}")[:_LONGEST]
        self.causes = tuple(map(_cause, shape.mappings(details.get("causes"))))
        self.retry_after_s = retry_after_s or shape.number(details.get("retryAfterSeconds"))
        super().__init__(self.message)

    @property
    def meaning(self) -> Meaning:
        """Why the server did not do it."""
        if self.code == 403:
            return self._why_forbidden()
        if self.reason == "AlreadyExists":
            return Meaning.EXISTS
        if self.code >= 500 or self._is_of_the_way():
            return Meaning.AWAY
        if "the object has been modified" in self.message:
            return Meaning.BUSY
        return _BY_CODE.get(self.code, Meaning.INVALID)

    def _is_of_the_way(self) -> bool:
        """Only the server itself knows what exists."""
        return not self.is_its_own and self.code in (404, 409, 410)

    def _why_forbidden(self) -> Meaning:
        if any(cause.reason == "NamespaceTerminating" for cause in self.causes):
            return Meaning.NAMESPACE_ENDING
        if 'serviceaccount "default" not found' in self.message:
            return Meaning.TOO_EARLY
        if 'User "' in self.message and " cannot " in self.message:
            return Meaning.NOT_ALLOWED
        return Meaning.FORBIDDEN

    def __str__(self) -> str:
        """For histories: what is wrong field by field, or the server's own words."""
        named = [f"{cause.field}: {cause.message}" for cause in self.causes if cause.field]
        return "; ".join(named)[:_LONGEST] or self.message


def _cause(body: Mapping[str, Any]) -> Cause:
    return Cause(
        reason=str(body.get("reason") or ""),
        message=str(body.get("message") or ""),
        field=str(body.get("field") or ""),
    )


def error_of(refusal: Refusal) -> errors.MaestroError:
    """A refusal as the rest of Maestro knows it."""
    if refusal.meaning in PASSING:
        return errors.Unavailable(f"Kubernetes: {refusal}")
    if refusal.meaning is Meaning.NOT_ALLOWED:
        return errors.RuntimeRefused(
            f"Kubernetes does not allow it: {refusal} (`maestro doctor` lists the rights needed)"
        )
    return errors.RuntimeRefused(f"Kubernetes: {refusal}")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """No refusal leaves this block."""
    try:
        yield
    except Refusal as refusal:
        raise error_of(refusal) from refusal
