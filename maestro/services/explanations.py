"""Why a fleet has the size it has, and how far its rollout got. Changes nothing."""

from collections.abc import Mapping

from maestro.domain import rollout, sizing
from maestro.domain.decisions import Decision
from maestro.domain.operations import CHANGE_ROOMS
from maestro.domain.rollout_status import RolloutStatus, StatusCount
from maestro.domain.rooms import SPENT, RoomStatus
from maestro.domain.schedulers import Scheduler
from maestro.domain.sizing import View
from maestro.ports.clock import Clock
from maestro.ports.storage import OperationStore, RoomStore, SchedulerRepository
from maestro.services.plans import Plans

NO_ROLLOUT = "no rollout: all rooms are of the active version, or of one that differs little"


class Explanations:
    """Shows decisions, and the state of rollouts."""

    def __init__(
        self,
        *,
        repository: SchedulerRepository,
        rooms: RoomStore,
        operations: OperationStore,
        plans: Plans,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._rooms = rooms
        self._operations = operations
        self._plans = plans
        self._clock = clock

    def decisions(self, name: str) -> list[Decision]:
        """The last decisions about the size of a fleet, newest first. Raises NotFound."""
        self._repository.get(name)
        return self._rooms.decisions(name)

    def rollout(self, name: str) -> RolloutStatus:
        """How far the fleet is on its way to the active version. Raises NotFound."""
        scheduler, now = self._repository.get(name), self._clock.now()
        fleet = self._rooms.fleet(name, crashes_since=now)
        # As the next health check will see them, but for what it finds out about single rooms.
        # Those that leave are no part of what is to be done.
        rooms = [room for room in fleet.rooms if room.status not in SPENT]
        view = self._plans.view(scheduler, fleet.memory, rooms, now=now)
        counts = rollout.statuses(fleet.rooms, old_versions=view.old_versions)
        plan = sizing.plan(view, resumed_at=fleet.resumed_at)
        seen = rollout.survey(view.rooms, old_versions=view.old_versions, now=now)
        if plan.progress is None:
            return RolloutStatus(
                in_progress=False,
                to_version=scheduler.version,
                rooms_done=seen.new_serving,
                statuses=_statuses(counts),
                waits_for=NO_ROLLOUT,
            )
        return RolloutStatus(
            in_progress=True,
            to_version=scheduler.version,
            from_versions=seen.old_versions,
            rooms_done=seen.new_serving,
            rooms_to_do=seen.old,
            statuses=_statuses(counts),
            waits_for=self._obstacle(scheduler, view) or plan.waits_for,
            since=plan.progress.since,
            waiting_since=plan.progress.waiting_since,
            evicts_at=rollout.evicts_at(plan.progress, match_timeout_s=view.match_timeout_s),
            estimated_end=rollout.estimate(plan.progress, seen, now=now),
        )

    def _obstacle(self, scheduler: Scheduler, view: View) -> str:
        if scheduler.paused:
            return "the end of the pause"
        if view.no_additions or view.no_removals:
            return view.no_additions or view.no_removals
        for operation, kind in self._operations.open_kinds(scheduler.name).items():
            if kind in CHANGE_ROOMS:
                return f"{kind} to end (operation {operation})"
        return ""


def _statuses(counts: Mapping[RoomStatus, tuple[int, int]]) -> list[StatusCount]:
    return [
        StatusCount(status=status, done=done, to_do=to_do)
        for status, (done, to_do) in counts.items()
    ]
