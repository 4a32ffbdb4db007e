"""redis-py's errors in our words: none of them leaves this package."""

import contextlib
import re
from collections.abc import Iterator
from typing import NoReturn

import redis.exceptions
from redis.sentinel import MasterNotFoundError

from maestro import errors

#: How a script says that the caller's lease is no longer its own.
LEASE_LOST = "LEASE_LOST"

NO_PRIMARY = "Redis: no sentinel that answers knows a primary server"

#: Answers of a server that will soon do what was asked, or whose replacement will. The code stands
#: first, or somewhere in the text when a script or a pipeline got the answer.
_PASSING = re.compile(
    r"\b(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY|NOREPLICAS|NOAUTH)\b"
)
#: redis-py cuts the code off these.
_PASSING_KINDS = (
    redis.exceptions.BusyLoadingError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.MasterDownError,
    redis.exceptions.TryAgainError,
)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Unavailable for what may pass, LeaseLost for a refused token; defects go through."""
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise_in_our_words(error)


def raise_in_our_words(error: redis.exceptions.RedisError) -> NoReturn:
    """The same for callers to whom a `with` costs too much."""
    if isinstance(error, MasterNotFoundError):
        # redis-py would describe each sentinel at length.
        raise errors.Unavailable(NO_PRIMARY) from error
    if isinstance(error, (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)):
        raise errors.Unavailable(f"Redis: {error}") from error
    if isinstance(error, redis.exceptions.ResponseError):
        if str(error).startswith(LEASE_LOST):
            raise errors.LeaseLost(str(error)) from None
        if isinstance(error, _PASSING_KINDS) or _PASSING.search(str(error)):
            raise errors.Unavailable(f"Redis: {error}") from error
    raise error
