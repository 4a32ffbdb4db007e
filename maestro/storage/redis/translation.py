"""redis-py's errors in our words: none of them leaves this package."""

import contextlib
from collections.abc import Iterator

import redis.exceptions

from maestro import errors

#: How a script says that the caller's lease is no longer its own.
LEASE_LOST = "LEASE_LOST"

#: Answers of a server that will soon do what was asked, or whose replacement will.
_PASSING = ("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "OOM", "MISCONF")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Unavailable for what may pass, LeaseLost for a refused token; defects go through."""
    try:
        yield
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        raise errors.Unavailable(f"Redis: {error}") from error
    except redis.exceptions.ResponseError as error:
        if str(error).startswith(LEASE_LOST):
            raise errors.LeaseLost(str(error)) from None
        if isinstance(error, redis.exceptions.ReadOnlyError) or str(error).startswith(_PASSING):
            raise errors.Unavailable(f"Redis: {error}") from error
        raise
