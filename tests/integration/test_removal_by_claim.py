"""A match that begins while the fleet shrinks: the room is the match's or the removal's."""

import random
import threading

import pytest
import redis

from maestro.domain.rooms import REMOVABLE, PingStatus, RoomStatus
from maestro.storage.redis.client import create
from maestro.storage.redis.operations import RedisOperations
from maestro.storage.redis.rooms import RedisRooms
from tests import make

ROOMS = 300


@pytest.fixture
def client(redis_url: str) -> redis.Redis:
    return create(redis_url, timeout_s=5)


@pytest.mark.parametrize("seed", range(5))
def test_a_room_is_taken_by_a_match_or_by_a_removal_never_by_both(
    client: redis.Redis, redis_prefix: str, seed: int
) -> None:
    # Given ready rooms
    store = RedisRooms(client, prefix=redis_prefix, tombstone_ttl_s=60)
    operations = RedisOperations(client, prefix=redis_prefix)
    store.configure(make.scheduler())
    operations.enqueue(make.operation())
    taken = operations.take("arena", worker="w", lease_ttl_s=60, may_recover=True)
    assert taken
    rooms = [make.new_room(id=f"room-{index:03}") for index in range(ROOMS)]
    store.register(taken.grant, rooms)

    # When matches begin in all of them while all are to be removed, in any order
    order = random.Random(seed)
    ids = [room.id for room in rooms]
    matched: set[str] = set()
    allocated: list[str] = []
    removed: set[str] = set()

    def begin_matches() -> None:
        for room in order.sample(ids, ROOMS):
            outcome = store.ping("arena", room, make.ping(PingStatus.OCCUPIED))
            if outcome.status is not RoomStatus.TERMINATING:
                matched.add(room)

    def allocate() -> None:
        while allocation := store.allocate("arena", ttl_s=60):
            allocated.append(allocation.room.id)

    def remove() -> None:
        for room in order.sample(ids, ROOMS):
            claimed = store.claim_for_removal(taken.grant, [room], allowed=REMOVABLE)
            removed.update(each.id for each in claimed)

    make_ready(client, redis_prefix, ids)
    work = (begin_matches, remove, allocate, allocate)
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Then each is either's, and says so; and none was given away twice
    assert matched.isdisjoint(removed)
    assert matched | removed == set(ids)
    assert removed.isdisjoint(allocated)
    assert len(allocated) == len(set(allocated))
    statuses = {room.id: room.status for room in store.all("arena")}
    assert {room for room, status in statuses.items() if status == "occupied"} == matched
    assert {room for room, status in statuses.items() if status == "terminating"} == removed


def make_ready(client: redis.Redis, prefix: str, rooms: list[str]) -> None:
    """As if all had started and pinged."""
    for room in rooms:
        ready = {"instance_status": "ready", "ping_status": "ready", "status": "ready"}
        client.hset(f"{prefix}:{{arena}}:room:{room}", mapping=ready)  # type: ignore[arg-type]
        client.zadd(f"{prefix}:{{arena}}:ready", {room: 1})
