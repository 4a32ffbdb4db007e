"""
Operations that ended, out of both stores as if they were one.

Redis holds the newest ones and the archive all others, except for the few that ended late. What
moves from one to the other meanwhile is seen once: it is archived before it is removed, Redis is
read before the archive, and what is in both counts where it is archived.
"""

import contextlib
import datetime

from maestro import errors
from maestro.domain.operations import Operation
from maestro.ports.storage import (
    Ended,
    OperationArchive,
    OperationStore,
    SchedulerRepository,
    Stage,
)

#: How often a page is read anew because the archive grew meanwhile; it grows by batches.
_TRIES = 20


class History:
    """Lists and shows operations that ended."""

    def __init__(
        self,
        store: OperationStore,
        archive: OperationArchive,
        schedulers: SchedulerRepository,
    ) -> None:
        self._store = store
        self._archive = archive
        self._schedulers = schedulers

    def page(
        self, scheduler: str, *, descending: bool, offset: int, limit: int
    ) -> tuple[list[Operation], int]:
        """A page by createdAt then id, and how many there are. Raises Unavailable."""
        uid = self._uid(scheduler)
        if uid is None:
            return self._page_of_nobody(
                scheduler, descending=descending, offset=offset, limit=limit
            )
        edge = self._archive.edge(uid)
        held = 0 if descending else self._archive.amount(uid)
        for _ in range(_TRIES):
            recent = self._store.ended(
                scheduler,
                after=edge,
                descending=descending,
                offset=offset - held,
                limit=limit,
            )
            page = self._joined(scheduler, uid, edge, recent, descending, offset, limit)
            before, edge = edge, self._archive.edge(uid)
            if before == edge:
                return page
            # What was archived meanwhile is missing from the part that Redis showed.
            held = 0 if descending else self._archive.amount(uid)
        raise errors.Unavailable("operations are being archived right now")

    def get(self, scheduler: str, operation: str) -> Operation:
        """One operation, open or ended, with its history. Raises NotFound."""
        try:
            return self._store.get(scheduler, operation)
        except errors.NotFound:
            return self._archived(scheduler, operation)

    def _archived(self, scheduler: str, operation: str) -> Operation:
        uid = self._uid(scheduler)
        if uid is not None:
            with contextlib.suppress(errors.NotFound):
                return self._archive.get(uid, operation)
        elif (last := self._last(scheduler)) and last.id == operation:
            return last
        raise errors.NotFound(f"operation {operation} not found in scheduler {scheduler}")

    def _uid(self, scheduler: str) -> str | None:
        try:
            return self._schedulers.get(scheduler).uid
        except errors.NotFound:
            return None

    def _page_of_nobody(
        self, scheduler: str, *, descending: bool, offset: int, limit: int
    ) -> tuple[list[Operation], int]:
        """What ended under a name that nobody bears: a deletion, or a creation in vain."""
        found, total = self._store.page(
            scheduler, Stage.FINAL, descending=descending, offset=offset, limit=limit
        )
        if total:
            return found, total
        last = self._last(scheduler)
        everything = [last] if last else []
        return everything[offset : offset + limit], len(everything)

    def _last(self, scheduler: str) -> Operation | None:
        """What ended last under a name that nobody bears and that Redis does not know any more."""
        ended = self._store.amounts_ended([scheduler])[0]
        if ended or self._store.open_kinds(scheduler):
            return None
        return self._archive.last(scheduler)

    def _joined(
        self,
        scheduler: str,
        uid: str,
        edge: datetime.datetime | None,
        recent: Ended,
        descending: bool,
        offset: int,
        limit: int,
    ) -> tuple[list[Operation], int]:
        if descending:
            skipped = max(0, offset - recent.newer)
            left = limit - len(recent.page)
            older, amount = self._older(
                scheduler, uid, edge, recent, descending=True, offset=skipped, limit=left
            )
            return [*recent.page, *older], recent.newer + amount
        older, amount = self._older(
            scheduler, uid, edge, recent, descending=False, offset=offset, limit=limit
        )
        first = max(0, max(0, offset - amount) - recent.first)
        newer = recent.page[first : first + limit - len(older)]
        return [*older, *newer], recent.newer + amount

    def _older(
        self,
        scheduler: str,
        uid: str,
        edge: datetime.datetime | None,
        recent: Ended,
        *,
        descending: bool,
        offset: int,
        limit: int,
    ) -> tuple[list[Operation], int]:
        if edge is None:
            return [], 0
        page, amount = self._archive.page(
            uid,
            until=edge,
            beside=recent.older,
            descending=descending,
            offset=offset,
            limit=limit,
        )
        missing = [entry for entry in page if isinstance(entry, str)]
        read = {each.id: each for each in self._store.some(scheduler, missing)} if missing else {}
        moved = [operation for operation in missing if operation not in read]
        if moved:
            read |= {each.id: each for each in self._archive.some(uid, moved)}
        entries = (read.get(entry) if isinstance(entry, str) else entry for entry in page)
        return [entry for entry in entries if entry is not None], amount
