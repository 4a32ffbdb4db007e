"""The scripts decide as the domain does: every combination, in a real Redis."""

import datetime
import itertools

import pytest
import redis

from maestro.domain.rooms import (
    CLAIM_HOLDS,
    SAYABLE,
    InstanceStatus,
    RoomStatus,
    next_status,
    status_of,
)
from maestro.domain.schedulers import MatchAllocation
from maestro.storage.redis import scripts
from maestro.storage.redis.client import create
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.records import micros
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


def test_every_script_is_used_and_loads(client: redis.Redis) -> None:
    import importlib.resources

    folder = importlib.resources.files("maestro.storage.redis").joinpath("lua")
    fragments = {"time", "lease", "history", "rooms", "changes", "waiting", "outbox"}
    names = {file.name.removesuffix(".lua") for file in folder.iterdir()} - fragments
    for name in names:
        assert client.script_load(scripts.text(name))
