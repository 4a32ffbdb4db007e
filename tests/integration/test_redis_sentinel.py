"""A Redis that sentinels watch: when it dies, a replica takes over, and nothing is given twice."""

import contextlib
import dataclasses
import functools
import pathlib
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from maestro import errors
from maestro.domain.findings import Finding, Status
from maestro.storage.redis import checkup, client
from maestro.storage.redis.rooms import RedisRooms
from maestro.storage.redis.scripts import Replicas
from tests import make, ports, redis_servers
from tests.contract.conftest import Stores, in_redis
from tests.redis_servers import Watched
from tests.waiting import eventually

ROOMS = [f"arena-{number}" for number in range(40)]


@pytest.fixture
def watched(tmp_path: pathlib.Path) -> Iterator[Watched]:
    """A primary with two replicas, and three sentinels."""
    with redis_servers.watched(tmp_path, sentinels=3, replicas=2) as running:
        yield running


@dataclasses.dataclass(frozen=True, kw_only=True)
class Process:
    """The stores of a process, and its rooms for callers who cannot wait."""

    stores: Stores
    rooms: RedisRooms


@pytest.fixture
def process(watched: Watched) -> Iterator[Process]:
    """A fleet whose rooms are all ready, in a store that a replica must know all of."""
    replicas = Replicas(amount=1, timeout_s=0.05)
    with (
        client.create(watched.url, timeout_s=5) as patient,
        client.create_impatient(watched.url, timeout_s=0.2) as impatient,
    ):
        stores = in_redis(patient, prefix="watched", quarantine_s=0, replicas=replicas)
        rooms = RedisRooms(impatient, prefix="watched", tombstone_ttl_s=600, replicas=replicas)
        stores.rooms.configure(make.scheduler())
        stores.changes.push([make.change(make.instance(room=each, uid=each)) for each in ROOMS])
        stores.changes.apply("arena", limit=len(ROOMS))
        for room in ROOMS:
            assert rooms.ping("arena", room, make.ping()).known
        yield Process(stores=stores, rooms=rooms)


def test_a_replica_takes_over_and_no_room_is_given_twice(
    watched: Watched, process: Process
) -> None:
    given: Counter[str] = Counter()

    def allocate() -> bool:
        """Whether a room was given, or none is left."""
        try:
            allocation = process.rooms.allocate("arena", ttl_s=600)
        except errors.Unavailable:
            return False
        if allocation:
            given[allocation.room.id] += 1
        return True

    for _ in range(10):
        assert allocate()
    operation = make.operation()
    process.stores.operations.enqueue(operation)

    watched.primary.kill()

    assert not allocate()
    assert eventually(allocate, within_s=30)
    assert process.stores.operations.knows("arena", [operation.id]) == [True]
    for room in ROOMS:
        assert process.rooms.ping("arena", room, make.ping()).known
    for _ in ROOMS:
        allocate()
    assert 10 < len(given) <= len(ROOMS)
    assert set(given.values()) == {1}


def test_without_replicas_that_hear_of_it_nothing_is_given(
    watched: Watched, process: Process
) -> None:
    with contextlib.ExitStack() as frozen:
        for each in watched.replicas:
            each.signal(signal.SIGSTOP)
            frozen.callback(functools.partial(each.signal, signal.SIGCONT))
        with pytest.raises(errors.Unavailable, match="0 of 1 replicas"):
            process.rooms.allocate("arena", ttl_s=600)
        with pytest.raises(errors.Unavailable, match="0 of 1 replicas"):
            process.stores.operations.enqueue(make.operation())
        # What one may lose needs no replica.
        assert process.rooms.ping("arena", ROOMS[0], make.ping()).known


def examined(url: str, *, replicas: int = 0) -> dict[str, Finding]:
    """The last finding of each name."""
    check = checkup.check(url, prefix="doctor", timeout_s=1, replicas=replicas)
    return {each.name: each for each in check.ask()}


def test_what_the_doctor_says_of_sentinels(watched: Watched) -> None:
    good = examined(watched.url, replicas=1)
    demanding = examined(watched.url, replicas=3)
    careless = examined(watched.url)
    one_away = examined(watched.url.replace("/maestro", f",127.0.0.1:{ports.free_port()}/maestro"))
    unknown = examined(watched.url.replace("/maestro", "/another"))

    assert {each.status for name, each in good.items() if name != "Redis latency"} == {Status.OK}
    assert str(watched.primary.port) in good["Redis"].found
    assert demanding["Redis replicas"].status is Status.FAILURE
    assert careless["Redis replicas"].status is Status.WARNING
    assert one_away["Redis sentinels"].status is Status.WARNING
    assert unknown["Redis sentinels"].status is Status.FAILURE
