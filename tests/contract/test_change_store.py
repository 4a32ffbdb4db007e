"""
What every ChangeStore promises: news of rooms, from the watcher to the rooms.

News may be late, doubled, out of order or lost. What counts is which list it follows (epoch),
which instance it is of (uid), and how old the instance's state is (version).
"""

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro.domain.operations import EventText, OperationStatus, TestOperation
from maestro.domain.rooms import Instance, InstanceStatus, Room
from maestro.domain.schedulers import PortRange
from maestro.ports.storage import Change, Grant
from tests import make
from tests.contract.conftest import SHORT_LEASE_S, Stores

WORK = TestOperation()


def shown(status: str = "ready", *, epoch: int = 1, version: str = "10", **changes: Any) -> Change:
    """News that the instance of `arena-1` is in a status, which stands in its description too."""
    instance = make.instance(
        status=InstanceStatus(status), description=status, resource_version=version, **changes
    )
    return make.change(instance, epoch=epoch)


def gone(*, epoch: int = 1, version: str = "11", uid: str = "instance-1") -> Change:
    """News that this instance of `arena-1` ended."""
    return make.gone(epoch=epoch, resource_version=version, uid=uid)


def learn(stores: Stores, *changes: Change) -> None:
    """Let each change be applied before the next one comes."""
    for change in changes:
        stores.changes.push([change])
        stores.changes.apply("arena", limit=10)


def learn_at_once(stores: Stores, *changes: Change) -> None:
    """Let all changes come before the first one is applied."""
    stores.changes.push(changes)
    stores.changes.apply("arena", limit=10)


def said_of_room(stores: Stores, room: str = "arena-1") -> str | None:
    """What the store knows from the runtime about a room; None when there is no such room."""
    found = {each.id: each for each in stores.rooms.all("arena")}.get(room)
    return found.instance_description if found else None


def ids(stores: Stores) -> list[str]:
    return stores.changes.known_rooms(["arena"])["arena"]


def finish(stores: Stores, grant: Grant) -> None:
    stores.operations.finish(grant, OperationStatus.FINISHED, WORK, event=EventText.FINISHED)


class TestLeadership:
    def test_one_watcher_works(self, stores: Stores) -> None:
        assert stores.changes.lead("watcher-1", ttl_s=60)
        assert not stores.changes.lead("watcher-2", ttl_s=60)

    def test_it_works_on_as_long_as_it_says_so(self, stores: Stores) -> None:
        stores.changes.lead("watcher-1", ttl_s=0.02)
        assert stores.changes.lead("watcher-1", ttl_s=60)
        stores.let_pass(0.04)

        assert not stores.changes.lead("watcher-2", ttl_s=60)

    def test_when_it_falls_silent_another_one_works(self, stores: Stores) -> None:
        stores.changes.lead("watcher-1", ttl_s=0.02)
        stores.let_pass(0.04)

        assert stores.changes.lead("watcher-2", ttl_s=60)
        assert not stores.changes.lead("watcher-1", ttl_s=60)

    def test_when_it_resigns_another_one_works_at_once(self, stores: Stores) -> None:
        stores.changes.lead("watcher-1", ttl_s=60)

        stores.changes.resign("watcher-1")

        assert stores.changes.lead("watcher-2", ttl_s=60)

    def test_whoever_does_not_lead_cannot_resign(self, stores: Stores) -> None:
        stores.changes.lead("watcher-1", ttl_s=60)

        stores.changes.resign("watcher-2")

        assert not stores.changes.lead("watcher-2", ttl_s=60)
        assert stores.changes.lead("watcher-1", ttl_s=60)

    def test_of_twenty_watchers_one_works(self, stores: Stores) -> None:
        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(
                    lambda number: stores.changes.lead(f"watcher-{number}", ttl_s=60), range(20)
                )
            )

        assert answers.count(True) == 1


class TestEpochs:
    def test_every_list_has_a_number_above_the_last(self, stores: Stores) -> None:
        numbers = [stores.changes.next_epoch() for _ in range(5)]

        assert numbers == sorted(set(numbers))

    def test_no_two_lists_share_a_number(self, stores: Stores) -> None:
        with ThreadPoolExecutor(20) as pool:
            numbers = list(pool.map(lambda _: stores.changes.next_epoch(), range(100)))

        assert len(set(numbers)) == 100

    def test_the_time_of_the_store_goes_on(self, stores: Stores) -> None:
        before = stores.changes.now()
        stores.let_pass(0.001)

        assert before.tzinfo is not None
        assert stores.changes.now() > before


class TestKnownRooms:
    def test_rooms_are_told_by_scheduler(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(WORK))
        stores.rooms.register(grant, [make.new_room(id=name) for name in ("arena-2", "arena-1")])
        stores.rooms.register(grant, [make.new_room(id="arena-v", is_validation=True)])

        known = stores.changes.known_rooms(["arena", "nowhere"])

        assert known == {"arena": ["arena-1", "arena-2", "arena-v"], "nowhere": []}
        assert stores.changes.known_rooms([]) == {}


class TestNews:
    def test_a_room_has_what_the_runtime_says(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(WORK))
        stores.rooms.register(grant, [make.new_room(ports=make.host_ports(40001))])
        instance = make.instance(
            status=InstanceStatus.ERROR,
            description='ImagePullBackOff: "no such image"\n',
            host="203.0.113.7",
            ports=make.host_ports(40002),
        )

        learn(stores, make.change(instance))

        room = stores.rooms.get("arena", "arena-1")
        assert room.instance_status is InstanceStatus.ERROR
        assert room.instance_description == 'ImagePullBackOff: "no such image"\n'
        assert room.uid == instance.uid
        assert room.host == "203.0.113.7"
        assert room.ports == make.host_ports(40002)
        assert room.status == "error"

    def test_a_room_keeps_its_ports_until_it_has_an_address(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(WORK))
        stores.rooms.register(grant, [make.new_room(ports=make.host_ports(40001))])

        learn(stores, shown("pending", host="", ports=()))

        room = stores.rooms.get("arena", "arena-1")
        assert room.host == ""
        assert room.ports == make.host_ports(40001)

    def test_what_the_room_said_is_kept(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(WORK))
        stores.rooms.register(grant, [make.new_room(version="v7.0.0")])
        stores.rooms.ping("arena", "arena-1", make.ping(metadata={"region": "eu"}))
        before = stores.rooms.get("arena", "arena-1")

        learn(stores, shown())

        after = stores.rooms.get("arena", "arena-1")
        assert after.metadata == {"region": "eu"}
        assert after.version == "v7.0.0"
        assert after.ping_status == "ready"
        assert after.last_ping_at == before.last_ping_at
        assert after.created_at == before.created_at
        assert after.operation == before.operation

    def test_a_room_nobody_remembers_is_adopted(self, stores: Stores) -> None:
        instance = make.instance(room="arena-9", version="v2.0.0", operation="operation-9")

        learn(stores, make.change(instance))

        room = stores.rooms.get("arena", "arena-9")
        assert room.version == "v2.0.0"
        assert room.operation == "operation-9"
        assert room.created_at == instance.created_at
        assert room.uid == instance.uid
        assert room.host == instance.host
        assert room.ports == instance.ports
        assert room.ping_status == "unknown"
        assert room.status == "unready"
        assert not room.is_validation
        assert ids(stores) == ["arena-9"]
        assert stores.rooms.counts(["arena"])[0].total == 1

    def test_an_adopted_room_may_ping(self, stores: Stores) -> None:
        learn(stores, shown())

        outcome = stores.rooms.ping("arena", "arena-1", make.ping())

        assert outcome.known
        assert stores.rooms.get("arena", "arena-1").status == "ready"

    def test_an_adopted_room_is_given_to_nobody_until_its_quarantine_is_over(
        self, make_stores: Callable[..., Stores]
    ) -> None:
        # Given that nobody knows whether there is a match in it
        stores = make_stores(quarantine_s=600)
        learn(stores, shown())
        stores.rooms.ping("arena", "arena-1", make.ping())
        assert stores.rooms.get("arena", "arena-1").status == "ready"
        # Then no other match is sent there
        assert stores.rooms.allocate("arena", ttl_s=60) is None

    def test_an_adopted_room_is_given_away_after_its_quarantine_and_a_ping(
        self, make_stores: Callable[..., Stores]
    ) -> None:
        stores = make_stores(quarantine_s=0.02)
        learn(stores, shown())
        stores.let_pass(0.04)
        assert stores.rooms.allocate("arena", ttl_s=60) is None
        stores.rooms.ping("arena", "arena-1", make.ping())
        allocation = stores.rooms.allocate("arena", ttl_s=60)
        assert allocation
        assert allocation.room.id == "arena-1"

    def test_a_validation_room_is_adopted_as_such(self, stores: Stores) -> None:
        learn(stores, shown(is_validation=True))

        assert stores.rooms.get("arena", "arena-1").is_validation
        assert stores.rooms.counts(["arena"])[0].total == 0

    def test_an_adopted_room_keeps_its_ports_from_others(self, stores: Stores) -> None:
        scheduler = make.scheduler(port_range=PortRange(start=40000, end=40001))
        learn(stores, shown(ports=make.host_ports(40000)))
        grant = stores.begin(make.operation(WORK))

        given = stores.ports.reserve(grant, ["arena-2"], scheduler)

        assert given == {"arena-2": make.host_ports(40001)}

    def test_news_of_a_scheduler_nobody_knows_is_dropped(self, stores: Stores) -> None:
        instance = make.instance(scheduler="nowhere", room="nowhere-1")

        stores.changes.push([make.change(instance)])
        applied = stores.changes.apply("nowhere", limit=10)

        assert not applied.more
        assert stores.rooms.all("nowhere") == []

    def test_news_of_several_schedulers_comes_together(self, stores: Stores) -> None:
        stores.rooms.configure(make.scheduler(name="other"))
        other = make.instance(scheduler="other", room="other-1")

        stores.changes.push([shown(), make.change(other)])
        stores.changes.apply("arena", limit=10)
        stores.changes.apply("other", limit=10)

        assert ids(stores) == ["arena-1"]
        assert [room.id for room in stores.rooms.all("other")] == ["other-1"]


#: What is known, what comes, and whether the latter counts.
ORDER: dict[str, tuple[Change, Change, bool]] = {
    "a newer list": (shown("ready", epoch=1), shown("error", epoch=2), True),
    "a newer list with an older version": (
        shown("ready", epoch=1, version="50"),
        shown("error", epoch=2, version="10"),
        True,
    ),
    "an older list": (shown("ready", epoch=2), shown("error", epoch=1), False),
    "an older list with a newer version": (
        shown("ready", epoch=2, version="10"),
        shown("error", epoch=1, version="50"),
        False,
    ),
    "the tenth list after the ninth": (
        shown("ready", epoch=9),
        shown("error", epoch=10),
        True,
    ),
    "a newer version after the same list": (
        shown("ready", version="10"),
        shown("error", version="11"),
        True,
    ),
    "an older version after the same list": (
        shown("ready", version="11"),
        shown("error", version="10"),
        False,
    ),
    "version 10 after version 9": (
        shown("ready", version="9"),
        shown("error", version="10"),
        True,
    ),
    "version 9 after version 10": (
        shown("ready", version="10"),
        shown("error", version="9"),
        False,
    ),
    "a version one above a huge one": (
        shown("ready", version="9007199254740992"),
        shown("error", version="9007199254740993"),
        True,
    ),
    "a version one below a huge one": (
        shown("ready", version="9007199254740993"),
        shown("error", version="9007199254740992"),
        False,
    ),
    "a version that is no number": (
        shown("ready", version="10"),
        shown("error", version="abc"),
        True,
    ),
    "a version after one that is no number": (
        shown("ready", version="abc"),
        shown("error", version="10"),
        True,
    ),
    "no version": (shown("ready", version="10"), shown("error", version=""), True),
    "a version that is no number, of an older list": (
        shown("ready", epoch=2, version="10"),
        shown("error", epoch=1, version="abc"),
        False,
    ),
    "another instance after a newer list": (
        shown("ready", epoch=1),
        shown("error", epoch=2, uid="instance-2"),
        True,
    ),
    "another instance after an older list": (
        shown("ready", epoch=2),
        shown("error", epoch=1, uid="instance-2"),
        False,
    ),
}
ordered = pytest.mark.parametrize(("known", "news", "counts"), ORDER.values(), ids=ORDER.keys())
waiting_or_applied = pytest.mark.parametrize(
    "learned", [learn, learn_at_once], ids=["applied one by one", "waiting together"]
)


class TestOrder:
    @ordered
    @waiting_or_applied
    def test_newer_news_counts(
        self,
        stores: Stores,
        known: Change,
        news: Change,
        counts: bool,
        learned: Callable[..., None],
    ) -> None:
        learned(stores, known, news)

        expected = news if counts else known
        assert expected.instance is not None
        room = stores.rooms.get("arena", "arena-1")
        assert room.instance_status is expected.instance.status
        assert room.instance_description == expected.instance.description
        assert room.uid == expected.uid

    @pytest.mark.parametrize("version", ["9", "10", "11"])
    def test_the_same_news_twice_is_news_once(self, stores: Stores, version: str) -> None:
        learn(stores, shown("ready", version=version))
        before = stores.operations.work(["arena"])

        learn(stores, shown("ready", version=version))

        assert stores.operations.work(["arena"]) == before

    def test_the_first_news_of_a_registered_room_counts_in_any_case(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(WORK))
        stores.rooms.register(grant, [make.new_room()])
        stores.rooms.created(grant, [make.instance(resource_version="99")])

        learn(stores, shown("ready", version="1"))

        assert said_of_room(stores) == "ready"


class TestGone:
    @waiting_or_applied
    def test_a_room_whose_instance_ended_is_forgotten(
        self, stores: Stores, learned: Callable[..., None]
    ) -> None:
        learned(stores, shown(), gone())

        assert ids(stores) == []
        assert stores.rooms.counts(["arena"])[0].total == 0

    def test_a_registered_room_whose_instance_ended_is_forgotten(self, stores: Stores) -> None:
        grant = stores.begin(make.operation(WORK))
        stores.rooms.register(grant, [make.new_room()])
        stores.rooms.created(grant, [make.instance()])

        learn(stores, gone())

        assert ids(stores) == []

    @waiting_or_applied
    def test_the_end_of_another_instance_is_ignored(
        self, stores: Stores, learned: Callable[..., None]
    ) -> None:
        learned(stores, shown("ready", version="20"), gone(uid="instance-0", version="10"))

        assert said_of_room(stores) == "ready"

    @waiting_or_applied
    def test_the_end_of_another_instance_is_ignored_even_after_a_newer_list(
        self, stores: Stores, learned: Callable[..., None]
    ) -> None:
        learn(stores, shown("ready", epoch=1))

        learned(stores, gone(uid="instance-0", epoch=2))

        assert said_of_room(stores) == "ready"

    @waiting_or_applied
    @pytest.mark.parametrize(
        "late",
        [
            shown(version="10"),
            shown(version="12"),
            shown(version="abc"),
            shown(epoch=2, version="9"),
        ],
        ids=["an older version", "a newer version", "no version", "a newer list"],
    )
    def test_what_ended_stays_gone_whatever_comes_late(
        self, stores: Stores, late: Change, learned: Callable[..., None]
    ) -> None:
        learn(stores, shown())

        learned(stores, gone(), late)

        assert ids(stores) == []

    @waiting_or_applied
    def test_an_end_nobody_knew_the_beginning_of_is_remembered(
        self, stores: Stores, learned: Callable[..., None]
    ) -> None:
        learned(stores, gone(), shown())

        assert ids(stores) == []

    @waiting_or_applied
    def test_a_new_instance_of_the_name_is_a_room_again(
        self, stores: Stores, learned: Callable[..., None]
    ) -> None:
        learned(stores, shown(), gone(), shown("pending", uid="instance-2", version="12"))

        room = stores.rooms.get("arena", "arena-1")
        assert room.uid == "instance-2"
        assert room.instance_status is InstanceStatus.PENDING

    def test_an_end_that_newer_news_hid_is_remembered_all_the_same(self, stores: Stores) -> None:
        first, second = shown(), shown(uid="instance-2", version="12")
        learn(stores, first)
        # The end of the first instance and the beginning of the second wait together.
        learn_at_once(stores, gone(), second)
        learn(stores, gone(uid="instance-2", version="13"))

        learn(stores, first)

        assert ids(stores) == []

    def test_a_room_that_ended_twice_since_the_last_look_is_gone(self, stores: Stores) -> None:
        learn(stores, shown())

        learn_at_once(
            stores,
            gone(),
            shown(uid="instance-2", version="12"),
            gone(uid="instance-2", version="13"),
        )

        assert ids(stores) == []

    def test_an_old_instance_does_not_replace_the_new_one(self, stores: Stores) -> None:
        learn(stores, shown(), gone(), shown("ready", uid="instance-2", version="12"))

        learn(stores, shown("error", version="10"), gone())

        assert stores.rooms.get("arena", "arena-1").uid == "instance-2"
        assert said_of_room(stores) == "ready"

    def test_ends_are_remembered_for_a_while_only(self, make_stores: Callable[..., Stores]) -> None:
        stores = make_stores(tombstone_ttl_s=0.05)
        learn(stores, shown(), gone())
        stores.let_pass(0.1)

        learn(stores, shown())

        assert ids(stores) == ["arena-1"]

    def test_its_ports_are_free_again(self, stores: Stores) -> None:
        scheduler = make.scheduler(port_range=PortRange(start=40000, end=40001))
        grant = stores.begin(make.operation(WORK))
        given = stores.ports.reserve(grant, ["arena-1", "arena-2"], scheduler)
        for name, ports in given.items():
            assert not isinstance(ports, str)
            stores.rooms.register(grant, [make.new_room(id=name, ports=ports)])

        learn(stores, gone())

        again = stores.ports.reserve(grant, ["arena-3"], scheduler)
        assert again["arena-3"] == given["arena-1"]


class TestAbsence:
    """A full list does not show a room that the store knows."""

    @pytest.fixture
    def grant(self, stores: Stores) -> Grant:
        """Of an operation that makes rooms."""
        return stores.begin(make.operation(WORK))

    def register(self, stores: Stores, grant: Grant, operation: str = "") -> None:
        room = make.new_room(operation=operation or grant.operation)
        stores.rooms.register(grant, [room])

    def listed(self, stores: Stores) -> datetime.datetime:
        """When a list begins, later than everything so far and earlier than all that follows."""
        stores.let_pass(0.001)
        begins = stores.now()
        stores.let_pass(0.001)
        return begins

    def test_a_room_acknowledged_before_the_list_began_is_gone(
        self, stores: Stores, grant: Grant
    ) -> None:
        self.register(stores, grant)
        stores.rooms.created(grant, [make.instance()])
        finish(stores, grant)

        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == []

    def test_a_room_acknowledged_while_it_was_read_stays(
        self, stores: Stores, grant: Grant
    ) -> None:
        self.register(stores, grant)
        begins = self.listed(stores)
        stores.rooms.created(grant, [make.instance()])
        finish(stores, grant)

        learn(stores, make.absent(begins, epoch=2))

        assert ids(stores) == ["arena-1"]

    def test_a_room_that_was_never_acknowledged_stays(self, stores: Stores, grant: Grant) -> None:
        self.register(stores, grant)
        finish(stores, grant)

        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == ["arena-1"]

    def test_a_room_whose_operation_holds_the_lease_stays(
        self, stores: Stores, grant: Grant
    ) -> None:
        self.register(stores, grant)
        stores.rooms.created(grant, [make.instance()])

        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == ["arena-1"]

    def test_after_its_operation_ended_the_next_list_counts(
        self, stores: Stores, grant: Grant
    ) -> None:
        self.register(stores, grant)
        stores.rooms.created(grant, [make.instance()])
        learn(stores, make.absent(self.listed(stores), epoch=2))
        finish(stores, grant)

        learn(stores, make.absent(self.listed(stores), epoch=3))

        assert ids(stores) == []

    def test_the_lease_of_another_operation_does_not_matter(
        self, stores: Stores, grant: Grant
    ) -> None:
        self.register(stores, grant, operation=make.operation_id())
        stores.rooms.created(grant, [make.instance()])

        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == []

    def test_a_lease_that_expired_does_not_matter(self, stores: Stores, grant: Grant) -> None:
        self.register(stores, grant)
        stores.rooms.created(grant, [make.instance()])
        stores.operations.renew([grant], lease_ttl_s=SHORT_LEASE_S)
        stores.let_lease_expire()

        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == []

    def test_a_room_the_watcher_saw_after_the_list_stays(
        self, stores: Stores, grant: Grant
    ) -> None:
        self.register(stores, grant)
        stores.rooms.created(grant, [make.instance()])
        finish(stores, grant)
        begins = self.listed(stores)

        learn(stores, shown(epoch=2), make.absent(begins, epoch=2))

        assert ids(stores) == ["arena-1"]

    @waiting_or_applied
    def test_a_room_that_a_newer_list_shows_stays(
        self, stores: Stores, grant: Grant, learned: Callable[..., None]
    ) -> None:
        finish(stores, grant)
        learn(stores, shown(epoch=1))
        begins = self.listed(stores)

        learned(stores, shown(epoch=3), make.absent(begins, epoch=2))

        assert ids(stores) == ["arena-1"]

    def test_the_watcher_acknowledges_what_it_sees(self, stores: Stores, grant: Grant) -> None:
        self.register(stores, grant)
        finish(stores, grant)
        learn(stores, shown(epoch=1))

        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == []

    def test_an_adopted_room_may_be_gone_too(self, stores: Stores) -> None:
        learn(stores, shown(epoch=1))

        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == []

    def test_absence_of_what_nobody_knows_is_no_news(self, stores: Stores) -> None:
        learn(stores, make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == []

    def test_what_is_gone_stays_gone_whatever_comes_late(self, stores: Stores) -> None:
        learn(stores, shown(epoch=1))
        learn(stores, make.absent(self.listed(stores), epoch=2))

        learn(stores, shown(epoch=1, version="12"))

        assert ids(stores) == []

    def test_a_certain_end_is_not_hidden_by_a_later_list(
        self, stores: Stores, grant: Grant
    ) -> None:
        # The list alone would prove nothing: the room's operation still holds the lease.
        self.register(stores, grant)
        stores.rooms.created(grant, [make.instance()])

        learn_at_once(stores, gone(epoch=1), make.absent(self.listed(stores), epoch=2))

        assert ids(stores) == []


class TestApply:
    def test_of_each_room_the_newest_news_waits(self, stores: Stores) -> None:
        for version in range(1, 6):
            stores.changes.push([shown(version=str(version))])

        applied = stores.changes.apply("arena", limit=10)

        assert (applied.taken, applied.more) == (1, False)

    def test_where_nothing_waits_nothing_is_applied(self, stores: Stores) -> None:
        stores.changes.push([])

        applied = stores.changes.apply("arena", limit=10)

        assert (applied.taken, applied.more, applied.wakes_operation) == (0, False, False)

    def test_no_more_is_taken_than_asked_for(self, stores: Stores) -> None:
        stores.changes.push([shown(room=f"arena-{number}") for number in range(10)])

        applied = [stores.changes.apply("arena", limit=4) for _ in range(3)]

        assert [each.taken for each in applied] == [4, 4, 2]
        assert [each.more for each in applied] == [True, True, False]
        assert len(ids(stores)) == 10

    def test_a_wave_of_changes_is_applied_to_the_last_one(self, stores: Stores) -> None:
        wave = [shown(room=f"arena-{number:04}") for number in range(3000)]
        stores.changes.push(wave)

        for _ in range(60):
            if not stores.changes.apply("arena", limit=100).more:
                break

        assert len(ids(stores)) == 3000

    def test_news_that_changes_nothing_wakes_nobody(self, stores: Stores) -> None:
        learn(stores, shown("ready", version="10"))
        before = stores.operations.work(["arena"])
        self.park(stores)

        stores.changes.push([shown("ready", version="11")])
        applied = stores.changes.apply("arena", limit=10)

        assert not applied.wakes_operation
        assert stores.operations.work(["arena"]) == before

    @pytest.mark.parametrize(
        "news",
        [shown("error", version="11"), gone(), shown(room="arena-2", uid="instance-2")],
        ids=["another status", "gone", "a new room"],
    )
    def test_news_that_changes_a_room_wakes_whoever_waits_for_one(
        self, stores: Stores, news: Change
    ) -> None:
        learn(stores, shown("ready", version="10"))
        waits = self.park(stores)

        stores.changes.push([news])
        applied = stores.changes.apply("arena", limit=10)

        assert applied.wakes_operation
        assert stores.taken().operation.id == waits

    def test_many_who_push_and_apply_at_once_agree_on_the_newest(self, stores: Stores) -> None:
        def work(number: int) -> None:
            for version in range(number, 200, 10):
                stores.changes.push([shown(version=str(version), host=f"host-{version}")])
                stores.changes.apply("arena", limit=10)

        with ThreadPoolExecutor(10) as pool:
            list(pool.map(work, range(10)))
        stores.changes.apply("arena", limit=10)

        assert stores.rooms.get("arena", "arena-1").host == "host-199"

    def park(self, stores: Stores) -> str:
        grant = stores.begin(make.operation(WORK))
        until = stores.now().replace(year=9000)
        stores.operations.park(grant, until=until, wake_on_rooms=True)
        return grant.operation


# Properties -------------------------------------------------------------------

NAMES = ("a", "b", "c")
STATUSES = ("pending", "ready", "terminating", "error")


@dataclasses.dataclass
class Cluster:
    """A runtime that makes, changes, ends and lists rooms, and the news that a watcher has."""

    scheduler: str
    epoch: int = 1
    version: int = 0
    running: dict[str, Instance] = dataclasses.field(default_factory=dict)
    seen: set[str] = dataclasses.field(default_factory=set)
    news: list[Change] = dataclasses.field(default_factory=list)

    def create(self, room: str) -> None:
        if room not in self.running:
            self._show(room, "pending", uid=f"{room}-{self.version + 1}")

    def change(self, room: str, status: str) -> None:
        if room in self.running:
            self._show(room, status, uid=self.running[room].uid)

    def end(self, room: str) -> None:
        if room in self.running:
            self.version += 1
            ended = self.running.pop(room)
            self.news.append(make.gone(ended, epoch=self.epoch, resource_version=str(self.version)))

    def relist(self, now: datetime.datetime) -> list[Change]:
        """The news of a full list: what is there, and what is not."""
        self.epoch += 1
        present = [make.change(each, epoch=self.epoch) for each in self.running.values()]
        absent = [
            make.absent(now, scheduler=self.scheduler, room=room, epoch=self.epoch)
            for room in sorted(self.seen - set(self.running))
        ]
        return present + absent

    def _show(self, room: str, status: str, uid: str) -> None:
        self.version += 1
        self.seen.add(room)
        self.running[room] = make.instance(
            scheduler=self.scheduler,
            room=room,
            uid=uid,
            status=InstanceStatus(status),
            resource_version=str(self.version),
            host=f"host-{self.version}",
        )
        self.news.append(make.change(self.running[room], epoch=self.epoch))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.sampled_from(NAMES)),
        st.tuples(st.just("change"), st.sampled_from(NAMES), st.sampled_from(STATUSES)),
        st.tuples(st.just("end"), st.sampled_from(NAMES)),
        st.tuples(st.just("epoch")),
    ),
    max_size=12,
)


def run(cluster: Cluster, steps: list[tuple[str, ...]]) -> None:
    for verb, *arguments in steps:
        if verb == "epoch":
            cluster.epoch += 1
        else:
            getattr(cluster, verb)(*arguments)


def told(stores: Stores, cluster: Cluster) -> dict[str, tuple[str, str, str]]:
    """What the store knows of the rooms of a cluster."""
    rooms = stores.rooms.all(cluster.scheduler)
    return {room.id: _facts(room, room.instance_status) for room in rooms}


def true(cluster: Cluster) -> dict[str, tuple[str, str, str]]:
    """What there is to know of them."""
    return {room: _facts(each, each.status) for room, each in cluster.running.items()}


def _facts(of: Room | Instance, status: InstanceStatus) -> tuple[str, str, str]:
    return of.uid, of.host, str(status)


def deliver(stores: Stores, cluster: Cluster, news: list[Change], data: st.DataObject) -> None:
    """Push news in batches, and apply what waits now and then."""
    while news:
        size = data.draw(st.integers(1, len(news)), label="pushed together")
        stores.changes.push(news[:size])
        news = news[size:]
        if data.draw(st.booleans(), label="applied"):
            stores.changes.apply(cluster.scheduler, limit=10)
    stores.changes.apply(cluster.scheduler, limit=10)


class TestAnyOrder:
    @pytest.fixture
    def clusters(self, stores: Stores) -> Iterator[Callable[[], Cluster]]:
        """Clusters, each with a fleet of its own in the same stores."""
        made: list[str] = []

        def make_cluster() -> Cluster:
            made.append(f"fleet-{len(made)}")
            stores.rooms.configure(make.scheduler(name=made[-1]))
            return Cluster(made[-1])

        yield make_cluster
        for name in made:
            stores.operations.forget(name)

    @settings(
        deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(steps=STEPS, data=st.data())
    def test_the_same_news_in_any_order_and_number_makes_the_same_rooms(
        self,
        stores: Stores,
        clusters: Callable[[], Cluster],
        steps: list[tuple[str, ...]],
        data: st.DataObject,
    ) -> None:
        cluster = clusters()
        run(cluster, steps)
        again = st.lists(st.sampled_from(cluster.news), max_size=6) if cluster.news else st.just([])
        news = data.draw(st.permutations(cluster.news + data.draw(again)), label="as it comes")

        deliver(stores, cluster, news, data)

        assert told(stores, cluster) == true(cluster)

    @settings(
        deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(steps=STEPS, data=st.data())
    def test_whatever_was_lost_doubled_or_mixed_up_the_next_list_puts_right(
        self,
        stores: Stores,
        clusters: Callable[[], Cluster],
        steps: list[tuple[str, ...]],
        data: st.DataObject,
    ) -> None:
        cluster = clusters()
        run(cluster, steps)
        some = st.lists(st.sampled_from(cluster.news), max_size=20) if cluster.news else st.just([])
        deliver(stores, cluster, data.draw(some, label="what comes"), data)
        stores.let_pass(0.001)

        stores.changes.push(cluster.relist(stores.now()))
        stores.changes.apply(cluster.scheduler, limit=100)

        assert told(stores, cluster) == true(cluster)
