"""The scripts decide as the domain does: every combination, in a real Redis."""

import datetime
import itertools
import pathlib
import re

import pytest
import redis

from maestro.domain.rooms import (
    CLAIM_HOLDS,
    SAYABLE,
    InstanceStatus,
    PingStatus,
    RoomStatus,
    is_over,
    next_status,
    status_of,
)
from maestro.domain.schedulers import MatchAllocation
from maestro.storage.redis import scripts
from maestro.storage.redis.client import create
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.records import micros, ports_text
from maestro.storage.redis.rooms import RedisRooms
from tests import make

LATER = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
PAST = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def client(redis_url: str) -> redis.Redis:
    return create(redis_url, timeout_s=5)


@pytest.mark.parametrize("max_matches", [1, 3])
@pytest.mark.parametrize("stored", list(RoomStatus))
def test_a_ping_gives_the_status_that_the_domain_says(
    client: redis.Redis, redis_prefix: str, stored: RoomStatus, max_matches: int
) -> None:
    store = RedisRooms(client, prefix=redis_prefix, tombstone_ttl_s=60)
    allocation = MatchAllocation(max_matches=max_matches)
    store.configure(make.scheduler(match_allocation=allocation))
    key = Keys(redis_prefix, "arena").room("room")
    for ping, instance, matches, claim, deleting in itertools.product(
        SAYABLE, InstanceStatus, range(4), (None, PAST, LATER), (False, True)
    ):
        record = {"status": stored, "instance_status": instance, "validation": "0"}
        record |= {"allocated_until": str(micros(claim))} if claim else {}
        record |= {"terminating_since": str(micros(PAST))} if deleting else {}
        client.delete(key)
        client.hset(key, mapping=record)  # type: ignore[arg-type]

        store.ping("arena", "room", make.ping(ping, running_matches=matches))

        composed = status_of(ping=ping, instance=instance, matches=matches, max_matches=max_matches)
        is_claimed = claim is LATER and composed in CLAIM_HOLDS
        expected = next_status(
            stored=stored, composed=composed, claimed=is_claimed, deleting=deleting
        )
        case = (ping, instance, matches, claim, deleting)
        assert client.hget(key, "status") == expected, case
        # And a claim is over when the domain says that it does not hold.
        if claim and not deleting and stored is not RoomStatus.TERMINATED:
            assert bool(client.hexists(key, "allocated_until")) is is_claimed, case


@pytest.mark.parametrize("deleting", [False, True])
@pytest.mark.parametrize("ping", SAYABLE)
@pytest.mark.parametrize("instance", list(InstanceStatus))
def test_forwarders_are_told_that_a_room_is_over_when_the_domain_says_so(
    client: redis.Redis,
    redis_prefix: str,
    ping: PingStatus,
    instance: InstanceStatus,
    deleting: bool,
) -> None:
    store = RedisRooms(client, prefix=redis_prefix, tombstone_ttl_s=60)
    store.configure(make.scheduler(forwarders=(make.forwarder(),)))
    keys = Keys(redis_prefix, "arena")
    record = {"status": "pending", "instance_status": instance, "validation": "0"}
    record |= {"host": "10.0.0.1", "ports": ports_text(make.host_ports())}
    record |= {"terminating_since": "1"} if deleting else {}
    client.hset(keys.room("room"), mapping=record)  # type: ignore[arg-type]

    store.ping("arena", "room", make.ping(ping))

    status = RoomStatus(str(client.hget(keys.room("room"), "status")))
    over = is_over(status=status, instance=instance, deleting=deleting)
    told = [client.zcard(f"{keys.outbox}{part}") for part in ("resyncs", "events")]
    assert told == ([0, 1] if over else [1, 0])


def test_every_script_is_used_and_loads(client: redis.Redis) -> None:
    package = pathlib.Path(scripts.__file__).parent
    texts = {file.stem: file.read_text() for file in package.glob("lua/*.lua")}
    included = {
        name
        for text in texts.values()
        for line in re.findall(r"^-- include: (.+)$", text, re.MULTILINE)
        for name in line.split(", ")
    }
    code = "".join(file.read_text() for file in package.glob("*.py"))
    for name in texts.keys() - included:
        assert f'"{name}"' in code
        assert client.script_load(scripts.text(name))
    assert included < texts.keys()
