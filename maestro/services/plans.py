"""What the size of a fleet is decided by, for those who act upon it and those who show it."""

import datetime
from collections.abc import Collection, Sequence

from maestro.domain import health
from maestro.domain.health import Memory
from maestro.domain.rooms import Room
from maestro.domain.schedulers import Scheduler
from maestro.domain.sizing import View
from maestro.services.outdated import Outdated


class Plans:
    """Looks at fleets as `domain.sizing` wants to see them."""

    def __init__(
        self, outdated: Outdated, *, caution: health.Caution, match_timeout_s: float
    ) -> None:
        self._outdated = outdated
        self._caution = caution
        self.match_timeout_s = match_timeout_s

    def view(
        self,
        scheduler: Scheduler,
        memory: Memory,
        rooms: Sequence[Room],
        *,
        silent: Collection[str] = (),
        now: datetime.datetime,
    ) -> View:
        """The rooms that count, and what else matters."""
        versions = {room.version for room in rooms}
        known = {memory.rollout.to} if memory.rollout else set()
        frozen = health.is_frozen(memory, now=now, caution=self._caution)
        return View(
            scheduler=scheduler,
            rooms=rooms,
            silent=silent,
            old_versions=self._outdated.among(scheduler, versions | known),
            no_additions=memory.crash_loop_reason,
            no_removals=memory.frozen_reason if frozen else "",
            match_timeout_s=self.match_timeout_s,
            progress=memory.rollout,
            shortage=memory.shortage,
            now=now,
        )
