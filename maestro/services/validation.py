"""
Proves that a version works, before it replaces one that does: a room of it has to get ready.

The room is no part of the fleet. It is always removed at the end of an attempt, and so is one that
was left behind: by whoever continues, or by a health check when nobody does.
"""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from maestro import errors
from maestro.domain import validation
from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import NewRoom, Room, RoomStatus, room_name
from maestro.domain.schedulers import Scheduler
from maestro.domain.validation import Verdict
from maestro.ports.clock import Clock
from maestro.ports.runtime import Runtime
from maestro.ports.storage import PortRegistry, RoomStore
from maestro.services.execution import Park, Run
from maestro.services.removal import Removal

#: Before the second attempt; twice as long before each further one.
_FIRST_PAUSE_S = 0.1
#: How often it is looked at a room when others wake us, besides once a second.
_LOOKS_AT_ONCE = 10
_LOOK_AGAIN = datetime.timedelta(seconds=1)
_ATTEMPT = "attempt"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Attempts:
    """How much patience there is with a version."""

    amount: int
    timeout_s: float
    #: Whether a room with players in it is as good as a ready one.
    accept_occupied: bool


class Validation:
    """Makes up to so many attempts; what an attempt came to is written down before it goes on."""

    def __init__(
        self,
        *,
        rooms: RoomStore,
        ports: PortRegistry,
        runtime: Runtime,
        removal: Removal,
        clock: Clock,
        attempts: Attempts,
        call_timeout_s: float,
    ) -> None:
        self._rooms = rooms
        self._ports = ports
        self._runtime = runtime
        self._removal = removal
        self._clock = clock
        self._attempts = attempts
        self._call_timeout_s = call_timeout_s

    def proceed(self, run: Run, version: Scheduler) -> Park | None:
        """Go on until there is something to wait for, or a room proved that the version works."""
        run.note_once("told_major", validation.DETECTED)
        while True:
            attempt = self._attempt(run)
            if attempt["verdict"] is None:
                waiting = self._try(run, version, attempt)
                if waiting:
                    return waiting
                continue
            self.clear(run, version, reason=RemovalReason.NEW_VERSION_VALIDATION_FINISHED)
            if attempt["passed"]:
                return None
            if attempt["number"] >= self._attempts.amount:
                raise errors.OperationFailed(validation.ALL_FAILED)
            self._begin(run, attempt["number"] + 1)

    def clear(self, run: Run, version: Scheduler, *, reason: RemovalReason) -> None:
        """Leave no room of the last attempt. Raises Unavailable when the runtime would not."""
        attempt = run.written(_ATTEMPT)
        if not attempt or attempt["cleared"]:
            return
        name = self._name(run, attempt)
        removed = self._removal.remove(
            run,
            [name],
            allowed=frozenset(RoomStatus),
            grace_period_s=version.grace_period_s,
            reason=reason,
        )
        if removed.failures:
            raise errors.Unavailable(f"room {name} was not deleted: {removed.failures[name]}")
        if self._room(run, name) is None:
            # It may hold ports all the same, if its creation went no further.
            self._rooms.gone(run.grant, [name])
        run.write(_ATTEMPT, {**attempt, "cleared": True})

    def _attempt(self, run: Run) -> Mapping[str, Any]:
        return run.written(_ATTEMPT) or self._begin(run, 1)

    def _begin(self, run: Run, number: int) -> Mapping[str, Any]:
        pause_s = _FIRST_PAUSE_S * 2 ** (number - 2) if number > 1 else 0
        not_before = self._clock.now() + datetime.timedelta(seconds=pause_s)
        attempt = {
            "number": number,
            "not_before": not_before.isoformat(),
            "until": None,
            "verdict": None,
            "passed": False,
            "looks": 0,
            "cleared": False,
        }
        run.write(_ATTEMPT, attempt)
        return attempt

    def _try(self, run: Run, version: Scheduler, attempt: Mapping[str, Any]) -> Park | None:
        """Continue an attempt; None when it is over, or a step further."""
        run.check(needed_s=self._call_timeout_s)
        now, not_before = self._clock.now(), _moment(attempt["not_before"])
        if now < not_before:
            return Park(until=not_before, wake_on_rooms=False)
        name = self._name(run, attempt)
        if attempt["until"] is None:
            verdict = self._create(run, version, name, attempt)
        else:
            until = _moment(attempt["until"])
            verdict = validation.judge(
                self._room(run, name),
                attempt=attempt["number"],
                name=name,
                now=now,
                until=until,
                accept_occupied=self._attempts.accept_occupied,
            )
            if verdict is None:
                return self._wait(run, attempt, now=now, until=until)
        if verdict:
            over = {"verdict": verdict.text, "passed": verdict.passed}
            run.write(_ATTEMPT, {**attempt, **over}, event=verdict.text)
        return None

    def _wait(
        self,
        run: Run,
        attempt: Mapping[str, Any],
        *,
        now: datetime.datetime,
        until: datetime.datetime,
    ) -> Park:
        """In a busy fleet some room always changes: others have to get their turn all the same."""
        looks = attempt["looks"] + 1
        run.write(_ATTEMPT, {**attempt, "looks": looks})
        waited_s = self._attempts.timeout_s - (until - now).total_seconds()
        if looks <= _LOOKS_AT_ONCE + waited_s:
            return Park(until=until)
        return Park(until=min(until, now + _LOOK_AGAIN), wake_on_rooms=False)

    def _create(
        self, run: Run, version: Scheduler, name: str, attempt: Mapping[str, Any]
    ) -> Verdict | None:
        """Create the room, again if need be; from then on its time runs."""
        taken = self._runtime.ports_in_use()
        ports = self._ports.reserve(run.grant, [name], version, taken=taken)[name]
        if isinstance(ports, str):
            return validation.refused(attempt["number"], ports)
        room = NewRoom(
            id=name,
            scheduler=run.scheduler,
            version=version.version,
            operation=run.operation.id,
            ports=ports,
            is_validation=True,
            request_id=run.operation.request_id,
        )
        self._rooms.register(run.grant, [room])
        try:
            instance = self._runtime.create_room(room, version)
        except (errors.RuntimeRefused, errors.AlreadyExists) as error:
            return validation.refused(attempt["number"], str(error))
        self._rooms.created(run.grant, [instance])
        until = self._clock.now() + datetime.timedelta(seconds=self._attempts.timeout_s)
        run.write(_ATTEMPT, {**attempt, "until": until.isoformat()})
        return None

    def _name(self, run: Run, attempt: Mapping[str, Any]) -> str:
        return room_name(run.scheduler, run.operation.id, "validation", attempt["number"])

    def _room(self, run: Run, name: str) -> Room | None:
        try:
            return self._rooms.get(run.scheduler, name)
        except errors.NotFound:
            return None


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
