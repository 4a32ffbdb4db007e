"""
Looks whether a Redis, a cluster of them, or one that sentinels watch, is fit to hold the state.

Writes one key, in a script that deletes it again, as only that shows whether scripts may write.
"""

import dataclasses
import time
from collections.abc import Iterator, Sequence
from typing import Any

import redis
import redis.exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError

from maestro.domain import clocks, findings, state_stores, urls
from maestro.domain.findings import Check, Finding, Status
from maestro.domain.state_stores import StateStore, Topology
from maestro.storage.redis import client as connection
from maestro.storage.redis import judgements
from maestro.storage.redis.cluster import ClusterRedis

ROUND_TRIPS = 9
UNREADABLE = findings.failure(
    "Redis",
    "MAESTRO_REDIS_URL is no URL we can use",
    "write it as redis://USER:PASSWORD@HOST:PORT/DATABASE, redis+cluster://HOST:PORT,HOST:PORT or "
    f"redis+sentinel://HOST:PORT,HOST:PORT/SERVICE, {urls.ESCAPES}",
)
SCRIPT = """
redis.call("SET", KEYS[1], "1", "PX", "1000")
redis.call("DEL", KEYS[1])
return redis.call("TIME")[1]
"""


def check(url: str, *, prefix: str, timeout_s: float, replicas: int = 0) -> Check:
    """Everything about what a URL names; so many `replicas` must have what is allocated."""
    return Check(name="Redis", ask=lambda: _ask(url, prefix, timeout_s, replicas))


def _ask(url: str, prefix: str, timeout_s: float, replicas: int) -> Iterator[Finding]:
    try:
        store = state_stores.read(url)
        client = None if urls.is_torn(url) else _client(store, url, timeout_s)
    except ValueError:
        # The reason may quote a part of the password.
        client = None
    if client is None:
        yield UNREADABLE
        return
    with client:
        try:
            if isinstance(client, ClusterRedis):
                yield from _of_cluster(client, replicas)
            else:
                yield from _of_server(client, store, replicas, timeout_s)
            # One key says it of all, as they have the same users.
            yield _scripts(client, f"{prefix}:doctor")
        except MasterNotFoundError:
            advice = "name the service as the sentinels do, or start what they watch"
            yield findings.failure("Redis", f"nobody knows a primary of {store.service}", advice)
        except redis.exceptions.RedisError as error:
            yield judgements.unreachable(_first_line(error))


def _client(store: StateStore, url: str, timeout_s: float) -> redis.Redis:
    """One that asks once, where there is only one to be asked. Raises ValueError."""
    if store.topology is not Topology.SERVER:
        return connection.create(url, timeout_s=timeout_s)
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )


def _of_server(
    client: redis.Redis, store: StateStore, replicas: int, timeout_s: float
) -> Iterator[Finding]:
    is_watched = store.topology is Topology.SENTINEL
    if is_watched:
        yield judgements.quorum(_quorums(store, timeout_s))
    client.ping()
    yield findings.ok("Redis", f"{_place(client)} answers")
    yield from _within(client, "standalone", replicas, may_fail_over=is_watched)


def _quorums(store: StateStore, timeout_s: float) -> list[str]:
    """What each sentinel says to the question whether a fail-over would be possible."""
    answers = []
    for sentinel in connection.sentinels(store, timeout_s=timeout_s).sentinels:
        with sentinel:
            try:
                # Its answer is not to be trusted: redis-py expects another text than sentinels say.
                sentinel.sentinel_ckquorum(store.service)
                answers.append("OK")
            except redis.RedisError as error:
                answers.append(_first_line(error))
    return answers


def _of_cluster(client: ClusterRedis, replicas: int) -> Iterator[Finding]:
    servers = client.each()
    yield findings.ok("Redis", f"a cluster of {len(servers)} primary servers answers")
    info: Any = servers[0].execute_command("CLUSTER INFO")  # type: ignore[no-untyped-call]
    yield judgements.coverage(info)
    found = [
        (_place(server), list(_within(server, "cluster", replicas, may_fail_over=True)))
        for server in servers
    ]
    yield from _together(found)


def _together(found: Sequence[tuple[str, Sequence[Finding]]]) -> Iterator[Finding]:
    """Once what is fine at all servers, and at which one it is not."""
    for same in zip(*(its for _, its in found), strict=True):
        bad = [
            dataclasses.replace(finding, found=f"{place} {finding.found}")
            for (place, _), finding in zip(found, same, strict=True)
            if finding.status is not Status.OK
        ]
        yield from bad or same[:1]


def _within(
    client: redis.Redis, mode: str, replicas: int, *, may_fail_over: bool
) -> Iterator[Finding]:
    info = client.info()
    yield judgements.version(info)
    yield judgements.role(info, mode=mode)
    yield judgements.persistence(info)
    yield judgements.eviction(info)
    spares = judgements.replicas(info, needed=replicas, may_fail_over=may_fail_over)
    if spares:
        yield spares
    yield judgements.latency([_round_trip_ms(client) for _ in range(ROUND_TRIPS)])
    yield clocks.judge("Redis clock", _clock(client))


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
    pool: Any = client.connection_pool
    options = pool.connection_kwargs
    host, port = getattr(pool, "master_address", None) or (
        options.get("host"),
        options.get("port", 6379),
    )
    return f"{options.get('path') or f'{host}:{port}'}, database {options.get('db') or 0},"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
