"""Which executor does the work of which operation."""

import functools
from collections.abc import Mapping

from maestro.bootstrap import Maestro
from maestro.domain import operations
from maestro.services.execution import Execution, Executor
from tasks.app import maestro
from tasks.executors.add_rooms import AddsRooms
from tasks.executors.create_new_scheduler_version import CreatesVersions
from tasks.executors.create_scheduler import CreatesSchedulers
from tasks.executors.delete_scheduler import DeletesSchedulers
from tasks.executors.health_controller import ChecksHealth, CrashLimit
from tasks.executors.remove_rooms import RemovesRooms
from tasks.executors.storage_clean_up import CleansUp
from tasks.executors.switch_active_version import SwitchesVersions
from tasks.executors.test_operation import TakesAWhile
from tasks.observing import Games, Observed, note_end
from tasks.once import once


@once
def execution() -> Execution:
    """The execution of operations in this process."""
    parts, known = maestro(), games()
    return Execution(
        store=parts.operations,
        executors={kind: Observed(executor, known) for kind, executor in executors(parts).items()},
        leases=parts.leases,
        dispatch=parts.dispatch,
        clock=parts.clock,
        worker=parts.process,
        limits=parts.limits,
        on_end=functools.partial(note_end, known),
    )


@once
def games() -> Games:
    """What this process knows of games."""
    return Games(maestro().rooms, maestro().clock)


def executors(parts: Maestro) -> Mapping[type[operations.Definition], Executor]:
    """One executor per kind of operation."""
    settings = parts.settings
    return {
        operations.CreateScheduler: CreatesSchedulers(
            schedulers=parts.schedulers,
            rooms=parts.rooms,
            operations=parts.operations,
            archiving=parts.archiving,
            runtime=parts.runtime,
            call_timeout_s=settings.room_creation_timeout_s,
        ),
        operations.CreateNewSchedulerVersion: CreatesVersions(
            schedulers=parts.schedulers,
            operations=parts.operations,
            validation=parts.validation,
            clock=parts.clock,
        ),
        operations.SwitchActiveVersion: SwitchesVersions(
            schedulers=parts.schedulers, rooms=parts.rooms
        ),
        operations.DeleteScheduler: DeletesSchedulers(
            schedulers=parts.schedulers,
            rooms=parts.rooms,
            operations=parts.operations,
            archiving=parts.archiving,
            runtime=parts.runtime,
            clock=parts.clock,
            outbox=parts.outbox,
            drain_timeout_s=settings.events_drain_timeout_s,
            deletion_timeout_s=settings.room_deletion_timeout_s,
            call_timeout_s=settings.room_creation_timeout_s,
        ),
        operations.AddRooms: AddsRooms(
            schedulers=parts.schedulers,
            rooms=parts.rooms,
            ports=parts.ports,
            runtime=parts.runtime,
            removal=parts.removal,
            limit=settings.add_rooms_limit,
            batch=settings.add_rooms_batch,
            call_timeout_s=settings.room_creation_timeout_s,
        ),
        operations.RemoveRooms: RemovesRooms(
            schedulers=parts.schedulers,
            rooms=parts.rooms,
            removal=parts.removal,
            outdated=parts.outdated,
            clock=parts.clock,
            limit=settings.remove_rooms_limit,
            ping_timeout_s=settings.room_ping_timeout_s,
        ),
        operations.HealthController: ChecksHealth(
            schedulers=parts.schedulers,
            rooms=parts.rooms,
            operations=parts.operations,
            plans=parts.plans,
            clock=parts.clock,
            timeouts=parts.timeouts,
            caution=parts.caution,
            crashes=CrashLimit(
                amount=settings.crash_loop_crashes, window_s=settings.crash_loop_window_s
            ),
            interval_s=settings.health_interval_s,
        ),
        operations.StorageCleanUp: CleansUp(operations=parts.operations, archiving=parts.archiving),
        operations.TestOperation: TakesAWhile(parts.clock),
    }
