"""Which rooms go first when a fleet gets smaller, and which are of a version to be replaced."""

import dataclasses
import datetime
from typing import Any

from maestro.domain.removal import first_to_go
from maestro.domain.rooms import PingStatus, Room, RoomStatus
from maestro.domain.schedulers import Scheduler
from maestro.services.outdated import Outdated
from tests import make
from tests.fakes.schedulers import FakeSchedulers
from tests.fakes.world import World

SILENT_SINCE = make.NOW - datetime.timedelta(minutes=4)


def room(name: str, status: RoomStatus = RoomStatus.READY, **changes: Any) -> Room:
    heard = {"last_ping_at": make.NOW, "version": "v2.0.0"}
    return make.room(id=name, status=status, **heard | changes)


def order(*rooms: Room, amount: int = 100) -> list[str]:
    return first_to_go(
        rooms,
        amount=amount,
        active_version="v2.0.0",
        silent_since=SILENT_SINCE,
        now=make.NOW,
    )


class TestOrder:
    def test_broken_silent_and_unready_rooms_go_before_ready_ones_of_the_active_version(
        self,
    ) -> None:
        rooms = (
            room("current"),
            room("old", version="v1.0.0"),
            room("pending", RoomStatus.PENDING, last_ping_at=None),
            room("unready", RoomStatus.UNREADY),
            room("silent", last_ping_at=SILENT_SINCE),
            room("broken", RoomStatus.ERROR),
        )
        assert order(*rooms) == ["broken", "silent", "unready", "pending", "old", "current"]
        assert order(*rooms, amount=2) == ["broken", "silent"]

    def test_rooms_in_use_and_rooms_that_leave_never_do(self) -> None:
        later = make.NOW + datetime.timedelta(seconds=1)
        assert (
            order(
                room("occupied", RoomStatus.OCCUPIED, last_ping_at=SILENT_SINCE),
                room("active", RoomStatus.ACTIVE),
                room("allocated", RoomStatus.ALLOCATED),
                room("doubted", RoomStatus.PENDING, ping_status=PingStatus.OCCUPIED),
                room("claimed", RoomStatus.UNREADY, allocated_until=later),
                room("leaving", terminating_since=make.NOW),
            )
            == []
        )

    def test_the_youngest_of_equals_goes_first(self) -> None:
        later = make.NOW + datetime.timedelta(seconds=1)
        assert order(room("old"), room("young", created_at=later)) == ["young", "old"]


def stored(*versions: Scheduler) -> FakeSchedulers:
    """A scheduler with these versions, the first of which is active."""
    schedulers = FakeSchedulers(World())
    schedulers.create(versions[0], make.operation())
    schedulers._rows["arena"].versions.extend(versions[1:])
    return schedulers


class TestOutdated:
    def test_only_versions_with_other_rooms_are(self) -> None:
        active = make.in_version("v2.0.0")
        other_rooms = dataclasses.replace(
            active, spec=make.spec(version="v1.0.0", toleration="other")
        )
        schedulers = stored(active, other_rooms, make.in_version("v2.1.0"))
        outdated = Outdated(schedulers)
        assert outdated.among(active, ["v1.0.0", "v2.0.0", "v2.1.0"]) == {"v1.0.0"}

    def test_the_number_tells_nothing(self) -> None:
        active = make.in_version("v3.0.0")
        schedulers = stored(active, make.in_version("v1.0.0"))
        assert Outdated(schedulers).among(active, ["v1.0.0"]) == set()

    def test_versions_nobody_knows_are_left_alone(self) -> None:
        active = make.in_version("v2.0.0")
        assert Outdated(stored(active)).among(active, ["v9.0.0"]) == set()

    def test_those_of_a_later_scheduler_of_the_name_say_nothing_about_this_one(self) -> None:
        before = make.in_version("v2.0.0", uid=make.uid("before"))
        other_rooms = make.scheduler(spec=make.spec(version="v1.0.0", toleration="other"))
        schedulers = stored(make.in_version("v2.0.0"), other_rooms)
        assert Outdated(schedulers).among(before, ["v1.0.0"]) == set()
