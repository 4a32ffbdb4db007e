"""
Begins calls: as many at once as an address may have, of lanes in the order in which they asked.

Used by one thread; the answers come from others and are collected by it.
"""

import dataclasses
import heapq
import itertools
import queue
from collections import deque
from collections.abc import Callable, Iterator

import structlog

from maestro import errors
from maestro.domain.forwarding import messages
from maestro.domain.forwarding.answers import Answer
from maestro.forwarding.breaker import Breaker
from maestro.forwarding.lanes import Lane, Pending
from maestro.ports.events import Call, Forwarders

log = structlog.get_logger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call, or why there could be none."""

    lane: Lane
    pending: Pending
    address: str
    #: Whether it was the one call that tries whether the address is back.
    tried: bool
    answer: Answer | None
    reason: str = ""


class Address:
    """One address of forwarders, whoever's they are."""

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.in_flight = 0
        #: Lanes in line for a call.
        self.line: deque[Lane] = deque()


class Dispatcher:
    """All calls of a process."""

    def __init__(self, forwarders: Forwarders, *, concurrency: int) -> None:
        self._forwarders = forwarders
        self._concurrency = concurrency
        self._addresses: dict[str, Address] = {}
        self._later: list[tuple[float, int, Lane]] = []
        self._order = itertools.count()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()

    def offer(self, lane: Lane, now: float) -> None:
        """Have what is first in a lane delivered, as soon as that may be."""
        if lane.busy or lane.queued or not lane.waiting:
            return
        lane.queued = True
        if lane.due > now:
            heapq.heappush(self._later, (lane.due, next(self._order), lane))
        else:
            self._address(lane.target.address).line.append(lane)

    def _address(self, name: str) -> Address:
        if name not in self._addresses:
            self._addresses[name] = Address()
        return self._addresses[name]

    def begin(self, now: float) -> None:
        """Begin every call that may begin."""
        while self._later and self._later[0][0] <= now:
            lane = heapq.heappop(self._later)[2]
            lane.queued = False
            self.offer(lane, now)
        for name, address in list(self._addresses.items()):
            while (
                address.line
                and address.in_flight < self._concurrency
                and address.breaker.admits(now)
            ):
                lane = address.line.popleft()
                lane.queued = False
                self._begin(lane, name, address, now)
            if not address.line and not address.in_flight and not address.breaker.is_open:
                del self._addresses[name]

    def _begin(self, lane: Lane, name: str, address: Address, now: float) -> None:
        drain = lane.drain
        if lane.busy or not lane.waiting or drain.closed or drain.leaving or now >= drain.until:
            return
        target = lane.target
        if target.address != name:
            self.offer(lane, now)
            return
        pending, tried = lane.first, address.breaker.began()
        lane.busy = True
        drain.busy += 1
        address.in_flight += 1

        def then(answer: Answer | None, reason: str = "") -> None:
            self._outcomes.put(Outcome(lane, pending, name, tried, answer, reason))

        try:
            message = messages.message(pending.entry.event, target, scheduler=drain.scheduler)
        except errors.NotForwarded as error:
            then(None, str(error))
        except Exception as error:
            # One event that cannot be told must not hold up all others.
            log.exception("event_defect", scheduler=drain.scheduler, room=lane.room)
            then(None, f"unexpected {type(error).__name__}: {error}")
        else:
            call = Call(scheduler=drain.scheduler, forwarder=target, message=message)
            self._forwarders.begin(call, then)

    def next_time(self, now: float) -> float:
        """When `begin` may find something to do, at the latest, if nothing happens."""
        times = [self._later[0][0]] if self._later else []
        times += [
            address.breaker.opens_at()
            for address in self._addresses.values()
            if address.line and address.breaker.is_open
        ]
        return max(now, min(times, default=now + 3600))

    def collect(self, timeout_s: float, now: Callable[[], float]) -> Iterator[Outcome]:
        """What became of calls; waits for the first."""
        try:
            outcome = self._outcomes.get(timeout=max(timeout_s, 0.0005))
            while True:
                self._note(outcome, now())
                yield outcome
                outcome = self._outcomes.get_nowait()
        except queue.Empty:
            return

    def _note(self, outcome: Outcome, now: float) -> None:
        address = self._address(outcome.address)
        address.in_flight -= 1
        outcome.lane.busy = False
        outcome.lane.drain.busy -= 1
        if outcome.answer is None or outcome.answer.reached:
            address.breaker.succeeded()
        else:
            address.breaker.failed(now, tried=outcome.tried)
