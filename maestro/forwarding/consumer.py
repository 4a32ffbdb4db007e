"""
Drains outboxes: reads what waits, has it delivered, and takes out what was heard of.

Each outbox is drained by one process at a time, by lease. What is told and not yet taken out when
a process dies is told again by the next one: at least once, in order per room and forwarder.
"""

import dataclasses
import logging
import math
import threading
from collections.abc import Iterator

import structlog

from maestro import errors, metrics
from maestro.domain.forwarding import answers
from maestro.forwarding import breaker
from maestro.forwarding.burials import Burials
from maestro.forwarding.dispatcher import Dispatcher, Outcome
from maestro.forwarding.lanes import Drain, Lane
from maestro.ports.clock import Clock
from maestro.ports.events import Batch, Exchange, Forwarders, Outbox

log = structlog.get_logger(__name__)

#: Seconds between looks at which outboxes there are, and who drains them.
CLAIM_EVERY_S = 1.0
#: Seconds until the next attempt when the store is away.
AWAY_S = 0.5
#: Seconds within which a turn ends even when the store is slow to say that it is away.
STUCK_S = 120.0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much is done at once, and how much trouble is tolerated."""

    lease_ttl_s: float
    renewal_s: float
    #: Between reads while little happens.
    poll_s: float
    #: Entries per read, and those in memory per scheduler and forwarder.
    batch: int
    held: int
    #: Refusals after which an event is a dead letter, and the age at which it is one in any case.
    refusals: int
    age_s: float
    #: Between attempts in one lane.
    retry_first_s: float = 0.5
    retry_longest_s: float = 30.0


class Consumer:
    """Drains its share of all outboxes."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        forwarders: Forwarders,
        clock: Clock,
        process: str,
        concurrency: int,
        limits: Limits,
    ) -> None:
        self._outbox = outbox
        self._forwarders = forwarders
        self._dispatcher = Dispatcher(forwarders, concurrency=concurrency)
        self._clock = clock
        self._process = process
        self._limits = limits
        self._drains: dict[str, Drain] = {}
        self._burials = Burials(outbox, clock)
        self._claim_at = self._renew_at = self._exchange_at = 0.0
        #: What the clock of the store shows when ours shows 0.
        self._store_zero_s = 0.0
        self._alive_at = clock.monotonic()

    def is_stuck(self) -> bool:
        """Whether nothing was done for long, not even nothing."""
        return self._clock.monotonic() - self._alive_at > STUCK_S

    def drained(self) -> list[str]:
        """Whose outboxes this one drains."""
        return [drain.scheduler for drain in list(self._drains.values()) if not drain.leaving]

    # Life

    def run(self, stopping: threading.Event, *, stop_timeout_s: float) -> None:
        """Work until told to stop; what was begun then gets some time to end."""
        while not stopping.is_set():
            self.turn()
        self._end(stop_timeout_s)

    def turn(self) -> None:
        """Do what is due, then wait for answers, but not for long."""
        self._alive_at = now = self._clock.monotonic()
        try:
            if now >= self._claim_at:
                self._claim_at = now + CLAIM_EVERY_S
                self._claim(now)
            if now >= self._exchange_at:
                self._exchange(now)
        except errors.Unavailable as error:
            log.warning("outboxes_not_reached", reason=str(error))
            self._claim_at = self._exchange_at = self._clock.monotonic() + AWAY_S
        now = self._clock.monotonic()
        self._dispatcher.begin(now)
        self._collect(now)

    def _collect(self, now: float) -> None:
        due = min(self._claim_at, self._exchange_at, self._dispatcher.next_time(now))
        for outcome in self._dispatcher.collect(due - now, self._clock.monotonic):
            self._conclude(outcome)
        if sum(drain.settled for drain in self._drains.values()) >= self._limits.batch:
            self._exchange_at = 0.0

    def _end(self, timeout_s: float) -> None:
        deadline = self._clock.monotonic() + timeout_s
        for drain in self._drains.values():
            drain.leaving = True
        try:
            while self._drains and self._clock.monotonic() < deadline:
                now = self._clock.monotonic()
                self._exchange(now)
                self._renew(now)
                self._let_go()
                for outcome in self._dispatcher.collect(
                    self._limits.poll_s if self._drains else 0, self._clock.monotonic
                ):
                    self._conclude(outcome)
            for drain in self._drains.values():
                self._outbox.release(drain.hold)
            self._outbox.leave(self._process)
        except errors.Unavailable as error:
            log.warning("outboxes_not_released", reason=str(error))
        self._forwarders.close()

    # Which outboxes

    def _claim(self, now: float) -> None:
        """Take a fair share of the outboxes, and give back what is more. Raises Unavailable."""
        for drain in [each for each in self._drains.values() if now >= each.until]:
            self._lose(drain)
        processes = self._outbox.attend(self._process, ttl_s=self._limits.lease_ttl_s)
        wanted = self._outbox.to_drain()
        share = math.ceil(len(wanted) / max(processes, 1))
        self._renew(now)
        kept = [each for each in self._drains.values() if each.scheduler in wanted][:share]
        for drain in self._drains.values():
            drain.leaving = drain.leaving or drain not in kept
        self._let_go()
        for scheduler in wanted:
            if len(self._drains) < share and scheduler not in self._drains:
                self._take(scheduler)
        self._bury_aged(now)
        metrics.OUTBOXES_HELD.set(len(self._drains))

    def _take(self, scheduler: str) -> None:
        asked_at = self._clock.monotonic()
        ttl_s = self._limits.lease_ttl_s
        hold = self._outbox.hold(scheduler, self._process, ttl_s=ttl_s)
        if hold:
            self._drains[scheduler] = Drain(hold, until=asked_at + ttl_s, most=self._limits.held)
            log.info("outbox_taken", scheduler=scheduler)

    def _renew(self, now: float) -> None:
        if now < self._renew_at:
            return
        self._renew_at = now + self._limits.renewal_s
        drains = list(self._drains.values())
        ttl_s = self._limits.lease_ttl_s
        renewed = (
            self._outbox.renew([drain.hold for drain in drains], ttl_s=ttl_s) if drains else []
        )
        for drain, is_ours in zip(drains, renewed, strict=True):
            if is_ours:
                drain.until = now + ttl_s
            else:
                self._lose(drain)

    def _let_go(self) -> None:
        """Give back what is to be given back and has nothing under way."""
        for drain in list(self._drains.values()):
            if drain.leaving and not drain.busy and not drain.settled:
                del self._drains[drain.scheduler]
                drain.closed = True
                self._outbox.release(drain.hold)
                metrics.forget_events(drain.scheduler)
                log.info("outbox_released", scheduler=drain.scheduler)

    def _lose(self, drain: Drain) -> None:
        drain.closed = True
        if self._drains.get(drain.scheduler) is drain:
            del self._drains[drain.scheduler]
            metrics.forget_events(drain.scheduler)
            log.info("outbox_lost", scheduler=drain.scheduler)

    # Reading and settling

    def _exchange(self, now: float) -> None:
        """Take out what is done and read what is new, all in one round trip."""
        for lane in self._burials.bury():
            self._dispatcher.offer(lane, now)
        drains = list(self._drains.values())
        # Many outboxes are read less often, so that looking does not become the work.
        self._exchange_at = now + max(self._limits.poll_s, len(drains) / 1000)
        if not drains:
            return
        requests = [request for drain in drains for request in self._requests(drain, now)]
        batches = self._outbox.exchange([exchange for _, _, exchange in requests])
        for (drain, behind, exchange), batch in zip(requests, batches, strict=True):
            if batch is None:
                self._lose(drain)
            else:
                self._read(drain, behind, exchange, batch, now)

    def _requests(self, drain: Drain, now: float) -> Iterator[tuple[Drain, str, Exchange]]:
        """What is to be settled and read, and what is read for forwarders that are behind."""
        done, partly = drain.report(now, most=self._limits.batch)
        limit = 0 if drain.leaving else self._limits.batch
        everybody = Exchange(
            hold=drain.hold, after=drain.after, limit=limit, done=done, partly=partly
        )
        yield drain, "", everybody
        if not drain.leaving:
            for name, after in drain.catching_up().items():
                yield drain, name, Exchange(hold=drain.hold, after=after, limit=limit)

    def _read(
        self, drain: Drain, behind: str, exchange: Exchange, batch: Batch, now: float
    ) -> None:
        self._store_zero_s = batch.now.timestamp() - self._clock.monotonic()
        is_full = exchange.limit > 0 and len(batch.entries) >= exchange.limit
        if behind:
            lanes = drain.catch_up(behind, batch.entries, to=batch.read_to, whole=not is_full)
        else:
            drain.reported(exchange.done, exchange.partly)
            lanes = drain.read(batch.entries, to=batch.read_to)
        for lane in lanes:
            self._dispatcher.offer(lane, now)
        if is_full or drain.settled:
            self._exchange_at = now

    # Answers

    def _conclude(self, outcome: Outcome) -> None:
        lane, drain = outcome.lane, outcome.lane.drain
        if drain.closed:
            return
        now = self._clock.monotonic()
        answer = outcome.answer
        if answer is not None and answer.taken:
            lane.failures = 0
            metrics.OUTBOX_LAG.labels(drain.scheduler).observe(max(0.0, self._age_s(lane, now)))
            drain.settle(lane, now)
        elif outcome.pending.replaced:
            drain.drop_replaced(lane)
            self._delay(lane, now)
        elif answer is None:
            self._give_up(lane, outcome.reason, now)
        else:
            self._fail(lane, answer, now)
        self._dispatcher.offer(lane, now)

    def _fail(self, lane: Lane, answer: answers.Answer, now: float) -> None:
        # That it cannot be reached says nothing of the event: only its age counts then, and how
        # long to wait is the breaker's business.
        lane.refusals += answer.reached
        self._delay(lane, now, longest_s=None if answer.reached else breaker.LONGEST_S)
        reason = answers.failure(lane.forwarder, answer)
        log.log(
            logging.WARNING if lane.failures == 1 else logging.DEBUG,
            "event_not_delivered",
            scheduler=lane.drain.scheduler,
            room=lane.room,
            reason=reason,
            failures=lane.failures,
        )
        if lane.refusals >= self._limits.refusals or self._is_aged(lane, now):
            self._give_up(lane, reason, now)

    def _delay(self, lane: Lane, now: float, *, longest_s: float | None = None) -> None:
        limits = self._limits
        longest_s = min(limits.retry_longest_s, longest_s or limits.retry_longest_s)
        lane.due = now + breaker.backoff(
            lane.failures, first_s=limits.retry_first_s, longest_s=longest_s
        )
        lane.failures += 1

    # Giving up

    def _age_s(self, lane: Lane, now: float) -> float:
        return self._store_zero_s + now - lane.first.number / 1_000_000

    def _is_aged(self, lane: Lane, now: float) -> bool:
        return self._age_s(lane, now) > self._limits.age_s

    def _bury_aged(self, now: float) -> None:
        """Also what never was called, because its address is away."""
        for drain in self._drains.values():
            for lane in drain.lanes():
                if not lane.busy and self._is_aged(lane, now):
                    self._give_up(lane, "too old", now)

    def _give_up(self, lane: Lane, reason: str, now: float) -> None:
        self._burials.give_up(lane, reason)
        self._exchange_at = min(self._exchange_at, now)
