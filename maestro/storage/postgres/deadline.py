"""
A deadline of our own for every answer of PostgreSQL.

A server that is frozen, or behind a network that swallows everything, keeps no timeout of its own,
and the driver waits without end. So we wait in its place. The driver closes a connection on which
an answer did not come in time.
"""

import select
import time
from typing import Any

import psycopg2
import psycopg2.extensions as driver

_READ, _WRITE = select.POLLIN, select.POLLOUT
_EVENTS = {driver.POLL_READ: _READ, driver.POLL_WRITE: _WRITE}


class PunctualConnection(driver.connection):
    """A connection whose every wait ends."""

    #: Seconds; no limit where nobody set one.
    answers_within_s: float | None = None


def punctual(answers_within_s: float) -> type[PunctualConnection]:
    """What to make connections with, so that each answer comes within so many seconds."""
    # One function for the whole process; other connections wait as they always did.
    driver.set_wait_callback(_wait)
    return type("PunctualConnection", (PunctualConnection,), {"answers_within_s": answers_within_s})


def _wait(connection: Any) -> None:
    within_s = getattr(connection, "answers_within_s", None)
    until = None if within_s is None else time.monotonic() + within_s
    while (state := connection.poll()) != driver.POLL_OK:
        poll = select.poll()
        poll.register(connection.fileno(), _EVENTS[state])
        left_s = None if until is None else max(until - time.monotonic(), 0)
        if not poll.poll(None if left_s is None else left_s * 1000):
            raise psycopg2.OperationalError(f"no answer within {within_s:g} s")
