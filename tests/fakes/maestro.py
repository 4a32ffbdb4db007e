"""All of Maestro on fakes: the real services, executors and watcher, without a process."""

import threading
from typing import Any

from maestro.bootstrap import Maestro
from maestro.config import Settings
from maestro.domain import health
from maestro.domain.operations import Definition, Operation
from maestro.domain.schedulers import Scheduler
from maestro.ports.storage import Ping
from maestro.queue.waiting import UnknownBroker
from maestro.services.execution import Execution
from tasks.execution import executors
from tests import make
from tests.fakes.archive import FakeArchive
from tests.fakes.changes import FakeChanges
from tests.fakes.clock import FakeClock
from tests.fakes.forwarders import FakeForwarders
from tests.fakes.hints import FakeHints
from tests.fakes.operations import FakeOperations
from tests.fakes.outbox import FakeOutbox
from tests.fakes.ports import FakePorts
from tests.fakes.reports import FakeReports
from tests.fakes.rooms import FakeRooms
from tests.fakes.runtime import FakeRuntime
from tests.fakes.schedulers import FakeSchedulers
from tests.fakes.world import World


class FakeMaestro(Maestro):
    """One process that is everything: API, worker and watcher."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(Settings(**settings))
        self.fake_clock = FakeClock()
        self.world = World(self.fake_clock)
        self.fake_runtime = FakeRuntime()
        self.fake_hints = FakeHints()
        self.clock = self.fake_clock
        self.schedulers = FakeSchedulers(self.world)
        self.operations = FakeOperations(self.world)
        self.archive = FakeArchive(self.world)
        self.rooms = self.impatient_rooms = FakeRooms(self.world)
        self.changes = FakeChanges(self.world)
        self.ports = FakePorts(self.world)
        self.outbox = FakeOutbox(self.world)
        self.reports = FakeReports(self.fake_clock)
        self.broker = UnknownBroker()
        self.runtime = self.fake_runtime
        self.hints = self.fake_hints
        self.fake_forwarders = FakeForwarders()
        self.forwarders = self.fake_forwarders

    def worker(self, name: str = "worker", **options: Any) -> Execution:
        """A worker of its own; all share the stores."""
        return Execution(
            store=self.operations,
            executors=executors(self),
            leases=self.leases,
            dispatch=self.dispatch,
            clock=self.clock,
            worker=name,
            limits=self.limits,
            **options,
        )

    def enqueue(self, definition: Definition, scheduler: Scheduler | None = None) -> Operation:
        """Have something done to a scheduler; returns the operation."""
        scheduler = scheduler or make.scheduler()
        operation = self.dispatch.new(scheduler.name, scheduler.uid, definition)
        self.dispatch.enqueue(operation)
        return operation

    def look(self, scheduler: str = "arena") -> None:
        """Let the watcher list once, and apply what it learned."""
        stopping = threading.Event()
        stopping.set()
        # A list tells nothing of what was created in the very same moment.
        self.fake_clock.advance(0.001)
        self.watcher.follow(stopping)
        while self.changes.apply(scheduler, limit=100).more:
            pass

    def settle(self, scheduler: str = "arena", *, rounds: int = 10) -> None:
        """Work everything off, and look at the rooms, until nothing happens any more."""
        worker = self.worker()
        for _ in range(rounds):
            while worker.run_next(scheduler):
                pass
            self.look(scheduler)
            self.sweep.once()
            if not self.operations.open_kinds(scheduler):
                return

    def pass_time(self, seconds: float) -> None:
        """Let time pass in which pings could be accepted."""
        self.rooms.accepting()
        while seconds > 0:
            self.fake_clock.advance(min(seconds, health.ACCEPTING_EVERY_S))
            self.rooms.accepting()
            seconds -= health.ACCEPTING_EVERY_S

    def ping_all(self, scheduler: str = "arena") -> None:
        """Let every room say that it is ready."""
        for room in self.rooms.all(scheduler):
            self.ping(room.id, scheduler=scheduler)

    def ping(self, room: str, ping: Ping | None = None, *, scheduler: str = "arena") -> None:
        """Let one room say something."""
        self.rooms.ping(scheduler, room, ping or make.ping())

    def deliver(self, seconds: float = 0.2) -> None:
        """Let forwarders be told, for a while."""
        turns = 5
        for _ in range(turns):
            self.consumer.turn()
            self.fake_clock.advance(seconds / turns)

    def statuses(self, scheduler: str = "arena") -> list[str]:
        """The statuses of all rooms, sorted."""
        return sorted(room.status for room in self.rooms.all(scheduler))

    def history(self, operation: str, scheduler: str = "arena") -> list[str]:
        """The events of an operation."""
        return [event.event for event in self.operations.get(scheduler, operation).history]
