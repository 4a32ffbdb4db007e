"""What operators do with schedulers."""

import contextlib
import dataclasses
import uuid
from collections.abc import Collection

import structlog

from maestro import errors
from maestro.domain import scheduler_rules, versions
from maestro.domain.operations import DEFINITIONS, CreateScheduler, DeleteScheduler, NotKnown
from maestro.domain.schedulers import Scheduler, SchedulerState, SchedulerVersion
from maestro.ports.clock import Clock
from maestro.ports.runtime import Runtime
from maestro.ports.storage import OperationStore, RoomCounts, RoomStore, SchedulerRepository
from maestro.services.archiving import Archiving
from maestro.services.dispatch import Dispatch
from maestro.services.health_checks import HealthChecks

log = structlog.get_logger(__name__)

#: What a deletion comes after, and what it is itself.
_GO_ON = (CreateScheduler, DeleteScheduler)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SchedulerInfo:
    """A scheduler and its rooms, at a glance."""

    scheduler: Scheduler
    rooms: RoomCounts
    #: Why silent rooms do not expire; None when nothing is the matter.
    frozen_reason: str | None = None
    #: Why no rooms are created; None when nothing is the matter.
    crash_loop_reason: str | None = None

    @property
    def paused(self) -> bool | None:
        """Whether the fleet is paused; None when it is not, as it is not told then."""
        return self.scheduler.paused or None


class Schedulers:
    """Create, show and delete schedulers."""

    def __init__(
        self,
        *,
        repository: SchedulerRepository,
        rooms: RoomStore,
        operations: OperationStore,
        archiving: Archiving,
        runtime: Runtime,
        dispatch: Dispatch,
        health_checks: HealthChecks,
        clock: Clock,
        reserved_names: Collection[str] = (),
    ) -> None:
        self._repository = repository
        self._rooms = rooms
        self._operations = operations
        self._archiving = archiving
        self._runtime = runtime
        self._dispatch = dispatch
        self._health_checks = health_checks
        self._clock = clock
        self._reserved_names = reserved_names

    def create(self, scheduler: Scheduler) -> Scheduler:
        """
        Store a new scheduler and enqueue its creation; returns it as stored.

        Raises InvalidInput with everything that is wrong, and AlreadyExists for a taken name.
        """
        scheduler = dataclasses.replace(
            scheduler,
            uid=str(uuid.uuid4()),
            state=SchedulerState.CREATING,
            created_at=self._clock.now(),
            spec=dataclasses.replace(scheduler.spec, version=versions.FIRST),
        )
        self._refuse_unacceptable(scheduler)
        definition = CreateScheduler(scheduler=scheduler)
        operation = self._dispatch.new(scheduler.name, scheduler.uid, definition)
        self._repository.create(scheduler, operation)
        self._forget_predecessor(scheduler.name)
        self._dispatch.enqueue_promised(operation)
        return scheduler

    def _refuse_unacceptable(self, scheduler: Scheduler) -> None:
        violations = scheduler_rules.violations(scheduler, reserved_names=self._reserved_names)
        violations += self._runtime.violations(scheduler)
        if violations:
            raise errors.InvalidInput(violations)

    def _forget_predecessor(self, name: str) -> None:
        """A deleted scheduler of the same name left the record of its deletion."""
        try:
            self._archiving.copy(name)
            self._operations.forget(name)
        except errors.Unavailable as error:
            log.warning("predecessor_not_forgotten", scheduler=name, reason=str(error))

    def get(self, name: str, *, version: str | None = None) -> Scheduler:
        """The active version, or the one named. Raises NotFound."""
        return self._repository.get(name, version=version)

    def find(
        self, *, name: str | None = None, game: str | None = None, version: str | None = None
    ) -> list[Scheduler]:
        """Active versions of those that match all that is given."""
        return self._repository.find(name=name, game=game, version=version)

    def versions(self, name: str) -> list[SchedulerVersion]:
        """All versions, newest first. Raises NotFound."""
        return self._repository.versions(name)

    def info(self, game: str | None = None) -> list[SchedulerInfo]:
        """Schedulers of a game, or all, with how many rooms they have of each status."""
        found = self._repository.find(game=game)
        names = [scheduler.name for scheduler in found]
        counts, memories = self._rooms.counts(names), self._rooms.memories(names)
        return [
            SchedulerInfo(
                scheduler=scheduler,
                rooms=rooms,
                frozen_reason=memory.frozen_reason or None,
                crash_loop_reason=memory.crash_loop_reason or None,
            )
            for scheduler, rooms, memory in zip(found, counts, memories, strict=True)
        ]

    def pause(self, name: str | None) -> None:
        """
        Neither create nor remove rooms automatically, of one scheduler or with None of all.

        Raises NotFound.
        """
        self._repository.pause(name, paused=True)
        log.info("paused", scheduler=name or "all")

    def resume(self, name: str | None) -> None:
        """End a pause, and forget the crashes that kept rooms from being created."""
        self._repository.pause(name, paused=False)
        for each in [name] if name else self._repository.uids():
            self._rooms.resume(each)
            self._health_checks.one(each)
        log.info("resumed", scheduler=name or "all")

    def delete(self, name: str) -> str:
        """
        Enqueue the deletion; returns its operation's id, the same one when asked again.

        Raises NotFound.
        """
        uid = self._repository.get(name).uid
        operation = self._repository.open(name, self._dispatch.new(name, uid, DeleteScheduler()))
        self._dispatch.enqueue_promised(operation)
        self._cancel_what_blocks(name)
        return operation.id

    def _cancel_what_blocks(self, name: str) -> None:
        """
        A deletion does not run beside what is parked, an edit for instance: that is rolled back.

        Without Redis it waits its turn.
        """
        with contextlib.suppress(errors.Unavailable):
            for operation, kind in self._operations.open_kinds(name).items():
                known = DEFINITIONS.get(kind, NotKnown)
                if known in _GO_ON or known.RUNS_BESIDE_PARKED:
                    continue
                with contextlib.suppress(errors.NotFound, errors.NotCancellable):
                    self._operations.cancel(name, operation)
            self._dispatch.hint(name)
