"""Looks whether the broker carries messages. Losing one is harmless; losing most is slow."""

from collections.abc import Iterator
from typing import Any

import redis
import redis.connection
import redis.exceptions
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from maestro.domain import findings, urls
from maestro.domain.findings import Check, Finding

NAME = "broker"
REDIS = ("redis://", "rediss://", "unix://")
UNREADABLE = findings.failure(
    NAME,
    "MAESTRO_BROKER_URL is no URL we can use",
    f"write it as redis://USER:PASSWORD@HOST:PORT/DATABASE, {urls.ESCAPES}",
)
START = "start the broker, or correct MAESTRO_BROKER_URL"


def check(url: str, *, state_url: str, timeout_s: float) -> Check:
    """The broker, and that it does not share a database with the state."""
    if urls.is_torn(url):
        return Check(name=NAME, ask=lambda: [UNREADABLE])
    if url.startswith(REDIS):
        return Check(name=NAME, ask=lambda: _ask_redis(url, state_url, timeout_s))
    return Check(name=NAME, ask=lambda: _ask_another(url, timeout_s))


def _ask_redis(url: str, state_url: str, timeout_s: float) -> Iterator[Finding]:
    limits: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": True,
    }
    try:
        client, place = redis.Redis.from_url(url, **limits), _place(url)
    except ValueError:
        yield UNREADABLE
        return
    with client:
        try:
            client.ping()
            yield findings.ok(NAME, f"{place[0]}, database {place[1]}, answers")
            yield eviction(str(client.info("memory").get("maxmemory_policy", "unknown")))
        except redis.exceptions.RedisError as error:
            yield findings.failure(NAME, str(error) or type(error).__name__, START)
    yield from sharing(url, state_url)


def _ask_another(url: str, timeout_s: float) -> Iterator[Finding]:
    try:
        connection = Connection(url, connect_timeout=timeout_s)  # type: ignore[no-untyped-call]
        with connection:
            connection.ensure_connection(  # type: ignore[no-untyped-call]
                max_retries=1, interval_start=0, timeout=timeout_s
            )
            yield findings.ok(NAME, f"{connection.transport_cls} answers")
    except (OperationalError, OSError) as error:
        yield findings.failure(NAME, f"no connection: {type(error).__name__}", START)
    except (ValueError, KeyError, ImportError):
        # The reason may quote a part of the password.
        yield UNREADABLE


def eviction(policy: str) -> Finding:
    """Whether messages stay until they are read."""
    if policy == "noeviction":
        return findings.ok("broker eviction", policy)
    found = f"{policy}: messages vanish when memory runs short, and work waits for the next sweep"
    return findings.warning("broker eviction", found, "set `maxmemory-policy noeviction`")


def sharing(url: str, state_url: str) -> Iterator[Finding]:
    """Messages among the state: nobody could empty the one without the other."""
    try:
        is_shared = _place(url) == _place(state_url)
    except ValueError:
        return
    if is_shared:
        advice = "give MAESTRO_BROKER_URL another database, or better another server"
        yield findings.warning("broker database", "it is that of the state", advice)


def _place(url: str) -> tuple[str, int]:
    """Server and database. Raises ValueError."""
    parts = redis.connection.parse_url(url)  # type: ignore[no-untyped-call]
    host = {"localhost": "127.0.0.1"}.get(parts.get("host", "localhost"), parts.get("host", ""))
    server = parts.get("path") or f"{host}:{parts.get('port', 6379)}"
    return server, int(parts.get("db", 0))
