"""What every Outbox promises, and what the other stores write into it."""

import dataclasses
from collections.abc import Callable

import pytest
import redis

from maestro import errors
from maestro.domain.forwarding.events import Event, EventKind
from maestro.domain.rooms import InstanceStatus, PingStatus
from maestro.domain.schedulers import ForwarderOptions
from maestro.ports.events import DeadLetter, Entry, Exchange, Hold, Ref
from maestro.ports.storage import Grant
from tests import make
from tests.contract.conftest import LETTERS, Stores, in_fresh_memory, in_redis
from tests.talking import claim, is_lost, runtime_says, says, start

OPTIONS = ForwarderOptions(timeout_ms=700, metadata={"roomType": "red", "level": 1.5})
MATCHMAKER = make.forwarder(options=OPTIONS)
OTHER = make.forwarder(name="other", address="other.example.com:1")
SILENT = make.forwarder(name="silent", enabled=False)


@pytest.fixture
def stores(make_stores: Callable[..., Stores]) -> Stores:
    """A fleet with two forwarders, and one that is switched off."""
    stores = make_stores()
    stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER, OTHER, SILENT)))
    return stores


def told(stores: Stores) -> list[str]:
    """What waits, in a few words, oldest first."""
    return [words(entry.event) for entry in stores.outbox.waiting("arena")]


def words(event: Event) -> str:
    return f"{event.room} {event.kind} {event.attributes['pingType']}"


class TestPings:
    def test_every_ping_waits_to_be_told(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1", "occupied", mode="blitz", score=1000000, nested={"a": [1, None]})

        (entry,) = stores.outbox.waiting("arena")

        assert entry.event == Event(
            kind=EventKind.RESYNC,
            room="arena-1",
            game="arena-game",
            attributes={
                "mode": "blitz",
                "score": 1000000,
                "nested": {"a": [1, None]},
                "eventType": "resync",
                "pingType": "occupied",
            },
            host="10.0.0.1",
            ports=make.host_ports(),
        )
        assert entry.forwarders == entry.left == (MATCHMAKER, OTHER)

    def test_the_newest_takes_the_place_of_what_nobody_was_told(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1", "arena-2")
        says(stores, "arena-1")
        says(stores, "arena-2")
        says(stores, "arena-1", "occupied")

        assert told(stores) == ["arena-2 resync ready", "arena-1 resync occupied"]

    def test_a_ping_that_changes_nothing_is_told_too(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        take_all(stores)
        says(stores, "arena-1")

        assert told(stores) == ["arena-1 resync ready"]

    def test_a_room_without_an_address_is_not_told_of(self, stores: Stores, grant: Grant) -> None:
        stores.rooms.register(grant, [make.new_room()])
        says(stores, "arena-1")
        assert told(stores) == []

    def test_a_validation_room_is_nobodys_business(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1", validation=True)
        says(stores, "arena-1")
        claim(stores, grant, "arena-1")
        is_lost(stores, "arena-1")
        assert told(stores) == []

    @pytest.mark.parametrize("forwarders", [(), (SILENT,)])
    def test_without_forwarders_nothing_waits(
        self, stores: Stores, grant: Grant, forwarders: tuple[object, ...]
    ) -> None:
        stores.rooms.configure(make.scheduler(forwarders=forwarders))
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        claim(stores, grant, "arena-1")
        assert told(stores) == []

    def test_a_ping_of_nobody_is_not_told(self, stores: Stores) -> None:
        says(stores, "arena-1")
        assert told(stores) == []

    def test_odd_metadata_arrives_as_it_was_said(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        odd = {'qu"ote': 'a\\"b\n', "ä": "\u2028", "nul": "\0", "list": [], "map": {}, "f": 1e-7}
        ping = make.ping(PingStatus.READY, metadata=odd)
        stores.rooms.ping("arena", "arena-1", ping)
        (entry,) = stores.outbox.waiting("arena")
        assert {key: entry.event.attributes[key] for key in odd} == odd


class TestTerminations:
    @pytest.mark.parametrize("first", ["claim", "error", "ending", "loss"])
    def test_the_end_of_a_room_is_told_once(self, stores: Stores, grant: Grant, first: str) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        steps: dict[str, Callable[[], None]] = {
            "error": lambda: runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=5),
            "claim": lambda: claim(stores, grant, "arena-1"),
            "ending": lambda: runtime_says(
                stores, "arena-1", InstanceStatus.TERMINATING, version=6
            ),
            "loss": lambda: is_lost(stores, "arena-1"),
        }

        steps[first]()
        assert told(stores) == ["arena-1 resync ready", "arena-1 status terminated"]
        for step in steps.values():
            step()

        assert told(stores) == ["arena-1 resync ready", "arena-1 status terminated"]

    def test_it_is_told_where_the_room_was(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        is_lost(stores, "arena-1")
        (entry,) = stores.outbox.waiting("arena")
        assert (entry.event.host, entry.event.ports) == ("10.0.0.1", make.host_ports())
        assert entry.event.attributes == {
            "eventType": "status", "pingType": "terminated", "roomEvent": "terminated",
        }  # fmt: skip

    def test_what_a_room_says_after_its_end_is_not_told(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        claim(stores, grant, "arena-1")
        says(stores, "arena-1", "occupied")
        assert told(stores) == ["arena-1 status terminated"]

    def test_a_room_that_says_it_ends_is_not_over_yet(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1", "terminating")
        assert told(stores) == ["arena-1 resync terminating"]
        says(stores, "arena-1", "terminated")
        assert told(stores) == ["arena-1 resync terminated"]
        is_lost(stores, "arena-1")
        assert told(stores) == ["arena-1 resync terminated", "arena-1 status terminated"]

    def test_a_ping_of_a_room_that_the_runtime_ends_tells_that_it_is_over(
        self, stores: Stores, grant: Grant
    ) -> None:
        stores.rooms.configure(make.scheduler())
        start(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.TERMINATING, version=5)
        stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER,)))
        says(stores, "arena-1")
        assert told(stores) == ["arena-1 status terminated"]

    def test_a_room_that_recovers_is_told_of_again_and_its_end_too(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1")
        runtime_says(stores, "arena-1", InstanceStatus.ERROR, version=5)
        runtime_says(stores, "arena-1", InstanceStatus.READY, version=6)
        says(stores, "arena-1")
        is_lost(stores, "arena-1")
        assert told(stores) == [
            "arena-1 status terminated", "arena-1 resync ready", "arena-1 status terminated",
        ]  # fmt: skip

    def test_rooms_that_never_came_to_be_are_not_told_of(
        self, stores: Stores, grant: Grant
    ) -> None:
        stores.rooms.register(grant, [make.new_room()])
        stores.rooms.not_created(grant, ["arena-1"])
        assert told(stores) == []

    def test_rooms_that_the_runtime_does_not_have_are_told_of(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1")
        stores.rooms.gone(grant, ["arena-1"])
        assert told(stores) == ["arena-1 status terminated"]

    def test_a_late_worker_tells_nothing(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        stores.lose(grant)
        with pytest.raises(errors.LeaseLost):
            claim(stores, grant, "arena-1")
        assert told(stores) == []


class TestForwardersOfThatTime:
    def test_events_go_to_those_who_were_there_when_they_happened(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1", "arena-2")
        says(stores, "arena-1")
        newer = dataclasses.replace(MATCHMAKER, address="elsewhere:1")
        stores.rooms.configure(make.scheduler(game="renamed", forwarders=(newer,)))
        says(stores, "arena-2")
        stores.rooms.configure(make.scheduler())
        says(stores, "arena-1")

        first, second = stores.outbox.waiting("arena")

        assert (first.forwarders, first.event.game) == ((MATCHMAKER, OTHER), "arena-game")
        assert (second.forwarders, second.event.game) == ((newer,), "renamed")

    def test_whoever_sends_events_itself_asks_who_is_there_now(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1")
        audience = stores.outbox.audience("arena", "arena-1")
        assert (audience.game, audience.forwarders) == ("arena-game", (MATCHMAKER, OTHER))
        assert audience.room == stores.rooms.get("arena", "arena-1")
        assert stores.outbox.audience("arena", "nobody").room is None
        stores.rooms.configure(make.scheduler())
        assert stores.outbox.audience("arena", "arena-1").forwarders == ()
        with pytest.raises(errors.NotFound):
            stores.outbox.audience("unknown", "arena-1")

    def test_those_of_a_newer_version_stay_when_an_older_one_was_thought_missing(
        self, stores: Stores
    ) -> None:
        newer = dataclasses.replace(MATCHMAKER, address="elsewhere:1")
        stores.rooms.configure(make.scheduler(game="renamed", forwarders=(newer,)))
        stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER,)), only_if_missing=True)
        audience = stores.outbox.audience("arena", "arena-1")
        assert (audience.game, audience.forwarders) == ("renamed", (newer,))


class TestBound:
    @pytest.fixture(params=["fake", "redis"])
    def small(self, request: pytest.FixtureRequest) -> Stores:
        """An outbox for four events."""
        if request.param == "fake":
            stores = in_fresh_memory(outbox_limit=4)
        else:
            client = request.getfixturevalue("redis_client")
            prefix = request.getfixturevalue("redis_prefix")
            stores = in_redis(client, prefix=prefix, outbox_limit=4)
        stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER,)))
        return stores

    def test_the_oldest_pings_make_room_and_ends_of_rooms_never(self, small: Stores) -> None:
        grant = small.begin()
        rooms = [f"arena-{number}" for number in range(1, 8)]
        start(small, grant, *rooms)
        for room in rooms[:4]:
            says(small, room)
        claim(small, grant, "arena-5", "arena-6", "arena-7")
        assert told(small) == [
            "arena-4 resync ready", "arena-5 status terminated", "arena-6 status terminated",
            "arena-7 status terminated",
        ]  # fmt: skip
        claim(small, grant, "arena-1", "arena-2")
        assert len(told(small)) == 5
        assert small.outbox.states(["arena"])[0].length == 5
        assert small.outbox.states(["arena"])[0].dropped == 4

    def test_a_newer_ping_of_the_same_room_needs_no_room(self, small: Stores) -> None:
        start(small, small.begin(), "arena-1")
        for _ in range(10):
            says(small, "arena-1")
        assert small.outbox.states(["arena"])[0].dropped == 0


def hold(stores: Stores, process: str = "one", *, ttl_s: float = 60) -> Hold:
    taken = stores.outbox.hold("arena", process, ttl_s=ttl_s)
    assert taken
    return taken


def exchange(
    stores: Stores, held: Hold, *done: Ref, after: int = 0, limit: int = 100
) -> list[Entry]:
    (batch,) = stores.outbox.exchange([Exchange(hold=held, after=after, limit=limit, done=done)])
    assert batch
    return list(batch.entries)


def take_all(stores: Stores) -> None:
    held = hold(stores)
    exchange(stores, held, *[entry.ref for entry in stores.outbox.waiting("arena")])
    stores.outbox.release(held)


class TestDraining:
    def test_one_process_drains_at_a_time(self, stores: Stores) -> None:
        held = hold(stores, "one")
        assert stores.outbox.hold("arena", "two", ttl_s=60) is None
        assert stores.outbox.hold("arena", "one", ttl_s=60) is None
        stores.outbox.release(held)
        hold(stores, "two")

    def test_a_process_that_falls_silent_loses_it_and_changes_nothing_any_more(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        late = hold(stores, ttl_s=0.02)
        (entry,) = exchange(stores, late)
        stores.let_pass(0.04)
        current = hold(stores, "two")

        done = Exchange(hold=late, after=0, limit=10, done=[entry.ref])
        assert stores.outbox.exchange([done]) == [None]
        stores.outbox.release(late)
        assert stores.outbox.renew([late, current], ttl_s=60) == [False, True]
        assert len(exchange(stores, current)) == 1

    def test_a_lease_that_is_prolonged_lasts(self, stores: Stores) -> None:
        held = hold(stores, ttl_s=0.05)
        assert stores.outbox.renew([held], ttl_s=60) == [True]
        stores.let_pass(0.1)
        assert stores.outbox.hold("arena", "two", ttl_s=60) is None
        assert stores.outbox.renew([], ttl_s=60) == []

    def test_entries_come_in_order_a_batch_at_a_time(self, stores: Stores, grant: Grant) -> None:
        rooms = [f"arena-{number}" for number in range(10)]
        start(stores, grant, *rooms)
        for room in rooms[:5]:
            says(stores, room)
        claim(stores, grant, *rooms[3:])
        for room in rooms[:3]:
            says(stores, room, "occupied")
        everything = stores.outbox.waiting("arena")
        held, found, after = hold(stores), [], 0

        for _ in range(100):
            batch = exchange(stores, held, after=after, limit=2)
            found += batch
            after = batch[-1].ref.number if batch else after

        assert found == everything
        assert len(found) == 12
        numbers = [entry.ref.number for entry in found]
        assert numbers == sorted(set(numbers))

    def test_what_is_done_is_gone(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        claim(stores, grant, "arena-1")
        held = hold(stores)
        entries = exchange(stores, held)
        assert exchange(stores, held, *[entry.ref for entry in entries], limit=0) == []
        assert told(stores) == []
        assert exchange(stores, held) == []

    def test_a_ping_that_came_meanwhile_is_not_done(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        held = hold(stores)
        (entry,) = exchange(stores, held)
        says(stores, "arena-1", "occupied")

        (newer,) = exchange(stores, held, entry.ref, after=entry.ref.number)

        assert words(newer.event) == "arena-1 resync occupied"
        assert told(stores) == ["arena-1 resync occupied"]

    def test_who_heard_of_an_entry_is_not_told_again_by_the_next_process(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        claim(stores, grant, "arena-1")
        held = hold(stores)
        resync, end = exchange(stores, held)
        partly = {resync.ref: ["other"], end.ref: ["matchmaker"]}
        stores.outbox.exchange([Exchange(hold=held, after=0, limit=0, partly=partly)])

        again = exchange(stores, held)

        assert [entry.left for entry in again] == [(MATCHMAKER,), (OTHER,)]
        # Though a newer ping is for all of them
        exchange(stores, held, end.ref, limit=0)
        says(stores, "arena-1")

    def test_a_newer_ping_is_for_everybody(self, stores: Stores, grant: Grant) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        held = hold(stores)
        (entry,) = exchange(stores, held)
        heard = {entry.ref: ["other"]}
        stores.outbox.exchange([Exchange(hold=held, after=0, limit=0, partly=heard)])
        says(stores, "arena-1")
        # And a late word about the old one changes nothing
        stores.outbox.exchange([Exchange(hold=held, after=0, limit=0, partly=heard)])
        (newer,) = exchange(stores, held)
        assert newer.left == (MATCHMAKER, OTHER)

    def test_there_is_something_to_drain_where_there_are_forwarders_or_entries(
        self, stores: Stores, grant: Grant
    ) -> None:
        assert stores.outbox.to_drain() == ["arena"]
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        stores.rooms.configure(make.scheduler())
        assert stores.outbox.to_drain() == ["arena"]
        take_all(stores)
        assert stores.outbox.to_drain() == []

    def test_processes_know_how_many_they_are(self, stores: Stores) -> None:
        assert stores.outbox.attend("one", ttl_s=0.05) == 1
        assert stores.outbox.attend("two", ttl_s=60) == 2
        assert stores.outbox.attend("two", ttl_s=60) == 2
        stores.let_pass(0.1)
        assert stores.outbox.attend("two", ttl_s=60) == 1
        stores.outbox.leave("two")
        assert stores.outbox.attend("three", ttl_s=60) == 1

    def test_a_forgotten_scheduler_leaves_nothing_to_drain(
        self, stores: Stores, grant: Grant
    ) -> None:
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        held = hold(stores)
        stores.operations.forget("arena")
        assert told(stores) == []
        assert stores.outbox.exchange([Exchange(hold=held, after=0, limit=1)]) == [None]
        assert stores.outbox.states(["arena"])[0].length == 0


def letter(number: int = 1, *, scheduler: str = "arena", forwarder: str = "other") -> DeadLetter:
    event = Event(
        kind=EventKind.STATUS,
        room="arena-1",
        game="arena-game",
        attributes={"eventType": "status", "pingType": "terminated", "odd": [1, None, "ä"]},
        host="10.0.0.1",
        ports=make.host_ports(),
        without_address=True,
    )
    return DeadLetter(
        scheduler=scheduler,
        forwarder=dataclasses.replace(MATCHMAKER, name=forwarder),
        event=event,
        number=number,
        reason="it said no",
        attempts=10,
        at=make.NOW,
    )


class TestDeadLetters:
    def test_they_are_kept_as_they_were_in_order(self, stores: Stores) -> None:
        letters = [letter(1), letter(2), letter(2, forwarder="third")]
        stores.outbox.bury(letters[:1])
        stores.outbox.bury(letters[1:])
        stores.outbox.bury([letter(3, scheduler="other")])
        assert stores.outbox.letters("arena") == letters
        assert stores.outbox.letter_counts() == {"arena": 3, "other": 1}
        assert stores.outbox.letters("nobody") == []

    def test_burying_twice_keeps_one(self, stores: Stores) -> None:
        stores.outbox.bury([letter(1)])
        stores.outbox.bury([letter(1)])
        stores.outbox.bury([])
        assert stores.outbox.letters("arena") == [letter(1)]

    def test_the_oldest_go_when_there_are_too_many(self, stores: Stores) -> None:
        for number in range(LETTERS + 5):
            stores.outbox.bury([letter(1000 + number)])
        kept = [each.number for each in stores.outbox.letters("arena")]
        assert kept == list(range(1005, 1005 + LETTERS))

    def test_they_outlive_their_scheduler(self, stores: Stores) -> None:
        stores.outbox.bury([letter()])
        stores.operations.forget("arena")
        assert stores.outbox.letters("arena") == [letter()]

    def test_replayed_they_wait_for_their_own_forwarder_only(self, stores: Stores) -> None:
        stores.outbox.bury([letter(1), letter(2)])
        stores.outbox.replay(stores.outbox.letters("arena"))
        assert stores.outbox.letters("arena") == []
        first, second = stores.outbox.waiting("arena")
        assert first.event == letter().event
        assert first.forwarders == (letter().forwarder,)
        assert first.ref.number < second.ref.number

    def test_those_of_a_scheduler_that_is_gone_stay(self, stores: Stores) -> None:
        stores.outbox.bury([letter(scheduler="gone")])
        with pytest.raises(errors.NotFound):
            stores.outbox.replay(stores.outbox.letters("gone"))
        assert stores.outbox.letters("gone") == [letter(scheduler="gone")]


class TestInRedis:
    def test_lists_of_forwarders_live_as_long_as_entries_refer_to_them(
        self, redis_client: redis.Redis, redis_prefix: str
    ) -> None:
        stores = in_redis(redis_client, prefix=redis_prefix)
        stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER,)))
        grant = stores.begin()
        start(stores, grant, "arena-1")
        lists = f"{redis_prefix}:{{arena}}:outbox:lists"
        says(stores, "arena-1")
        for timeout_ms in (1, 2, 3):
            options = ForwarderOptions(timeout_ms=timeout_ms)
            newer = dataclasses.replace(MATCHMAKER, options=options)
            stores.rooms.configure(make.scheduler(forwarders=(newer,)))
            stores.rooms.configure(make.scheduler(forwarders=(newer,)))
        assert redis_client.hlen(lists) == 4
        held = hold(stores)
        (entry,) = exchange(stores, held)
        assert entry.forwarders == (MATCHMAKER,)
        assert redis_client.hlen(lists) == 4
        exchange(stores, held, entry.ref)
        exchange(stores, held)
        assert redis_client.hlen(lists) == 1
        says(stores, "arena-1")
        (entry,) = exchange(stores, held)
        assert entry.forwarders[0].options.timeout_ms == 3

    def test_a_ping_waits_in_little_space(
        self, redis_client: redis.Redis, redis_prefix: str
    ) -> None:
        stores = in_redis(redis_client, prefix=redis_prefix)
        stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER,) * 20))
        start(stores, stores.begin(), "arena-1")
        says(stores, "arena-1", region="eu")
        entries: dict[str, str] = redis_client.hgetall(  # type: ignore[assignment]
            f"{redis_prefix}:{{arena}}:outbox:entries"
        )
        assert [len(text) < 256 for text in entries.values()] == [True]

    def test_a_forgotten_scheduler_leaves_no_key(
        self, redis_client: redis.Redis, redis_prefix: str
    ) -> None:
        stores = in_redis(redis_client, prefix=redis_prefix)
        stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER, OTHER)))
        grant = stores.begin()
        start(stores, grant, "arena-1")
        says(stores, "arena-1")
        claim(stores, grant, "arena-1")
        held = hold(stores)
        (entry, *_) = exchange(stores, held)
        stores.outbox.exchange(
            [Exchange(hold=held, after=0, limit=0, partly={entry.ref: ["other"]})]
        )
        stores.operations.forget("arena")
        left = set(redis_client.scan_iter(f"{redis_prefix}:{{arena}}:outbox*"))
        assert left == set()
