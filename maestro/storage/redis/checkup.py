"""
Looks whether a Redis is fit to hold the state.

Writes one key, in a script that deletes it again, as only that shows whether scripts may write.
"""

import time
from collections.abc import Iterator

import redis
import redis.exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from maestro.domain import clocks, findings, urls
from maestro.domain.findings import Check, Finding
from maestro.storage.redis import judgements

ROUND_TRIPS = 9
UNREADABLE = findings.failure(
    "Redis",
    "MAESTRO_REDIS_URL is no URL we can use",
    f"write it as redis://USER:PASSWORD@HOST:PORT/DATABASE, {urls.ESCAPES}",
)
SCRIPT = """
redis.call("SET", KEYS[1], "1", "PX", "1000")
redis.call("DEL", KEYS[1])
return redis.call("TIME")[1]
"""


def check(url: str, *, prefix: str, timeout_s: float) -> Check:
    """Everything about the server that a URL names."""
    return Check(name="Redis", ask=lambda: _ask(url, prefix, timeout_s))


def _ask(url: str, prefix: str, timeout_s: float) -> Iterator[Finding]:
    client = _client(url, timeout_s)
    if client is None:
        yield UNREADABLE
        return
    with client:
        try:
            client.ping()
            yield findings.ok("Redis", f"{_place(client)} answers")
            yield from _within(client, prefix)
        except redis.exceptions.RedisError as error:
            yield judgements.unreachable(_first_line(error))


def _client(url: str, timeout_s: float) -> redis.Redis | None:
    """One that asks once; None for what is no URL."""
    if urls.is_torn(url):
        return None
    try:
        return redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        # The reason may quote a part of the password.
        return None


def _within(client: redis.Redis, prefix: str) -> Iterator[Finding]:
    info = client.info()
    yield judgements.version(info)
    yield judgements.role(info)
    yield judgements.persistence(info)
    yield judgements.eviction(info)
    yield judgements.latency([_round_trip_ms(client) for _ in range(ROUND_TRIPS)])
    yield clocks.judge("Redis clock", _clock(client))
    yield _scripts(client, f"{prefix}:doctor")


def _scripts(client: redis.Redis, key: str) -> Finding:
    try:
        client.eval(SCRIPT, 1, key)
    except redis.exceptions.ResponseError as error:
        advice = "allow EVAL, EVALSHA and all that scripts do; see above, and the log of Redis"
        return findings.failure("Redis scripts", _first_line(error), advice)
    return findings.ok("Redis scripts", "run, and may write")


def _round_trip_ms(client: redis.Redis) -> float:
    began = time.monotonic()
    client.ping()
    return 1000 * (time.monotonic() - began)


def _clock(client: redis.Redis) -> clocks.Reading:
    before_s = time.time()
    seconds, microseconds = client.time()
    theirs_s = seconds + microseconds / 1e6
    return clocks.Reading(before_s=before_s, theirs_s=theirs_s, after_s=time.time())


def _place(client: redis.Redis) -> str:
    options = client.connection_pool.connection_kwargs
    where = options.get("path") or f"{options.get('host')}:{options.get('port', 6379)}"
    return f"{where}, database {options.get('db') or 0},"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
