"""
The runtime on one machine: rooms are processes, each with a keeper of its own, and what is known
of them is in files. Nothing runs here between calls; any number of processes may use a folder.
"""

import contextlib
import datetime
import pathlib
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence

from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import Instance, NewRoom
from maestro.domain.schedulers import Scheduler
from maestro.errors import AlreadyExists, RuntimeRefused, Unavailable, Violation
from maestro.metrics import RUNTIME_FAILS, RUNTIME_SECONDS
from maestro.metrics.timing import timed
from maestro.ports.runtime import InstanceChange, Listing
from maestro.runtime.local import (
    environment,
    instances,
    keepers,
    ledger,
    logs,
    orders,
    places,
    records,
    removal,
    rounds,
    rules,
    stopping,
    watching,
)


@timed(RUNTIME_SECONDS, RUNTIME_FAILS, "local", but={"violations", "watch_rooms"})
class LocalRuntime:
    """Rooms of one installation below a folder that other installations may use as well."""

    def __init__(
        self,
        folder: pathlib.Path,
        *,
        installation: str,
        rooms_api_url: str = "",
        host: str = "127.0.0.1",
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder.absolute()
        self._installation = installation
        self._rooms_api_url = rooms_api_url
        self._host = host
        self._wait = wait

    def violations(self, scheduler: Scheduler) -> list[Violation]:
        """What of `scheduler` cannot run as processes."""
        return list(rules.violations(scheduler))

    def create_scheduler(self, scheduler: Scheduler) -> None:
        """Make the folder of a scheduler."""
        place = self._place(scheduler.name)
        with self._turn():
            # Whoever removed the last room may have been killed just before this.
            places.remove_if_empty(place)
            known = records.scheduler_of(place)
            if known is None:
                place.mkdir(mode=0o700, exist_ok=True)
                ours = records.Scheduler(installation=self._installation, uid=scheduler.uid)
                records.write(place / records.SCHEDULER, ours._asdict())
            elif known.installation != self._installation:
                raise AlreadyExists(f"{place} belongs to another installation")
            elif known.is_deleted:
                raise Unavailable(f"{place} is still being deleted")
            elif known.uid != scheduler.uid:
                raise AlreadyExists(f"{place} belongs to another scheduler of that name")

    def delete_scheduler(self, name: str, *, uid: str) -> None:
        """End all rooms of a scheduler; its folder goes with the last of them."""
        place = self._place(name)
        with self._turn():
            known = records.scheduler_of(place)
            if known is None or (known.installation, known.uid) != (self._installation, uid):
                return
            records.write(place / records.SCHEDULER, known._replace(is_deleted=True)._asdict())
            places.remove_if_empty(place)
        with _translated():
            removal.end_all(places.below(place), reason="the scheduler is deleted")

    def create_room(self, room: NewRoom, scheduler: Scheduler) -> Instance:
        """Write down what is ordered, and start a keeper for it."""
        if broken := self.violations(scheduler):
            raise RuntimeRefused("; ".join(map(str, broken)))
        orders.warn_of_ignored_limits()
        wanted = orders.order(
            environment.Surroundings(
                installation=self._installation,
                room=room,
                scheduler=scheduler,
                uid=str(uuid.uuid4()),
                host=self._host,
                rooms_api_url=self._rooms_api_url,
                secrets=self._folder.parent / "secrets" / scheduler.name,
            ),
            now=_now(),
        )
        place = self._place(scheduler.name)
        with self._turn() as turn:
            orders.check_place(place, installation=self._installation, uid=scheduler.uid)
            order, state = orders.put(turn, place, wanted)
        if not (state.keeper or state.is_over):
            keepers.start(place / room.id)
        return instances.instance(order, state)

    def delete_room(
        self,
        scheduler: str,
        room: str,
        *,
        uid: str,
        grace_period_s: int,
        reason: RemovalReason | str,
        force: bool = False,
    ) -> bool:
        """Mark a room as deleted and tell its keeper; without a grace period there is none."""
        if not self._is_ours(scheduler) or not places.is_name(room):
            return False
        place = self._place(scheduler) / room
        with _translated():
            grace_s = 0 if force else grace_period_s
            return removal.end(place, uid=uid, grace_s=grace_s, reason=str(reason))

    def list_rooms(self) -> Listing:
        """All rooms, those included that ended without telling."""
        with _translated():
            self._prepare()
            self._go_round()
            _, version = ledger.bounds(self._folder)
            present = instances.present(self._folder, self._installation)
            found = [instances.instance(order, state) for order, state in present]
        return Listing(instances=found, resource_version=str(version))

    def watch_rooms(
        self, resource_version: str, *, timeout_s: float
    ) -> Generator[Sequence[InstanceChange], None, None]:
        """Look often whether something changed, and now and then whether a keeper was killed."""
        with _translated():
            self._prepare()
            yield from watching.Watch(
                self._folder,
                after=resource_version,
                installation=self._installation,
                go_round=self._go_round,
                wait=self._wait,
            ).changes(timeout_s)

    def protect_rooms(self, scheduler: str, *, uid: str, at_least: int) -> None:
        """Nobody but us ends processes of this machine."""

    def ports_in_use(self) -> frozenset[tuple[str, int]]:
        """Host ports of all rooms that are not over, of other installations too."""
        with _translated():
            return frozenset(
                (port["protocol"].lower(), port["port"])
                for order, state in instances.present(self._folder)
                if not state.is_over
                for port in order.ports
            )

    def logs(
        self, scheduler: str, room: str, *, container: str | None = None, follow: bool = False
    ) -> Iterator[str]:
        """The lines that a room printed; see `logs.read`."""
        with _translated():
            yield from logs.read(
                self._folder,
                scheduler,
                room,
                container=container,
                follow=follow,
                wait=self._wait,
            )

    def stop_all(self, timeout_s: float) -> None:
        """End and remove all rooms; what is not over in time is killed."""
        stopping.stop_all(
            self._folder, installation=self._installation, timeout_s=timeout_s, wait=self._wait
        )

    def _place(self, scheduler: str) -> pathlib.Path:
        if not places.is_name(scheduler):
            raise RuntimeRefused(f"{scheduler!r} cannot be the name of a folder")
        return self._folder / scheduler

    def _is_ours(self, scheduler: str) -> bool:
        place = self._folder / scheduler
        return places.is_name(scheduler) and places.is_of(place, self._installation)

    def _go_round(self) -> None:
        rounds.go(places.schedulers(self._folder, self._installation), now=_now())

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[ledger.Turn]:
        with _translated():
            self._prepare()
            with ledger.turn(self._folder) as turn:
                yield turn


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """What files and processes raise, as what the port promises."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the folder of rooms: {error}") from error


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
