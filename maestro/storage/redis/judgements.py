"""What a Redis must be like to hold the state. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from maestro.domain import findings
from maestro.domain.findings import Finding

#: What our scripts need.
OLDEST = (6, 2)
#: Every ping of a room is one round trip.
SLOW_MS = 10.0

Info = Mapping[str, Any]


def unreachable(reason: str) -> Finding:
    """It did not let us in."""
    return findings.failure("Redis", reason, _way_in(reason.lower()))


def _way_in(reason: str) -> str:
    if any(word in reason for word in ("password", "auth", "wrongpass", "no permission", "noperm")):
        return "correct user and password in MAESTRO_REDIS_URL; that user needs all commands"
    if "loading" in reason:
        return "wait until it has read its data"
    if "db index" in reason:
        return "correct the number of the database in MAESTRO_REDIS_URL"
    return "start Redis, or correct host and port in MAESTRO_REDIS_URL"


def version(info: Info) -> Finding:
    """Whether it is recent enough."""
    text = str(info.get("redis_version", "unknown"))
    numbers = tuple(int(part) for part in text.split(".") if part.isdigit())
    if numbers >= OLDEST:
        return findings.ok("Redis version", text)
    advice = f"upgrade Redis to {'.'.join(map(str, OLDEST))} or newer"
    return findings.failure("Redis version", f"{text} is too old", advice)


#: Mode of a server → how it is named.
_AS_IT_IS = {
    "standalone": "redis://HOST:PORT/DATABASE",
    "cluster": "redis+cluster://HOST:PORT,HOST:PORT",
    "sentinel": "redis+sentinel://HOST:PORT,HOST:PORT/SERVICE",
}


def role(info: Info, *, mode: str = "standalone") -> Finding:
    """Whether it is a server that takes changes, and of the kind that the URL says."""
    real = str(info.get("redis_mode", "standalone"))
    if real != mode:
        url = _AS_IT_IS.get(real, _AS_IT_IS["standalone"])
        advice = f"let MAESTRO_REDIS_URL say what it is: {url}"
        return findings.failure("Redis role", f"its mode is {real}", advice)
    if info.get("role") != "master":
        where = f"{info.get('master_host', '?')}:{info.get('master_port', '?')}"
        advice = f"let MAESTRO_REDIS_URL name the primary server ({where})"
        return findings.failure("Redis role", "a replica, which refuses writes", advice)
    return findings.ok("Redis role", "primary")


def persistence(info: Info) -> Finding:
    """What a crash of it would cost."""
    title = "Redis persistence"
    advice = "turn the append-only file on: `appendonly yes`"
    if info.get("aof_enabled"):
        return _appending(title, info)
    return findings.warning(
        title,
        "no append-only file: a crash loses open operations, allocations and pings since the "
        "last snapshot, if there is any; then no room is allocated until it has pinged again",
        advice,
    )


def _appending(title: str, info: Info) -> Finding:
    if info.get("aof_last_write_status", "ok") == "ok":
        return findings.ok(title, "append-only file")
    advice = "look into the log of Redis: its disk may be full"
    return findings.failure(title, "it cannot write its append-only file", advice)


def eviction(info: Info) -> Finding:
    """Whether it keeps what it was given."""
    title, policy = "Redis eviction", str(info.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        return findings.ok(title, policy)
    advice = "set `maxmemory-policy noeviction`"
    found = f"{policy}: rooms and operations vanish when memory runs short"
    return findings.failure(title, found, advice)


def latency(round_trips_ms: Sequence[float]) -> Finding:
    """Whether it is near enough."""
    median_ms = sorted(round_trips_ms)[len(round_trips_ms) // 2]
    found = f"{median_ms:.1f} ms per round trip"
    if median_ms <= SLOW_MS:
        return findings.ok("Redis latency", found)
    advice = f"bring Redis nearer: each ping of a room waits for it (expected: {SLOW_MS:g} ms)"
    return findings.warning("Redis latency", found, advice)


def replicas(info: Info, *, needed: int, may_fail_over: bool) -> Finding | None:
    """Whether another server could take over, and would know all; None if nobody expects that."""
    title, amount = "Redis replicas", int(info.get("connected_slaves", 0))
    if amount < needed:
        found = f"{amount}, and MAESTRO_REDIS_REPLICAS is {needed}: nothing can be allocated"
        return findings.failure(title, found, "start replicas, or lower MAESTRO_REDIS_REPLICAS")
    if not may_fail_over:
        return findings.ok(title, str(amount)) if needed else None
    if not amount:
        return findings.warning(title, "none: nothing takes over when it dies", "start a replica")
    if not needed:
        found = "a fail-over may forget allocations and operations of the last moment"
        return findings.warning(title, found, "set MAESTRO_REDIS_REPLICAS to 1")
    return findings.ok(title, str(amount))


def coverage(info: Info) -> Finding:
    """Whether a cluster has a place for every key."""
    title = "Redis cluster"
    served, wanted = int(info.get("cluster_slots_ok", 0)), 16384
    if served == wanted and info.get("cluster_state") == "ok":
        return findings.ok(title, f"{info.get('cluster_size')} primary servers have all slots")
    found = f"{info.get('cluster_state')}: {served} of {wanted} slots are served"
    return findings.failure(title, found, "look at CLUSTER NODES for what failed, and mend it")


def quorum(answers: Sequence[str]) -> Finding:
    """Whether sentinels would let another server take over; each said OK, or why not."""
    title = "Redis sentinels"
    agreed = sum(answer.startswith("OK") for answer in answers)
    if agreed == len(answers):
        return findings.ok(title, f"{agreed} of {agreed} see a quorum")
    bad = next(answer for answer in answers if not answer.startswith("OK"))
    advice = "start the sentinels, or correct MAESTRO_REDIS_URL"
    found = f"{agreed} of {len(answers)} see a quorum: {bad}"
    judge = findings.warning if agreed else findings.failure
    return judge(title, found, advice)
