"""The archive in memory."""

import dataclasses
import datetime
from collections.abc import Sequence

from maestro import errors
from maestro.domain.operations import Operation
from tests.fakes.world import World


class FakeArchive:
    """The OperationArchive of tests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._held: dict[tuple[str, str], Operation] = {}

    def add(self, operations: Sequence[Operation]) -> None:
        with self._world.reached():
            for operation in operations:
                kept = dataclasses.replace(operation, choices={}, cancel_requested=False)
                self._held.setdefault((operation.scheduler_uid, operation.id), kept)

    def edge(self, uid: str) -> datetime.datetime | None:
        return max((operation.created_at for operation in self._of(uid)), default=None)

    def amount(self, uid: str) -> int:
        return len(self._of(uid))

    def page(
        self,
        uid: str,
        *,
        until: datetime.datetime,
        beside: Sequence[tuple[str, datetime.datetime]],
        descending: bool,
        offset: int,
        limit: int,
    ) -> tuple[list[Operation | str], int]:
        held = {each.id: _listed(each) for each in self._of(uid) if each.created_at <= until}
        known = {each.id for each in self._of(uid)}
        keys = [(each.created_at, each.id) for each in held.values()]
        keys += [(created_at, id_) for id_, created_at in beside if id_ not in known]
        page = sorted(keys, reverse=descending)[offset : offset + limit]
        return [held.get(id_, id_) for _, id_ in page], len(keys)

    def some(self, uid: str, operations: Sequence[str]) -> list[Operation]:
        return [_listed(each) for each in self._of(uid) if each.id in operations]

    def get(self, uid: str, operation: str) -> Operation:
        for held in self._of(uid):
            if held.id == operation:
                return held
        raise errors.NotFound(f"operation {operation} not found")

    def last(self, scheduler: str) -> Operation | None:
        with self._world.reached():
            held = [each for each in self._held.values() if each.scheduler == scheduler]
        return max(held, key=lambda each: (_ended(each), each.id), default=None)

    def expire(self, before: datetime.datetime, *, limit: int) -> int:
        with self._world.reached():
            expired = [key for key, each in self._held.items() if _ended(each) < before]
            expired.sort(key=lambda key: _ended(self._held[key]))
            for key in expired[:limit]:
                del self._held[key]
        return len(expired[:limit])

    def _of(self, uid: str) -> list[Operation]:
        with self._world.reached():
            return [each for each in self._held.values() if each.scheduler_uid == uid]


def _ended(operation: Operation) -> datetime.datetime:
    return operation.ended_at or operation.created_at


def _listed(operation: Operation) -> Operation:
    return dataclasses.replace(operation, history=())
