"""Each kind of operation, disturbed at each single step on its way, ends as if undisturbed."""

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from maestro import errors
from maestro.domain.operations import AddRooms, HealthController, RemoveRooms
from maestro.domain.patches import SchedulerPatch
from maestro.ports.storage import Stage
from tests import make
from tests.fakes.maestro import FakeMaestro
from tests.fakes.steps import LEASE_S, Dead, Steps, die


class Scene:
    """All of Maestro, whose workers can be disturbed while it does one thing."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.maestro = maestro = FakeMaestro()
        for name in ("schedulers", "operations", "rooms", "ports", "runtime"):
            setattr(maestro, name, self.steps.watch(getattr(maestro, name)))

    def fleet(self) -> None:
        """Three ready rooms."""
        self.maestro.management.schedulers.create(make.scheduler())
        self.rest()

    def paused_fleet(self) -> None:
        """Three ready rooms, and no health check that adds or removes any."""
        self.fleet()
        self.maestro.management.schedulers.pause("arena")

    def two_versions(self) -> None:
        """A fleet that has another version to go back to."""
        self.fleet()
        self.maestro.management.edits.patch("arena", SchedulerPatch(max_surge="9"))
        self.rest()

    def lose_a_room(self) -> None:
        """A room is gone, and the next health check will see it."""
        room = self.maestro.rooms.all("arena")[0].id
        self.maestro.fake_runtime.gone("arena", room)
        self.maestro.look()
        self.maestro.enqueue(HealthController())

    def add_too_many(self) -> None:
        """Rooms that nobody wants, which a health check will remove."""
        self.maestro.enqueue(AddRooms(amount=2))

    def rest(self) -> None:
        """Go on, with another worker if one dies, until nothing happens any more."""
        quiet = 0
        for _ in range(80):
            self._work()
            self.maestro.look()
            self.maestro.ping_all()
            self.maestro.sweep.once()
            self.maestro.fake_clock.advance(1)
            quiet = quiet + 1 if self._is_idle() else 0
            if quiet > 1:
                return
        raise AssertionError("it never ends")

    def _work(self) -> None:
        self.steps.running = True
        try:
            worker = self.maestro.worker()
            while worker.run_next("arena"):
                pass
        except (Dead, errors.Unavailable):
            self.maestro.fake_clock.advance(LEASE_S)
        finally:
            self.steps.running = False

    def _is_idle(self) -> bool:
        return not self.maestro.operations.open_kinds("arena") and not (
            self.maestro.schedulers.opened()
        )

    def heal(self) -> None:
        """Let health checks do their work, in a fleet that was paused as well."""
        with contextlib.suppress(errors.NotFound):
            self.maestro.management.schedulers.resume("arena")
        self.rest()

    def state(self) -> "Outcome":
        """What there is, whichever operations led to it."""
        return dataclasses.replace(self.outcome(), ended=Counter())

    def outcome(self) -> "Outcome":
        """What is to be seen once it is over."""
        maestro = self.maestro
        rooms = maestro.rooms.all("arena")
        final, _ = maestro.operations.page("arena", Stage.FINAL, descending=False, limit=1000)
        with maestro.world.fleet("arena") as stored:
            holders = {room for room, _ in stored.ports.values()}
            settings = stored.settings.version if stored.settings else ""
            is_free = not (stored.running or stored.parked or stored.waiting)
        active = None
        with contextlib.suppress(errors.NotFound):
            active = maestro.schedulers.get("arena")
        return Outcome(
            ended=Counter(f"{each.definition.NAME} {each.status}" for each in final),
            rooms=Counter(f"{room.version} {room.status}" for room in rooms),
            instances_are_rooms=_names(maestro) == {room.id for room in rooms},
            ports_are_held_by_rooms=holders == {room.id for room in rooms},
            scheduler=f"{active.version} {active.state}" if active else "",
            settings=settings,
            is_free=is_free,
        )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Whatever anybody can see, except ids and times."""

    ended: Counter[str]
    rooms: Counter[str]
    instances_are_rooms: bool
    ports_are_held_by_rooms: bool
    scheduler: str
    settings: str
    is_free: bool


def _names(maestro: FakeMaestro) -> set[str]:
    return {each.room for each in maestro.fake_runtime.list_rooms().instances}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What there is, and what is asked for."""

    given: Callable[[Scene], object]
    when: Callable[[Scene], object]


CASES = {
    "create_scheduler": Case(
        given=lambda scene: None,
        when=lambda scene: scene.maestro.management.schedulers.create(make.scheduler()),
    ),
    "add_rooms": Case(
        given=Scene.paused_fleet,
        when=lambda scene: scene.maestro.enqueue(AddRooms(amount=2)),
    ),
    "remove_rooms": Case(
        given=Scene.paused_fleet,
        when=lambda scene: scene.maestro.enqueue(RemoveRooms(amount=2)),
    ),
    "health_controller": Case(given=Scene.fleet, when=Scene.lose_a_room),
    "health_controller and remove_rooms": Case(given=Scene.fleet, when=Scene.add_too_many),
    "delete_scheduler": Case(
        given=Scene.fleet,
        when=lambda scene: scene.maestro.management.schedulers.delete("arena"),
    ),
    "switch_active_version": Case(
        given=Scene.two_versions,
        when=lambda scene: scene.maestro.management.edits.switch("arena", "v1.0.0"),
    ),
}


def be_away() -> None:
    """What a store or the runtime does that does not answer."""
    raise errors.Unavailable("no answer")


def play(case: Case, *, at: int | None, action: Callable[[], object], after: bool) -> Scene:
    """One run, in which something happens at one step."""
    scene = Scene()
    case.given(scene)
    case.when(scene)
    scene.steps.count = 0
    scene.steps.at, scene.steps.action, scene.steps.after = at, action, after
    scene.rest()
    return scene


def disturbed(case: Case, *, action: Callable[[], object], after: bool) -> Iterator[Scene]:
    """All runs in which it happens once, at one step after the other."""
    for step in range(1000):
        scene = play(case, at=step, action=action, after=after)
        if scene.steps.count <= step:
            assert step >= 5
            return
        yield scene
    raise AssertionError("it has no end")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", CASES)
def test_whenever_the_worker_dies_it_ends_as_if_nobody_had(name: str, after: bool) -> None:
    case = CASES[name]
    undisturbed = play(case, at=None, action=die, after=after).outcome()
    for scene in disturbed(case, action=die, after=after):
        assert scene.outcome() == undisturbed, f"died at step {scene.steps.at}"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", CASES)
def test_whatever_does_not_answer_the_fleet_becomes_what_is_wanted(name: str, after: bool) -> None:
    """A room that the runtime did not make or delete may be missed out; a health check sees it."""
    case = CASES[name]
    undisturbed = play(case, at=None, action=be_away, after=after)
    undisturbed.heal()
    for scene in disturbed(case, action=be_away, after=after):
        scene.heal()
        assert scene.state() == undisturbed.state(), f"no answer at step {scene.steps.at}"
