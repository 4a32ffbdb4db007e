"""
The id of the request that work goes back to.

It comes in with a request, or is made there, and goes with every operation that the request
enqueues: through the queue, to the worker, its log lines, and the rooms.
"""

import contextlib
import contextvars
import re
import secrets
from collections.abc import Iterator

#: Of the request and of its answer; gRPC has it in lower case.
HEADER = "X-Request-Id"
#: What others call their requests goes into logs, annotations and records: it is short and plain.
_PLAIN = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")

_current = contextvars.ContextVar("request_id", default="")


def accepted(sent: str) -> str:
    """What the caller named its request; another name when it sent none, or none of use."""
    return sent if _PLAIN.fullmatch(sent) else secrets.token_hex(16)


def current() -> str:
    """That of the request which this thread works for; empty when it is nobody's."""
    return _current.get()


@contextlib.contextmanager
def bound(request_id: str) -> Iterator[None]:
    """Work for a request, for the length of a block."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
