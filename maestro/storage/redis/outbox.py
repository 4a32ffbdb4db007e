"""The outbox in Redis: events that wait for forwarders, and those that nobody took."""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis
import structlog

from maestro import errors
from maestro.domain.forwarding.events import terminated
from maestro.domain.schedulers import Forwarder
from maestro.metrics import REDIS_FAILS, REDIS_SECONDS
from maestro.metrics.timing import timed
from maestro.ports.events import (
    Audience,
    Batch,
    DeadLetter,
    Entry,
    Exchange,
    Hold,
    OutboxState,
    Ref,
)
from maestro.storage.redis import events, records, scripts
from maestro.storage.redis import keys as names
from maestro.storage.redis.keys import Keys
from maestro.storage.redis.translation import translated

log = structlog.get_logger(__name__)

#: What the keys of resyncs begin with: each room has one.
_RESYNC = "r/"


@timed(REDIS_SECONDS, REDIS_FAILS, "outbox-storage")
class RedisOutbox:
    """The Outbox of production."""

    def __init__(
        self, client: redis.Redis, *, prefix: str, letters_limit: int, letters_age_s: float
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._letters_limit = letters_limit
        self._letters_age_us = round(letters_age_s * 1_000_000)
        self._attend = scripts.register(client, "attend")
        self._renew = scripts.register(client, "renew_hold")
        self._resign = scripts.register(client, "resign_leadership")
        self._exchange = scripts.register(client, "exchange_outbox")
        self._bury = scripts.register(client, "bury_letters")
        self._replay = scripts.register(client, "replay_letters")
        #: Lists of forwarders never change; scheduler and number → game and forwarders.
        self._lists: dict[tuple[str, str], tuple[str, tuple[Forwarder, ...]]] = {}

    def _keys(self, scheduler: str) -> Keys:
        return Keys(self._prefix, scheduler)

    def audience(self, scheduler: str, room: str) -> Audience:
        keys = self._keys(scheduler)
        with translated(), self._client.pipeline(transaction=False) as pipe:
            pipe.hmget(keys.settings, ["uid", "game", "forwarders"])
            pipe.hgetall(f"{keys.outbox}lists")
            pipe.hgetall(keys.room(room))
            (uid, game, number), lists, record = pipe.execute()
        if uid is None:
            raise errors.NotFound(f"scheduler {scheduler} not found")
        forwarders = events.audience(lists[number])[1] if number else ()
        known = records.room(scheduler, record) if record else None
        return Audience(game=game, forwarders=forwarders, room=known)

    # Who drains

    def to_drain(self) -> list[str]:
        with translated():
            members: Any = self._client.smembers(names.schedulers(self._prefix))
            every: list[str] = sorted(members)
            with self._client.pipeline(transaction=False) as pipe:
                for scheduler in every:
                    keys = self._keys(scheduler)
                    pipe.hget(keys.settings, "forwarders")
                    pipe.exists(f"{keys.outbox}entries")
                found = pipe.execute()
        told = zip(every, found[::2], found[1::2], strict=True)
        return [scheduler for scheduler, forwarders, entries in told if forwarders or entries]

    def attend(self, process: str, *, ttl_s: float) -> int:
        with translated():
            key, ttl_us = names.draining(self._prefix), round(ttl_s * 1_000_000)
            return len(self._attend(keys=[key], args=[process, ttl_us]))

    def leave(self, process: str) -> None:
        with translated():
            self._client.zrem(names.draining(self._prefix), process)

    def hold(self, scheduler: str, process: str, *, ttl_s: float) -> Hold | None:
        token = f"{process}:{secrets.token_hex(8)}"
        with translated():
            taken = self._client.set(
                self._keys(scheduler).outbox_lease, token, nx=True, px=records.millis(ttl_s)
            )
        return Hold(scheduler=scheduler, token=token) if taken else None

    def renew(self, holds: Sequence[Hold], *, ttl_s: float) -> list[bool]:
        calls = [
            ([self._keys(hold.scheduler).outbox_lease], [hold.token, records.millis(ttl_s)])
            for hold in holds
        ]
        with translated():
            return [bool(each) for each in scripts.call_each(self._client, self._renew, calls)]

    def release(self, hold: Hold) -> None:
        with translated():
            self._resign(keys=[self._keys(hold.scheduler).outbox_lease], args=[hold.token])

    # What waits

    def exchange(self, exchanges: Sequence[Exchange]) -> list[Batch | None]:
        calls = [self._call(exchange) for exchange in exchanges]
        with translated():
            answers = scripts.call_each(self._client, self._exchange, calls)
            return [
                self._batch(exchange.hold.scheduler, answer) if answer else None
                for exchange, answer in zip(exchanges, answers, strict=True)
            ]

    def _call(self, exchange: Exchange) -> tuple[list[str], list[Any]]:
        keys = self._keys(exchange.hold.scheduler)
        done = [text for ref in exchange.done for text in (ref.key, ref.number)]
        partly = [
            text
            for ref, heard in exchange.partly.items()
            for text in (ref.key, ref.number, json.dumps(list(heard)))
        ]
        head = [exchange.hold.token, exchange.after, exchange.limit, len(exchange.done)]
        return [keys.outbox_lease, keys.settings, keys.outbox], [*head, *done, *partly]

    def _batch(self, scheduler: str, answer: Sequence[Any]) -> Batch:
        now, read_to, *flat = answer
        return Batch(
            entries=self._entries(scheduler, flat),
            read_to=int(read_to),
            now=records.moment(now),
        )

    def _entries(self, scheduler: str, flat: Sequence[Any]) -> list[Entry]:
        """Entries from key, number, text, and who heard of it, in turn."""
        rows = [
            (Ref(key=key, number=int(number)), json.loads(text), json.loads(partly or "{}"))
            for key, number, text, partly in zip(*[iter(flat)] * 4, strict=True)
            if text
        ]
        self._learn(scheduler, {str(number) for _, row, _ in rows if (number := row.get("list"))})
        return [self._readable(scheduler, *row) for row in rows]

    def _readable(
        self, scheduler: str, ref: Ref, document: Mapping[str, Any], partly: Mapping[str, Any]
    ) -> Entry:
        """The entry; one that nobody can read is for nobody, as it must not hold up the others."""
        try:
            return self._entry(scheduler, ref, document, partly)
        except (KeyError, TypeError, ValueError):
            log.exception("event_unreadable", scheduler=scheduler, entry=ref.key)
            return Entry(ref=ref, event=terminated(room="", game=""), forwarders=())

    def _learn(self, scheduler: str, numbers: Iterable[str]) -> None:
        new = [number for number in numbers if (scheduler, number) not in self._lists]
        if new:
            texts: Any = self._client.hmget(f"{self._keys(scheduler).outbox}lists", new)
            for number, text in zip(new, texts, strict=True):
                self._lists[scheduler, number] = events.audience(text) if text else ("", ())

    def _entry(
        self, scheduler: str, ref: Ref, document: Mapping[str, Any], partly: Mapping[str, Any]
    ) -> Entry:
        number = events.list_of(document)
        game, forwarders = (
            self._lists[scheduler, number] if number else ("", events.own_forwarders(document))
        )
        heard = partly["names"] if partly.get("number") == ref.number else ()
        return Entry(
            ref=ref,
            event=events.event(document, game),
            forwarders=forwarders,
            heard=frozenset(heard),
            replaceable=ref.key.startswith(_RESYNC),
        )

    def waiting(self, scheduler: str) -> list[Entry]:
        outbox = self._keys(scheduler).outbox
        with translated():
            with self._client.pipeline(transaction=True) as pipe:
                pipe.zrange(f"{outbox}resyncs", 0, -1, withscores=True)
                pipe.zrange(f"{outbox}events", 0, -1, withscores=True)
                pipe.hgetall(f"{outbox}entries")
                pipe.hgetall(f"{outbox}partly")
                resyncs, others, texts, partly = pipe.execute()
            found = sorted([*resyncs, *others], key=lambda each: each[1])
            flat = [
                part
                for key, number in found
                for part in (key, number, texts.get(key), partly.get(key))
            ]
            return self._entries(scheduler, flat)

    def states(self, schedulers: Sequence[str]) -> list[OutboxState]:
        with translated(), self._client.pipeline(transaction=False) as pipe:
            for scheduler in schedulers:
                outbox = self._keys(scheduler).outbox
                pipe.hlen(f"{outbox}entries")
                pipe.get(f"{outbox}dropped")
            found = pipe.execute()
        return [
            OutboxState(length=length, dropped=int(dropped or 0))
            for length, dropped in zip(found[::2], found[1::2], strict=True)
        ]

    # Dead letters

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        if not letters:
            return
        texts = [
            part
            for letter in letters
            for part in (events.letter_id(letter), events.letter_text(letter))
        ]
        with translated():
            self._bury(
                keys=self._letter_keys(), args=[self._letters_limit, self._letters_age_us, *texts]
            )

    def letters(self, scheduler: str) -> list[DeadLetter]:
        ids = [each for each in self._letter_ids() if _scheduler_of(each) == scheduler]
        if not ids:
            return []
        with translated():
            texts: Any = self._client.hmget(names.letters(self._prefix), ids)
        return [events.letter(text) for text in texts if text]

    def letter_counts(self) -> Mapping[str, int]:
        return Counter(map(_scheduler_of, self._letter_ids()))

    def _letter_ids(self) -> list[str]:
        with translated():
            # Burying nothing forgets what is too old.
            self._bury(keys=self._letter_keys(), args=[self._letters_limit, self._letters_age_us])
            return self._client.zrange(names.letter_times(self._prefix), 0, -1)  # type: ignore[return-value]

    def _letter_keys(self) -> list[str]:
        return [names.letters(self._prefix), names.letter_times(self._prefix)]

    def replay(self, letters: Sequence[DeadLetter]) -> None:
        by_scheduler: dict[str, list[DeadLetter]] = {}
        for letter in letters:
            by_scheduler.setdefault(letter.scheduler, []).append(letter)
        for scheduler, its in by_scheduler.items():
            keys = self._keys(scheduler)
            with translated():
                waits = self._replay(
                    keys=[keys.settings, keys.outbox], args=list(map(events.entry_text, its))
                )
            if not waits:
                raise errors.NotFound(f"scheduler {scheduler} not found")
            ids = list(map(events.letter_id, its))
            # Only now: what is interrupted in between is told twice, and not never.
            with translated(), self._client.pipeline(transaction=True) as pipe:
                pipe.hdel(names.letters(self._prefix), *ids)
                pipe.zrem(names.letter_times(self._prefix), *ids)
                pipe.execute()


def _scheduler_of(letter_id: str) -> str:
    return letter_id.partition("/")[0]
