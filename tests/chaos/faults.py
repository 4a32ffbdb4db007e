"""What may happen to a site. Each fault knows when its cause is over, and how to mend the rest."""

import dataclasses
import random
import threading
from collections.abc import Callable

import redis

from tests.chaos.site import LEASE_S, Site


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something that goes wrong."""

    name: str
    #: `kill` or `cut`, as they are counted.
    sort: str
    weight: int
    #: Returns when its cause is over: when nothing but time is needed for everything to go on.
    strike: Callable[[], None]
    #: Brings back what is not needed for that.
    mend: Callable[[], None] = lambda: None


class Faults:
    """Chooses what goes wrong next."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        self._site = site
        self._chance = chance

    def next(self) -> Fault:
        """One of them, the likelier ones more often."""
        kinds = [
            self._kill_worker, self._kill_most_workers, self._kill_all_workers,
            self._freeze_worker, self._stop_worker, self._kill_other,
            self._kill_redis, self._stop_postgres, self._freeze_postgres, self._cut_connections,
        ]  # fmt: skip
        found = [kind() for kind in kinds]
        (fault,) = self._chance.choices(found, weights=[each.weight for each in found])
        return fault

    def _wait(self, most_s: float, *, at_least_s: float = 0) -> None:
        threading.Event().wait(at_least_s + self._chance.random() * (most_s - at_least_s))

    # Workers

    def _kill_worker(self) -> Fault:
        worker = self._chance.choice(self._site.workers)
        return Fault(
            name=f"kill {worker}", sort="kill", weight=6,
            strike=lambda: self._site.kill_module(worker),
            mend=lambda: self._site.start_module(worker),
        )  # fmt: skip

    def _kill_most_workers(self) -> Fault:
        victims = self._chance.sample(self._site.workers, len(self._site.workers) - 1)
        return self._kill_several("kill most workers", victims, weight=2)

    def _kill_all_workers(self) -> Fault:
        def strike() -> None:
            for worker in self._site.workers:
                self._site.kill_module(worker)
            for worker in self._site.workers:
                self._site.start_module(worker)

        return Fault(name="kill all workers", sort="kill", weight=1, strike=strike)

    def _kill_several(self, name: str, victims: list[str], *, weight: int) -> Fault:
        def strike() -> None:
            for worker in victims:
                self._site.kill_module(worker)

        def mend() -> None:
            for worker in victims:
                self._site.start_module(worker)

        return Fault(name=name, sort="kill", weight=weight, strike=strike, mend=mend)

    def _freeze_worker(self) -> Fault:
        worker = self._chance.choice(self._site.workers)

        def strike() -> None:
            self._site.freeze_module(worker)
            self._wait(2.5 * LEASE_S, at_least_s=LEASE_S + 0.5)
            self._site.thaw()

        return Fault(name=f"freeze {worker}", sort="kill", weight=4, strike=strike)

    def _stop_worker(self) -> Fault:
        worker = self._chance.choice(self._site.workers)

        def strike() -> None:
            self._site.terminate_module(worker)

        return Fault(
            name=f"stop {worker}", sort="kill", weight=2, strike=strike,
            mend=lambda: self._site.start_module(worker),
        )  # fmt: skip

    def _kill_other(self) -> Fault:
        module = self._chance.choice(["management-api", "rooms-api", "runtime-watcher", "beat"])

        def strike() -> None:
            self._site.kill_module(module)
            self._wait(1)
            self._site.start_module(module)

        return Fault(name=f"kill {module}", sort="kill", weight=5, strike=strike)

    # Stores

    def _kill_redis(self) -> Fault:
        def strike() -> None:
            self._site.kill_redis()
            self._wait(2)
            self._site.start_redis()

        return Fault(name="kill redis", sort="kill", weight=3, strike=strike)

    def _stop_postgres(self) -> Fault:
        def strike() -> None:
            self._site.stop_postgres()
            self._wait(4, at_least_s=1)
            self._site.start_postgres()

        return Fault(name="stop postgres", sort="cut", weight=2, strike=strike)

    def _freeze_postgres(self) -> Fault:
        def strike() -> None:
            self._site.freeze_postgres()
            self._wait(5, at_least_s=2)
            self._site.thaw()

        return Fault(name="freeze postgres", sort="cut", weight=2, strike=strike)

    def _cut_connections(self) -> Fault:
        def strike() -> None:
            with redis.Redis.from_url(self._site.settings().redis_url) as client:
                client.client_kill_filter(_type="normal", skipme=True)
                client.client_kill_filter(_type="pubsub", skipme=True)

        return Fault(name="cut connections", sort="cut", weight=5, strike=strike)
