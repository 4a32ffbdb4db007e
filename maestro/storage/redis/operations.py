"""Operations in Redis: the queue of each scheduler, and the lease under which it is worked off."""

import datetime
import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import redis

from maestro import errors
from maestro.domain import documents
from maestro.domain import operations as domain
from maestro.domain.operations import Definition, EventText, Operation, OperationStatus
from maestro.domain.serving import Served
from maestro.metrics import REDIS_FAILS, REDIS_SECONDS
from maestro.metrics.timing import timed
from maestro.ports.storage import Doing, Ended, Grant, Renewal, Stage, Standing, Taken, Work
from maestro.storage.redis import keys as names
from maestro.storage.redis import records, scripts
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.scripts import Replicas
from maestro.storage.redis.translation import translated

_EDITS = json.dumps([name for name, kind in domain.DEFINITIONS.items() if kind.EDITS_VERSION])
_BESIDE_PARKED = json.dumps(sorted(domain.BESIDE_PARKED))
_UNDERSTOOD = json.dumps(
    {"kinds": dict.fromkeys(sorted(domain.DEFINITIONS), True), "format": domain.FORMAT}
)


@timed(REDIS_SECONDS, REDIS_FAILS, "operation-storage")
class RedisOperations:
    """The OperationStore of production."""

    def __init__(
        self, client: redis.Redis, *, prefix: str, replicas: Replicas = scripts.NO_REPLICAS
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._replicas = replicas
        self._attend = scripts.register(client, "attend")
        self._enqueue = scripts.register(client, "enqueue_operation")
        self._take = scripts.register(client, "take_operation")
        self._renew = scripts.register(client, "renew_lease")
        self._release = scripts.register(client, "release_operation")
        self._write = scripts.register(client, "write_operation")
        self._park = scripts.register(client, "park_operation")
        self._finish = scripts.register(client, "finish_operation")
        self._commit = scripts.register(client, "commit_operation")
        self._cancel = scripts.register(client, "cancel_operation")
        self._fail = scripts.register(client, "fail_operation")
        self._cancel_waiting = scripts.register(client, "cancel_waiting")
        self._inspect = scripts.register(client, "inspect_work")
        self._page_ended = scripts.register(client, "page_ended")
        self._drop = scripts.register(client, "drop_operations")
        self._prune = scripts.register(client, "prune_operations")

    def _keys(self, scheduler: str) -> Keys:
        return Keys(self._prefix, scheduler)

    # The queue

    def enqueue(self, operation: Operation, *, follows: str = "") -> str:
        keys, kind = self._keys(operation.scheduler), type(operation.definition)
        with translated():
            self._client.sadd(names.schedulers(self._prefix), operation.scheduler)
            call = (
                [
                    keys.operation(operation.id),
                    keys.history(operation.id),
                    keys.priority if kind.PRIORITY else keys.pending,
                    keys.open,
                    keys.waiting,
                    keys.settings,
                    keys.generation,
                ],
                [
                    operation.id,
                    operation.definition.NAME,
                    int(kind.DEDUPLICATED),
                    int(kind.RUNS_BESIDE_PARKED),
                    int(kind.CHECKS_FLEET),
                    _EDITS if kind.EDITS_VERSION else "[]",
                    follows,
                    EventText.CREATED,
                    *_flat(records.operation_fields(operation)),
                ],
            )
            answer, operation_id = scripts.call_safely(
                self._client, self._enqueue, call, self._replicas
            )
        if answer == "no fleet":
            raise errors.NotFound(f"scheduler {operation.scheduler} not found")
        if answer == "editing":
            raise errors.EditInProgress(domain.edit_text(operation_id, operation.scheduler))
        return str(operation_id)

    def schedulers(self) -> list[str]:
        with translated():
            return sorted(self._client.smembers(names.schedulers(self._prefix)))  # type: ignore[arg-type]

    def retire(self, scheduler: str) -> None:
        with translated():
            self._client.srem(names.schedulers(self._prefix), scheduler)

    def attend(self, served: Served, *, ttl_s: float) -> list[Served]:
        with translated():
            found = self._attend(
                keys=[names.serving(self._prefix)],
                args=[json.dumps(served.patterns), round(ttl_s * 1_000_000)],
            )
        return list(map(_served, found))

    def attended(self) -> list[Served]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.zrange(names.serving(self._prefix), 0, -1, withscores=True)
            pipe.time()
            found, (seconds, micros) = pipe.execute()
        now = int(seconds) * 1_000_000 + int(micros)
        return [_served(text) for text, until in found if until > now]

    def open_kinds(self, scheduler: str) -> Mapping[str, str]:
        with translated():
            return self._client.hgetall(self._keys(scheduler).open)  # type: ignore[return-value]

    def knows(self, scheduler: str, operations: Sequence[str]) -> list[bool]:
        keys = self._keys(scheduler)
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for operation in operations:
                pipe.exists(keys.operation(operation))
            return [bool(found) for found in pipe.execute()]

    def cancel(self, scheduler: str, operation: str) -> bool:
        keys = self._keys(scheduler)
        with translated():
            answer = self._cancel(
                keys=[
                    keys.operation(operation), keys.history(operation), keys.priority, keys.pending,
                    keys.parked, keys.open, keys.waiting, keys.final,
                ],
                args=[
                    operation, OperationStatus.PENDING, OperationStatus.IN_PROGRESS,
                    OperationStatus.CANCELED, EventText.CANCELED, EventText.FINISHED,
                ],
            )  # fmt: skip
        if not answer:
            raise errors.NotFound(f"operation {operation} not found in scheduler {scheduler}")
        outcome, status = answer
        if outcome == "final":
            raise errors.NotCancellable(domain.final_text(status))
        if outcome == "committed":
            raise errors.NotCancellable(domain.NO_WAY_BACK)
        return bool(outcome == "ended")

    def fail(self, scheduler: str, operation: str, *, events: Sequence[str]) -> None:
        keys = self._keys(scheduler)
        with translated():
            ended_as = self._fail(
                keys=[
                    keys.operation(operation), keys.history(operation), keys.priority, keys.pending,
                    keys.parked, keys.wakeful, keys.open, keys.waiting, keys.final, keys.running,
                    keys.lease,
                ],
                args=[operation, OperationStatus.ERROR, *events],
            )  # fmt: skip
        if ended_as is None:
            raise errors.NotFound(f"operation {operation} not found in scheduler {scheduler}")
        if ended_as:
            raise errors.NotCancellable(domain.ended_text(operation, ended_as))

    def cancel_waiting(self, scheduler: str, *, besides: Grant) -> list[str]:
        keys = self._keys(scheduler)
        with translated():
            cancelled = self._cancel_waiting(
                keys=[
                    keys.running, keys.priority, keys.pending, keys.parked, keys.wakeful,
                    keys.open, keys.waiting, keys.final,
                    keys.operation_prefix, keys.history_prefix,
                ],
                args=[besides.token, OperationStatus.CANCELED, EventText.FINISHED],
            )  # fmt: skip
        return list(cancelled)

    # The lease

    def take(
        self, scheduler: str, *, worker: str, lease_ttl_s: float, may_recover: bool
    ) -> Taken | None:
        keys = self._keys(scheduler)
        with translated():
            answer = self._take(
                keys=[
                    keys.lease, keys.running, keys.priority, keys.pending, keys.parked,
                    keys.wakeful, keys.waiting, keys.counter, keys.generation,
                    keys.operation_prefix, keys.history_prefix, keys.open,
                ],
                args=[
                    worker, secrets.token_hex(8), records.millis(lease_ttl_s), int(may_recover),
                    _BESIDE_PARKED, EventText.STARTING, EventText.RECOVERED, _UNDERSTOOD,
                ],
            )  # fmt: skip
        if not answer:
            return None
        recovered, resumed, token, flat, history = answer
        operation = records.operation(scheduler, records.fields(flat), history)
        grant = Grant(scheduler=scheduler, operation=operation.id, token=token)
        return Taken(
            operation=operation, grant=grant, recovered=bool(recovered), resumed=bool(resumed)
        )

    def renew(self, grants: Sequence[Grant], *, lease_ttl_s: float) -> list[Renewal]:
        calls = [
            (
                [keys.running, keys.lease, keys.operation(grant.operation)],
                [grant.token, records.millis(lease_ttl_s)],
            )
            for grant in grants
            for keys in [self._keys(grant.scheduler)]
        ]
        with translated():
            answers = scripts.call_each(self._client, self._renew, calls, partly=True)
        return [_renewal(answer) for answer in answers]

    def release(self, grant: Grant) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            self._release(
                keys=[keys.running, keys.lease, keys.parked], args=[grant.token, grant.operation]
            )

    # The running operation

    def note(self, grant: Grant, event: str) -> bool:
        return self._write_running(grant, event, {})

    def choose(self, grant: Grant, choices: Mapping[str, object], *, event: str = "") -> bool:
        return self._write_running(grant, event, {"choices": json.dumps(dict(choices))})

    def _write_running(self, grant: Grant, event: str, written: Mapping[str, str]) -> bool:
        keys = self._keys(grant.scheduler)
        with translated():
            cancelled = self._write(
                keys=[keys.running, keys.operation(grant.operation), keys.history(grant.operation)],
                args=[grant.token, event, *_flat(written)],
            )
        return bool(cancelled)

    def commit(self, grant: Grant) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            committed = self._commit(
                keys=[keys.running, keys.operation(grant.operation)], args=[grant.token]
            )
        if not committed:
            raise errors.Cancelled(f"operation {grant.operation} was cancelled")

    def park(self, grant: Grant, *, until: datetime.datetime, wake_on_rooms: bool) -> None:
        keys = self._keys(grant.scheduler)
        with translated():
            self._park(
                keys=[
                    keys.running, keys.lease, keys.parked, keys.wakeful, keys.generation,
                    keys.operation(grant.operation),
                ],
                args=[grant.token, grant.operation, records.micros(until), int(wake_on_rooms)],
            )  # fmt: skip

    def finish(
        self, grant: Grant, status: OperationStatus, definition: Definition, *, event: str
    ) -> None:
        keys = self._keys(grant.scheduler)
        is_finished = status is OperationStatus.FINISHED
        keep = definition.leaves_record or not is_finished
        with translated():
            ended = self._finish(
                keys=[
                    keys.running, keys.lease, keys.operation(grant.operation),
                    keys.history(grant.operation), keys.open, keys.final,
                ],
                args=[
                    grant.token, grant.operation, status,
                    json.dumps(documents.operation_input(definition)), event, int(keep),
                    int(is_finished),
                ],
            )  # fmt: skip
        if not ended:
            raise errors.Cancelled(f"operation {grant.operation} was cancelled")

    # Reading

    def get(self, scheduler: str, operation: str) -> Operation:
        keys = self._keys(scheduler)
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.hgetall(keys.operation(operation))
            pipe.lrange(keys.history(operation), 0, -1)
            record, history = pipe.execute()
        if not record:
            raise errors.NotFound(f"operation {operation} not found in scheduler {scheduler}")
        return records.operation(scheduler, record, history)

    def page(
        self, scheduler: str, stage: Stage, *, descending: bool, offset: int = 0, limit: int
    ) -> tuple[list[Operation], int]:
        keys = self._keys(scheduler)
        if stage is not Stage.FINAL:
            found = [each for each in self._open(keys, scheduler) if _stage(each) is stage]
            found.sort(key=lambda each: (each.created_at, each.id), reverse=descending)
            return found[offset : offset + limit], len(found)
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.zrange(keys.final, offset, offset + limit - 1, desc=descending)
            pipe.zcard(keys.final)
            ids, total = pipe.execute()
        return self._read(keys, scheduler, ids), int(total)

    def _open(self, keys: Keys, scheduler: str) -> list[Operation]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.hkeys(keys.open)
            pipe.hget(keys.running, "operation")
            pipe.pttl(keys.lease)
            ids, running, ttl_ms = pipe.execute()
        leased = {running: int(ttl_ms)} if running and int(ttl_ms) > 0 else {}
        return self._read(keys, scheduler, ids, leased)

    def _read(
        self,
        keys: Keys,
        scheduler: str,
        ids: Sequence[str],
        leased: Mapping[str, int] | None = None,
    ) -> list[Operation]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for operation in ids:
                pipe.hgetall(keys.operation(operation))
            pipe.time()
            *found, (seconds, micros) = pipe.execute()
        now = records.moment(int(seconds) * 1_000_000 + int(micros))
        ends = {
            operation: now + datetime.timedelta(milliseconds=ttl_ms)
            for operation, ttl_ms in (leased or {}).items()
        }
        return [
            records.operation(scheduler, record, lease_until=ends.get(record["id"]))
            for record in found
            if record
        ]

    def standing(self, schedulers: Sequence[str]) -> list[Standing]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for keys in map(self._keys, schedulers):
                pipe.hkeys(keys.open)
                pipe.hgetall(keys.running)
                pipe.exists(keys.lease)
                pipe.zrange(keys.parked, 0, -1, withscores=True)
            answers = iter(pipe.execute())
        return [
            standing
            for scheduler in schedulers
            for standing in self._standing(
                scheduler, next(answers), next(answers), next(answers), dict(next(answers))
            )
        ]

    def _standing(
        self,
        scheduler: str,
        ids: Sequence[str],
        running: Mapping[str, str],
        is_leased: int,
        parked: Mapping[str, float],
    ) -> Iterable[Standing]:
        found = self._with_histories(self._keys(scheduler), scheduler, ids, only_last=True)
        for operation in sorted(found, key=lambda each: (each.created_at, each.id)):
            if operation.id == running.get("operation"):
                yield Standing(
                    operation=operation,
                    doing=Doing.RUNNING if is_leased else Doing.SILENT,
                    worker=running["worker"],
                    since=records.moment(running["since"]),
                )
            elif operation.id in parked:
                until = records.moment(int(parked[operation.id]))
                yield Standing(operation=operation, doing=Doing.PARKED, until=until)
            else:
                yield Standing(operation=operation, doing=Doing.WAITING)

    # What ended

    def some(self, scheduler: str, operations: Sequence[str]) -> list[Operation]:
        return self._read(self._keys(scheduler), scheduler, operations)

    def ended(
        self,
        scheduler: str,
        *,
        after: datetime.datetime | None,
        descending: bool,
        offset: int,
        limit: int,
    ) -> Ended:
        keys = self._keys(scheduler)
        edge = "-inf" if after is None else records.micros(after)
        with translated():
            newer, first, shown, older = self._page_ended(
                keys=[keys.final, keys.operation_prefix],
                args=[edge, int(descending), offset, limit],
            )
        return Ended(
            page=[records.operation(scheduler, records.fields(flat)) for flat in shown if flat],
            first=first,
            newer=newer,
            older=[
                (id_, records.moment(created)) for id_, created in records.fields(older).items()
            ],
        )

    def settled(
        self, scheduler: str, *, keep: int, before: datetime.datetime, limit: int
    ) -> list[Operation]:
        keys = self._keys(scheduler)
        found: list[Operation] = []
        first = 0
        while len(found) < limit:
            with translated():
                # From the old end, as far as those that are kept.
                last = min(first + limit, self._client.zcard(keys.final) - keep) - 1
                if last < first:
                    break
                ids: Any = self._client.zrange(keys.final, first, last)
            read = self._with_histories(keys, scheduler, ids)
            found += [each for each in read if each.ended_at and each.ended_at < before]
            first = last + 1
        return found[:limit]

    def _with_histories(
        self, keys: Keys, scheduler: str, ids: Sequence[str], *, only_last: bool = False
    ) -> Iterable[Operation]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for operation in ids:
                pipe.hgetall(keys.operation(operation))
                pipe.lrange(keys.history(operation), -1 if only_last else 0, -1)
            answers = pipe.execute()
        for record, history in zip(answers[::2], answers[1::2], strict=True):
            if record:
                yield records.operation(scheduler, record, history)

    def drop(self, scheduler: str, operations: Sequence[str]) -> None:
        keys = self._keys(scheduler)
        with translated():
            self._drop(
                keys=[keys.final, keys.open, keys.operation_prefix, keys.history_prefix],
                args=list(operations),
            )

    def prune(self, scheduler: str) -> int:
        keys = self._keys(scheduler)
        with translated():
            pruned = self._prune(
                keys=[
                    keys.priority, keys.pending, keys.parked, keys.wakeful, keys.open,
                    keys.waiting, keys.final, keys.operation_prefix,
                ]
            )  # fmt: skip
        return int(pruned)

    def amounts_ended(self, schedulers: Sequence[str]) -> list[int]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                pipe.zcard(self._keys(scheduler).final)
            return [int(amount) for amount in pipe.execute()]

    # The sweep

    def work(self, schedulers: Sequence[str]) -> list[Work]:
        calls = [
            (
                [
                    keys.lease, keys.running, keys.priority, keys.pending, keys.parked,
                    keys.changes, keys.generation, keys.settings, keys.open, keys.claims,
                    keys.operation_prefix,
                ],
                [_BESIDE_PARKED, _UNDERSTOOD],
            )
            for keys in map(self._keys, schedulers)
        ]  # fmt: skip
        with translated():
            answers = scripts.call_each(self._client, self._inspect, calls)
        return [
            Work(
                scheduler=scheduler,
                operations=bool(operations),
                changes=bool(changes),
                generation=generation,
                check_due=bool(check_due),
            )
            for scheduler, (operations, changes, generation, check_due) in zip(
                schedulers, answers, strict=True
            )
        ]

    def may_hint(self, scheduler: str, *, ttl_s: float) -> bool:
        with translated():
            key = self._keys(scheduler).hinted
            return bool(self._client.set(key, "1", nx=True, px=records.millis(ttl_s)))

    def hint_taken(self, scheduler: str) -> None:
        with translated():
            self._client.delete(self._keys(scheduler).hinted)

    def forget(self, scheduler: str, *, keep: Collection[str] = ()) -> None:
        keys = self._keys(scheduler)
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.zrange(keys.rooms, 0, -1)
            pipe.zrange(keys.final, 0, -1)
            pipe.hkeys(keys.open)
            rooms, final, open_ = pipe.execute()
        operations = {*final, *open_} - set(keep)
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.unlink(*keys.everything(rooms=rooms, operations=operations))
            if operations:
                pipe.zrem(keys.final, *operations)
                pipe.hdel(keys.open, *operations)
            pipe.execute()


def _served(text: str) -> Served:
    return Served(tuple(json.loads(text)))


def _renewal(answer: Any) -> Renewal:
    if not isinstance(answer, Exception):
        return Renewal(answer)
    try:
        with translated():
            raise answer
    except errors.Unavailable:
        return Renewal.UNKNOWN


def _flat(fields: Mapping[str, Any]) -> Iterable[Any]:
    for pair in fields.items():
        yield from pair


def _stage(operation: Operation) -> Stage:
    return Stage.PENDING if operation.status is OperationStatus.PENDING else Stage.ACTIVE
