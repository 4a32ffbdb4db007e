"""SQLAlchemy's errors in our words: no driver's error leaves this package."""

import contextlib
from collections.abc import Iterator

import sqlalchemy.exc

from maestro import errors

#: SQLSTATEs after which the same statement may succeed: the server stops or starts, gave up
#: waiting, or chose us to end a deadlock. https://www.postgresql.org/docs/current/errcodes-appendix.html
_PASSING = {"57P01", "57P02", "57P03", "57014", "53300", "40001", "40P01", "55P03"}


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """
    Raise Unavailable for what may pass, and let defects (bad SQL, broken constraints) through.

    A broken unique constraint is the caller's to read, as it alone knows what it means.
    """
    try:
        yield
    except sqlalchemy.exc.TimeoutError as error:
        raise errors.Unavailable("PostgreSQL: no free connection in time") from error
    except sqlalchemy.exc.DBAPIError as error:
        if error.connection_invalidated or _is_passing(error):
            raise errors.Unavailable(f"PostgreSQL: {reason(error)}") from error
        raise


def _is_passing(error: sqlalchemy.exc.DBAPIError) -> bool:
    state = getattr(error.orig, "pgcode", None)
    if state is None:
        return isinstance(error, sqlalchemy.exc.OperationalError | sqlalchemy.exc.InterfaceError)
    return state in _PASSING or state.startswith("08")


def reason(error: sqlalchemy.exc.DBAPIError) -> str:
    """The first line of what the driver says."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
