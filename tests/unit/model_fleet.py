"""A fleet on paper: rooms, and the plans that are carried out on them."""

import dataclasses
import datetime
import itertools
from typing import Any

from maestro.domain import rollout, shortage, sizing
from maestro.domain.operations import RemovalReason
from maestro.domain.removal import first_to_go
from maestro.domain.rollout import Progress
from maestro.domain.rooms import PingStatus, Room, RoomStatus, is_in_use
from maestro.domain.schedulers import Scheduler
from maestro.domain.shortage import Asked, Shortage
from maestro.domain.sizing import Plan, View
from tests import make

NEVER = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


class ModelFleet:
    """Versions of different majors differ majorly; whatever is removed is gone at once."""

    def __init__(self, scheduler: Scheduler, *, match_timeout_s: float = 3600) -> None:
        self.scheduler = scheduler
        self.match_timeout_s = match_timeout_s
        self.rooms: dict[str, Room] = {}
        self.now = make.NOW
        self.progress: Progress | None = None
        self.shortage: Shortage | None = None
        self.no_additions = ""
        self.no_removals = ""
        #: Rooms that can be created at all.
        self.room_for = 10**6
        self._numbers = itertools.count()

    # What happens to rooms

    def add(self, amount: int, **changes: Any) -> list[Room]:
        """Rooms of the active version that come from nowhere."""
        made = [
            make.room(
                id=f"room-{next(self._numbers):06}",
                version=self.scheduler.version,
                created_at=self.now,
                **changes,
            )
            for _ in range(amount)
        ]
        self.rooms |= {room.id: room for room in made}
        return made

    def get_ready(self, amount: int | None = None) -> None:
        """Rooms that start get ready, all of them or some."""
        starting = [r for r in self.rooms.values() if r.status is RoomStatus.PENDING]
        for room in starting[:amount]:
            self.change(room, status=RoomStatus.READY, ping_status=PingStatus.READY)

    def play(self, room: Room) -> None:
        """A match begins."""
        self.change(
            room, status=RoomStatus.OCCUPIED, ping_status=PingStatus.OCCUPIED, running_matches=1
        )

    def stop_playing(self, room: Room) -> None:
        """A match ends."""
        self.change(room, status=RoomStatus.READY, ping_status=PingStatus.READY, running_matches=0)

    def change(self, room: Room, **changes: Any) -> None:
        self.rooms[room.id] = dataclasses.replace(room, **changes)

    def switch(self, version: str, **changes: Any) -> None:
        """Another version is active."""
        spec = dataclasses.replace(self.scheduler.spec, version=version)
        self.scheduler = dataclasses.replace(self.scheduler, spec=spec, **changes)

    def pass_time(self, seconds: float) -> None:
        self.now += datetime.timedelta(seconds=seconds)

    # What is seen

    def of(self, version: str, *statuses: str) -> list[Room]:
        """Rooms of a version; of these statuses if some are given."""
        return [
            room
            for room in self.rooms.values()
            if room.version == version and (not statuses or room.status in statuses)
        ]

    @property
    def serving(self) -> int:
        """Rooms that are ready or in use."""
        return sum(
            room.status is RoomStatus.READY or is_in_use(room, self.now)
            for room in self.rooms.values()
        )

    @property
    def old_versions(self) -> set[str]:
        major = self.scheduler.version.split(".")[0]
        known = {room.version for room in self.rooms.values()}
        known |= {self.progress.to} if self.progress else set()
        return {version for version in known if version.split(".")[0] != major}

    def plan(self) -> Plan:
        """What a health check would do now."""
        view = View(
            scheduler=self.scheduler,
            rooms=list(self.rooms.values()),
            old_versions=self.old_versions,
            no_additions=self.no_additions,
            no_removals=self.no_removals,
            match_timeout_s=self.match_timeout_s,
            progress=self.progress,
            shortage=self.shortage,
            now=self.now,
        )
        return sizing.plan(view)

    # What is done

    def carry_out(self, plan: Plan) -> None:
        """As the executors do."""
        self.progress, self.shortage = plan.progress, plan.shortage
        if plan.add:
            self._create(plan.add, held_back=plan.held_back)
        for room in plan.evict:
            del self.rooms[room]
        for room in self._chosen(plan):
            del self.rooms[room]
        if plan.is_downscale:
            self.scheduler = make.downscaled(self.scheduler, at=self.now)

    def _create(self, amount: int, *, held_back: int) -> None:
        """A failed minority is reported, a failed majority undone."""
        made = max(0, min(amount, self.room_for - len(self.rooms)))
        failed = amount - made
        if made >= failed:
            self.add(made, status=RoomStatus.PENDING, ping_status=PingStatus.UNKNOWN)
        self.shortage = shortage.after(
            self.shortage,
            Asked(operation="", amount=amount, held_back=held_back),
            failed=failed,
            reason="no ports",
            version=self.scheduler.version,
            now=self.now,
        )

    def check(self) -> str:
        """One health check with what follows from it; returns what came out."""
        plan = self.plan()
        self.carry_out(plan)
        return plan.decision.outcome

    def _chosen(self, plan: Plan) -> list[str]:
        replaces = plan.reason is RemovalReason.ROLLING_UPDATE_REPLACE
        old = self.old_versions
        return first_to_go(
            [r for r in self.rooms.values() if not replaces or r.version in old],
            amount=plan.remove,
            active_version=self.scheduler.version,
            silent_since=NEVER,
            now=self.now,
        )


def surge_of(fleet: ModelFleet, plan: Plan) -> int:
    """How many rooms there may be beyond those wanted."""
    return rollout.surge(fleet.scheduler.max_surge, plan.decision.desired)
