"""A match that begins while the fleet shrinks: the room is the match's or the removal's."""

import random
import threading

import pytest
import redis

from maestro.domain.operations import RemoveRooms, TestOperation
from maestro.domain.rooms import REMOVABLE, PingStatus, RoomStatus
from maestro.storage.redis.client import create
from maestro.storage.redis.operations import RedisOperations
from maestro.storage.redis.rooms import RedisRooms
from tests import make
from tests.fakes.maestro import FakeMaestro

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


class RedisMaestro(FakeMaestro):
    """All of Maestro, its rooms and operations in Redis."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        super().__init__(remove_rooms_limit=ROOMS)
        self.rooms = RedisRooms(client, prefix=prefix, tombstone_ttl_s=60)
        self.operations = RedisOperations(client, prefix=prefix)

    def create_rooms(self) -> list[str]:
        """Rooms that are known and run, and take their time to end; returns their ids."""
        scheduler, rooms = (
            make.scheduler(),
            [make.new_room(id=f"room-{index:03}") for index in range(ROOMS)],
        )
        self.schedulers.create(scheduler, make.operation())
        self.rooms.configure(scheduler)
        self.fake_runtime.create_scheduler(scheduler)
        self.fake_runtime.holds_deletions = True
        self.enqueue(TestOperation())
        taken = self.operations.take("arena", worker="w", lease_ttl_s=60, may_recover=True)
        assert taken
        self.rooms.register(taken.grant, rooms)
        created = [self.fake_runtime.create_room(room, scheduler) for room in rooms]
        self.rooms.created(taken.grant, created)
        self.operations.release(taken.grant)
        return [room.id for room in rooms]

    def work_off(self) -> None:
        """Execute all operations."""
        worker = self.worker()
        while worker.run_next("arena"):
            pass


@pytest.mark.parametrize("seed", range(3))
def test_operations_that_shrink_a_fleet_end_no_room_in_which_a_match_began(
    client: redis.Redis, redis_prefix: str, seed: int
) -> None:
    # Given ready rooms, and operations that are to remove most of them in several steps
    maestro = RedisMaestro(client, redis_prefix)
    ids = maestro.create_rooms()
    make_ready(client, redis_prefix, ids)
    for _ in range(6):
        maestro.enqueue(RemoveRooms(amount=ROOMS // 8))

    # When matches begin meanwhile
    order = random.Random(seed)
    in_use: set[str] = set()

    def begin_matches() -> None:
        for room in order.sample(ids, ROOMS):
            outcome = maestro.rooms.ping("arena", room, make.ping(PingStatus.OCCUPIED))
            if outcome.status is RoomStatus.OCCUPIED:
                in_use.add(room)

    def allocate() -> None:
        for _ in range(ROOMS // 4):
            if allocation := maestro.rooms.allocate("arena", ttl_s=60):
                in_use.add(allocation.room.id)

    work = (begin_matches, allocate, maestro.work_off)
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Then no room of theirs was asked to end, and every other one that was is on its way
    ended = {room for _, room, _, _ in maestro.fake_runtime.deletions}
    assert in_use
    assert ended
    assert ended.isdisjoint(in_use)
    left = maestro.rooms.all("arena")
    assert {room.id for room in left if room.status == "terminating"} == ended


def make_ready(client: redis.Redis, prefix: str, rooms: list[str]) -> None:
    """As if all had started and pinged."""
    for room in rooms:
        ready = {"instance_status": "ready", "ping_status": "ready", "status": "ready"}
        ready["host"] = "10.0.0.1"
        client.hset(f"{prefix}:{{arena}}:room:{room}", mapping=ready)  # type: ignore[arg-type]
        client.zadd(f"{prefix}:{{arena}}:ready", {room: 1})
