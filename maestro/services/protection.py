"""Keeps whoever maintains the runtime's machines from taking too many rooms at once."""

import structlog

from maestro import errors
from maestro.domain.disruption import protected_rooms
from maestro.ports.runtime import Runtime
from maestro.ports.storage import RoomStore, SchedulerRepository

log = structlog.get_logger(__name__)


class Protection:
    """Tells the runtime how many rooms of each scheduler have to stay."""

    def __init__(
        self,
        schedulers: SchedulerRepository,
        rooms: RoomStore,
        runtime: Runtime,
        *,
        safety: float,
    ) -> None:
        self._schedulers = schedulers
        self._rooms = rooms
        self._runtime = runtime
        self._safety = safety

    def renew(self) -> None:
        """Tell it anew for all schedulers; one that fails disturbs no other. Raises Unavailable."""
        schedulers = self._schedulers.find()
        counts = self._rooms.counts([scheduler.name for scheduler in schedulers])
        for scheduler, rooms in zip(schedulers, counts, strict=True):
            at_least = protected_rooms(rooms.total, safety=self._safety)
            try:
                self._runtime.protect_rooms(scheduler.name, uid=scheduler.uid, at_least=at_least)
            except errors.MaestroError as error:
                log.warning("rooms_not_protected", scheduler=scheduler.name, reason=str(error))
