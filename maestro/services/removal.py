"""
Removing rooms: first claimed, so that no match can begin in them, then deleted.

Used by every operation that removes rooms, for whatever reason.
"""

import dataclasses
import datetime
from collections.abc import Collection, Mapping, Sequence

from maestro import errors
from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import Room, RoomStatus
from maestro.ports.runtime import Runtime
from maestro.ports.storage import RoomStore
from maestro.services.concurrently import MOST, for_each
from maestro.services.execution import Run


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """What became of rooms that were to be removed."""

    rooms: Sequence[str]
    #: Room → why the runtime did not delete it; it stays claimed, and is tried again.
    failures: Mapping[str, str]


class Removal:
    """Claims and deletes rooms."""

    def __init__(
        self, rooms: RoomStore, runtime: Runtime, *, call_timeout_s: float, forces_overdue: bool
    ) -> None:
        self._rooms = rooms
        self._runtime = runtime
        self._call_timeout_s = call_timeout_s
        self._forces_overdue = forces_overdue

    def remove(
        self,
        run: Run,
        rooms: Sequence[str],
        *,
        allowed: Collection[RoomStatus],
        allowed_if_silent: Collection[RoomStatus] = (),
        silent_since: datetime.datetime | None = None,
        grace_period_s: int,
        reason: RemovalReason,
    ) -> Removed:
        """
        Remove those of the rooms that `RoomStore.claim_for_removal` gives.

        One that the runtime was to delete before gets no more time.
        """
        if not rooms:
            return Removed(rooms=[], failures={})
        claimed = self._rooms.claim_for_removal(
            run.grant,
            rooms,
            allowed=allowed,
            allowed_if_silent=allowed_if_silent,
            silent_since=silent_since,
        )
        removed: list[str] = []
        failures: dict[str, str] = {}
        for start in range(0, len(claimed), MOST):
            # What is claimed and not deleted, whoever comes next deletes.
            run.check(needed_s=self._call_timeout_s)
            batch = self._delete(run, claimed[start : start + MOST], grace_period_s, reason)
            removed += batch.rooms
            failures |= batch.failures
        return Removed(rooms=removed, failures=failures)

    def _delete(
        self, run: Run, rooms: Sequence[Room], grace_period_s: int, reason: RemovalReason
    ) -> Removed:
        """Delete as many as can be deleted at once."""

        def delete(room: Room) -> bool:
            return self._runtime.delete_room(
                run.scheduler,
                room.id,
                uid=room.uid,
                grace_period_s=0 if room.deletion_accepted else grace_period_s,
                reason=reason,
                force=room.deletion_accepted and self._forces_overdue,
            )

        answers = for_each(rooms, delete)
        accepted = [room.id for room, answer in answers if answer is True]
        missing = [room.id for room, answer in answers if answer is False]
        if accepted:
            self._rooms.deletions_accepted(run.grant, accepted)
        if missing:
            self._rooms.gone(run.grant, missing)
        failures = {
            room.id: str(answer)
            for room, answer in answers
            if isinstance(answer, errors.MaestroError)
        }
        return Removed(rooms=[*accepted, *missing], failures=failures)
