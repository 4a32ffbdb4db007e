"""Events on their way from Redis to forwarders that refuse, hang, are away, and come back."""

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from maestro.bootstrap import SystemClock
from maestro.domain.schedulers import Forwarder, ForwarderOptions
from maestro.forwarding.channels import Channels
from maestro.forwarding.consumer import Consumer, Limits
from maestro.forwarding.grpc_forwarders import GrpcForwarders
from maestro.ports.storage import Grant
from maestro.storage.redis import client as connection
from tests import make, sink
from tests.contract.conftest import Stores, in_redis
from tests.sink import Sink
from tests.talking import claim, says, start
from tests.waiting import eventually

QUICK = Limits(
    lease_ttl_s=5,
    renewal_s=1,
    poll_s=0.01,
    batch=50,
    held=1000,
    refusals=1000,
    age_s=3600,
    retry_first_s=0.01,
    retry_longest_s=0.05,
)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connection.create(redis_url, timeout_s=10) as client:
        yield client


@pytest.fixture
def stores(client: redis.Redis, redis_prefix: str) -> Stores:
    return in_redis(client, prefix=redis_prefix)


@pytest.fixture
def matchmaker() -> Iterator[Sink]:
    with sink.listening() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Sink]:
    with sink.listening() as found:
        yield found


@pytest.fixture
def consume(stores: Stores) -> Iterator[Callable[..., Consumer]]:
    """Begins to drain, in a thread."""
    with contextlib.ExitStack() as stack:

        def begin(process: str = "one", limits: Limits = QUICK) -> Consumer:
            return stack.enter_context(consuming(stores, process, limits))

        yield begin


@contextlib.contextmanager
def consuming(stores: Stores, process: str, limits: Limits = QUICK) -> Iterator[Consumer]:
    channels = Channels(keepalive_time_s=30, keepalive_timeout_s=5)
    consumer = Consumer(
        outbox=stores.outbox,
        forwarders=GrpcForwarders(channels),
        clock=SystemClock(),
        process=process,
        concurrency=8,
        limits=limits,
    )
    stopping = threading.Event()
    thread = threading.Thread(target=consumer.run, args=(stopping,), kwargs={"stop_timeout_s": 2})
    thread.start()
    try:
        yield consumer
    finally:
        stopping.set()
        thread.join(20)
        assert not thread.is_alive()


def forwarder(to: Sink, name: str = "matchmaker", timeout_ms: int = 500, **more: Any) -> Forwarder:
    options = ForwarderOptions(timeout_ms=timeout_ms, metadata=more)
    return make.forwarder(name=name, address=to.address, options=options)


def fleet(stores: Stores, *forwarders: Forwarder, rooms: int = 3) -> Grant:
    """Rooms `arena-1` to `arena-n` with an address."""
    stores.rooms.configure(make.scheduler(forwarders=forwarders))
    grant = stores.begin()
    start(stores, grant, *(f"arena-{number + 1}" for number in range(rooms)))
    return grant


def is_drained(stores: Stores) -> bool:
    return stores.outbox.states(["arena"])[0].length == 0


def test_a_ping_and_the_end_of_a_room_are_told(
    stores: Stores, matchmaker: Sink, consume: Callable[..., Consumer]
) -> None:
    grant = fleet(stores, forwarder(matchmaker, roomType="red"))
    consume()
    says(stores, "arena-1", "occupied", mode="blitz", score=1000000)
    eventually(lambda: matchmaker.of("arena-1") == ["occupied"])
    claim(stores, grant, "arena-1")
    eventually(lambda: matchmaker.of("arena-1") == ["occupied", "terminated"])
    resync, end = matchmaker.taken
    assert (resync.method, end.method) == ("SendRoomResync", "SendRoomStatus")
    room = resync.message.room
    assert (room.game, room.roomId, room.host, room.port, room.roomType) == (
        "arena-game", "arena-1", "10.0.0.1", 40000, "red",
    )  # fmt: skip
    assert dict(room.metadata) == {
        "mode": "blitz",
        "score": "1e+06",
        "roomType": "red",
        "eventType": "resync",
        "pingType": "occupied",
        "ports": '[{"name":"game","port":40000,"protocol":"UDP"}]',
    }
    eventually(lambda: is_drained(stores))


@pytest.mark.parametrize("code", [404, 500, 400])
def test_a_refused_event_is_told_again_and_delays_only_its_own_room(
    stores: Stores, matchmaker: Sink, consume: Callable[..., Consumer], code: int
) -> None:
    grant = fleet(stores, forwarder(matchmaker))
    matchmaker.codes["arena-1"] = code
    consume()
    says(stores, "arena-1")
    eventually(lambda: [told.what for told in matchmaker.arrived] == ["ready"] * 3)
    claim(stores, grant, "arena-1")
    says(stores, "arena-2")
    claim(stores, grant, "arena-3")
    eventually(lambda: matchmaker.of("arena-2") == ["ready"])
    eventually(lambda: matchmaker.of("arena-3") == ["terminated"])
    assert matchmaker.of("arena-1") == []

    matchmaker.codes.clear()

    eventually(lambda: matchmaker.of("arena-1") == ["ready", "terminated"])
    eventually(lambda: is_drained(stores))


def test_a_room_whose_call_hangs_delays_nobody_else(
    stores: Stores, matchmaker: Sink, consume: Callable[..., Consumer]
) -> None:
    fleet(stores, forwarder(matchmaker, timeout_ms=300), rooms=20)
    matchmaker.hanging.add("arena-1")
    consume()
    says(stores, "arena-1")
    eventually(lambda: len(matchmaker.arrived) == 1)
    for number in range(2, 21):
        says(stores, f"arena-{number}")
    eventually(lambda: len(matchmaker.taken) == 19)
    assert matchmaker.of("arena-1") == []
    matchmaker.release()
    eventually(lambda: matchmaker.of("arena-1")[-1:] == ["ready"])
    eventually(lambda: is_drained(stores))


def test_a_forwarder_that_is_away_delays_no_other_and_hears_everything_when_it_is_back(
    stores: Stores, matchmaker: Sink, other: Sink, consume: Callable[..., Consumer]
) -> None:
    rooms = [f"arena-{number}" for number in range(1, 31)]
    grant = fleet(stores, forwarder(matchmaker), forwarder(other, "other"), rooms=30)
    matchmaker.stop()
    consume()
    for room in rooms:
        says(stores, room)
    eventually(lambda: len(other.taken) == 30)
    for room in rooms[:10]:
        says(stores, room, "occupied")
    eventually(lambda: len(other.taken) == 40)
    claim(stores, grant, *rooms)
    eventually(lambda: len(other.taken) == 70)
    assert matchmaker.arrived == []

    matchmaker.start()

    eventually(lambda: is_drained(stores), within_s=30)
    for number, room in enumerate(rooms):
        # Of pings, the newest is enough.
        newest = "occupied" if number < 10 else "ready"
        assert matchmaker.of(room) == [newest, "terminated"]
    assert len(other.taken) == 70


def test_a_forwarder_that_is_behind_by_more_than_fits_into_memory_delays_no_other(
    stores: Stores, matchmaker: Sink, other: Sink, consume: Callable[..., Consumer]
) -> None:
    rooms = [f"arena-{number}" for number in range(1, 61)]
    grant = fleet(stores, forwarder(matchmaker), forwarder(other, "other"), rooms=60)
    matchmaker.stop()
    consume(limits=dataclasses.replace(QUICK, held=5, batch=4))
    for room in rooms:
        says(stores, room)
    eventually(lambda: len(other.taken) == 60)
    claim(stores, grant, *rooms)
    eventually(lambda: len(other.taken) == 120)

    matchmaker.start()

    eventually(lambda: is_drained(stores), within_s=30)
    for room in rooms:
        assert matchmaker.of(room) == other.of(room) == ["ready", "terminated"]


def test_whoever_takes_over_does_not_tell_again_what_was_heard(
    stores: Stores, matchmaker: Sink, other: Sink
) -> None:
    grant = fleet(stores, forwarder(matchmaker), forwarder(other, "other"))
    matchmaker.stop()
    with consuming(stores, "one"):
        claim(stores, grant, "arena-1", "arena-2")
        eventually(lambda: len(other.taken) == 2)
    matchmaker.start()
    with consuming(stores, "two"):
        eventually(lambda: is_drained(stores))
    assert len(other.taken) == 2
    assert sorted(told.room for told in matchmaker.taken) == ["arena-1", "arena-2"]


def test_what_is_refused_too_often_is_a_dead_letter_and_can_be_told_again(
    stores: Stores, matchmaker: Sink, other: Sink, consume: Callable[..., Consumer]
) -> None:
    grant = fleet(stores, forwarder(matchmaker), forwarder(other, "other"))
    matchmaker.codes["arena-1"] = 406
    consume(limits=dataclasses.replace(QUICK, refusals=3))
    claim(stores, grant, "arena-1")
    eventually(lambda: is_drained(stores))
    (letter,) = stores.outbox.letters("arena")
    assert (letter.event.room, letter.forwarder.name, letter.attempts) == (
        "arena-1", "matchmaker", 3,
    )  # fmt: skip
    assert letter.reason == (
        'failed to forward event room at "matchmaker" with code FailedPrecondition'
    )
    assert len(matchmaker.arrived) == 3

    matchmaker.codes.clear()
    stores.outbox.replay([letter])

    eventually(lambda: matchmaker.of("arena-1") == ["terminated"])
    eventually(lambda: is_drained(stores))
    assert other.of("arena-1") == ["terminated"]
    assert stores.outbox.letters("arena") == []


def test_what_cannot_be_told_for_too_long_is_a_dead_letter(
    stores: Stores, matchmaker: Sink, consume: Callable[..., Consumer]
) -> None:
    grant = fleet(stores, forwarder(matchmaker), rooms=20)
    matchmaker.stop()
    consume(limits=dataclasses.replace(QUICK, age_s=0.5))
    rooms = [f"arena-{number}" for number in range(1, 21)]
    claim(stores, grant, *rooms)
    eventually(lambda: is_drained(stores), within_s=20)
    letters = stores.outbox.letters("arena")
    assert sorted(letter.event.room for letter in letters) == sorted(rooms)


def test_two_processes_share_the_outboxes_and_one_takes_over_from_the_other(
    stores: Stores, matchmaker: Sink
) -> None:
    names = [f"fleet-{number}" for number in range(4)]
    for name in names:
        stores.rooms.configure(make.scheduler(name=name, forwarders=(forwarder(matchmaker),)))
        grant = stores.begin(make.operation(scheduler=name))
        start(stores, grant, f"{name}-1", scheduler=name)
    with contextlib.ExitStack() as both:
        one = both.enter_context(consuming(stores, "one"))
        with consuming(stores, "two") as two:
            eventually(lambda: (len(one.drained()), len(two.drained())) == (2, 2))
            assert sorted([*one.drained(), *two.drained()]) == names
            for name in names:
                says(stores, f"{name}-1", scheduler=name)
            eventually(lambda: len(matchmaker.taken) == 4)
        eventually(lambda: sorted(one.drained()) == names)
        for name in names:
            says(stores, f"{name}-1", "occupied", scheduler=name)
        eventually(lambda: len(matchmaker.taken) == 8)
    assert [stores.outbox.hold(name, "three", ttl_s=1) is None for name in names] == [False] * 4


def test_a_process_that_slept_through_its_lease_takes_nothing_out(
    stores: Stores, matchmaker: Sink
) -> None:
    grant = fleet(stores, forwarder(matchmaker, timeout_ms=20_000))
    matchmaker.hanging.add("arena-1")
    brief = dataclasses.replace(QUICK, lease_ttl_s=1, renewal_s=100)
    with consuming(stores, "late", brief):
        claim(stores, grant, "arena-1")
        eventually(lambda: len(matchmaker.arrived) == 1)
        # The lease runs out while the call hangs; it is taken anew, and all is told again
        eventually(lambda: len(matchmaker.arrived) >= 2)
        matchmaker.release()
        eventually(lambda: is_drained(stores))
    assert set(matchmaker.of("arena-1")) == {"terminated"}
