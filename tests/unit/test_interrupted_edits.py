"""A major version whose worker dies, or that is cancelled, at each single step on its way."""

import contextlib
from collections.abc import Callable

import pytest

from maestro import errors
from maestro.domain.operations import OperationStatus, SwitchActiveVersion
from maestro.domain.patches import ContainerPatch, SchedulerPatch, SpecPatch
from maestro.domain.rooms import InstanceStatus
from maestro.domain.schedulers import SchedulerState
from maestro.ports.storage import Stage
from tests import make
from tests.fakes.maestro import FakeMaestro
from tests.fakes.steps import LEASE_S, Dead, Steps, die

MAJOR = SchedulerPatch(spec=SpecPatch(containers=(ContainerPatch(image="arena:2"),)))
MINOR = SchedulerPatch(max_surge="9")


class Fleet:
    """Three ready rooms of v1.0.0, and a worker that takes steps; new versions may crash."""

    def __init__(self, *, crashes: bool = False) -> None:
        self._crashes = crashes
        self.steps = Steps()
        self.maestro = maestro = FakeMaestro()
        self.operations = maestro.operations
        for name in ("schedulers", "operations", "rooms", "ports", "runtime"):
            setattr(maestro, name, self.steps.watch(getattr(maestro, name)))
        maestro.management.schedulers.create(make.scheduler())
        maestro.settle()
        maestro.ping_all()
        maestro.settle()

    def edit(self) -> str:
        return self.maestro.management.edits.patch("arena", MAJOR)

    def work(self, *, until: Callable[[], bool]) -> None:
        """Go on, with another worker if one dies, while all rooms say that they are ready."""
        for _ in range(60):
            if until():
                return
            self._run()
            self.maestro.look()
            self._let_rooms_speak()
            self.maestro.sweep.once()
            self.maestro.fake_clock.advance(1)
        raise AssertionError("it never ends")

    def _let_rooms_speak(self) -> None:
        for room in self.maestro.rooms.all("arena"):
            if room.is_validation and self._crashes:
                with contextlib.suppress(KeyError):
                    crashed = InstanceStatus.ERROR
                    self.maestro.fake_runtime.set_status("arena", room.id, crashed, "exit 1")
                self.maestro.look()
            else:
                self.maestro.ping(room.id)

    def is_idle(self) -> bool:
        open_kinds = self.operations.open_kinds("arena").values()
        return not set(open_kinds) and not self.maestro.schedulers.opened()

    def _run(self) -> None:
        self.steps.running = True
        try:
            worker = self.maestro.worker()
            while worker.run_next("arena"):
                pass
        except (Dead, errors.Unavailable):
            self.maestro.fake_clock.advance(LEASE_S)
        finally:
            self.steps.running = False

    # What there is

    def status(self, operation: str) -> OperationStatus:
        return self.operations.get("arena", operation).status

    def versions(self) -> list[str]:
        return [each.version for each in self.maestro.schedulers.versions("arena")]

    def switches(self) -> list[OperationStatus]:
        found, _ = self.operations.page("arena", Stage.FINAL, descending=False, limit=1000)
        name = SwitchActiveVersion.NAME
        return [each.status for each in found if name == each.definition.NAME]

    def check_whole(self) -> None:
        """Nothing is left that belongs to no room of the fleet, and the fleet is as large."""
        rooms = self.maestro.rooms.all("arena")
        assert [room for room in rooms if room.is_validation] == []
        assert len(rooms) == 3
        instances = self.maestro.fake_runtime.list_rooms().instances
        assert {each.room for each in instances} == {room.id for room in rooms}
        with self.maestro.world.fleet("arena") as fleet:
            assert {room for room, _ in fleet.ports.values()} == {room.id for room in rooms}

    def check_unchanged(self) -> None:
        active = self.maestro.schedulers.get("arena")
        assert (active.version, active.state) == ("v1.0.0", SchedulerState.IN_SYNC)
        assert self.versions() == ["v1.0.0"]
        assert set(self.switches()) <= {OperationStatus.CANCELED}
        self.check_whole()

    def check_switched(self, operation: str, *, lines_at_most: int = 1) -> None:
        active = self.maestro.schedulers.get("arena")
        assert (active.version, active.state) == ("v2.0.0", SchedulerState.IN_SYNC)
        assert self.versions() == ["v2.0.0", "v1.0.0"]
        assert self.switches() == [OperationStatus.FINISHED]
        assert self.status(operation) is OperationStatus.FINISHED
        with self.maestro.world.fleet("arena") as fleet:
            assert fleet.settings
            assert fleet.settings.version == "v2.0.0"
        told = self.maestro.history(operation)
        for line in ("1º Attempt: Game room validation success!", "enqueued switch"):
            assert 1 <= sum(each.startswith(line) for each in told) <= lines_at_most
        self.check_whole()


def steps_of_a_good_version() -> int:
    """How often workers ask anything of a port until a good version is active."""
    fleet = Fleet()
    fleet.edit()
    fleet.steps.count = 0
    fleet.work(until=fleet.is_idle)
    return fleet.steps.count


STEPS = range(steps_of_a_good_version())


def test_there_is_something_to_interrupt() -> None:
    assert len(STEPS) > 40


@pytest.mark.parametrize("step", STEPS)
def test_whenever_the_worker_dies_the_version_becomes_active_once(step: int) -> None:
    fleet = Fleet()
    operation = fleet.edit()

    fleet.steps.at, fleet.steps.action = step, die
    fleet.steps.count = 0
    fleet.work(until=fleet.is_idle)

    fleet.check_switched(operation)


def test_whenever_the_worker_dies_a_version_that_crashes_leaves_everything_as_it_was() -> None:
    for step in range(1000):
        fleet = Fleet(crashes=True)
        operation = fleet.edit()
        fleet.steps.at, fleet.steps.action = step, die
        fleet.steps.count = 0
        fleet.work(until=fleet.is_idle)
        assert fleet.status(operation) is OperationStatus.ERROR
        fleet.check_unchanged()
        if fleet.steps.count <= step:
            return
    raise AssertionError("it has no end")


@pytest.mark.parametrize("step", STEPS)
def test_whenever_the_worker_wakes_up_late_it_changes_nothing(step: int) -> None:
    fleet = Fleet()
    operation = fleet.edit()

    def sleep_while_others_work() -> None:
        fleet.steps.running = False
        fleet.maestro.fake_clock.advance(LEASE_S)
        fleet.work(until=fleet.is_idle)
        fleet.maestro.management.edits.patch("arena", MINOR)
        fleet.work(until=fleet.is_idle)
        fleet.steps.running = True

    fleet.steps.at, fleet.steps.action = step, sleep_while_others_work
    fleet.steps.count = 0
    fleet.work(until=fleet.is_idle)
    fleet.maestro.fake_clock.advance(LEASE_S)
    fleet.work(until=fleet.is_idle)

    # Then what others did stands
    active = fleet.maestro.schedulers.get("arena")
    assert (active.version, active.state) == ("v2.1.0", SchedulerState.IN_SYNC)
    assert fleet.versions() == ["v2.1.0", "v2.0.0", "v1.0.0"]
    assert fleet.status(operation) is OperationStatus.FINISHED
    with fleet.maestro.world.fleet("arena") as stored:
        assert stored.settings
        assert stored.settings.version == "v2.1.0"
    # And what it made in the runtime, if it did, is found and removed
    fleet.maestro.health_checks.one("arena")
    fleet.work(until=fleet.is_idle)
    fleet.check_whole()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_whatever_does_not_answer_the_version_becomes_active_once(step: int, after: bool) -> None:
    fleet = Fleet()
    operation = fleet.edit()

    def be_away() -> None:
        raise errors.Unavailable("no answer")

    fleet.steps.at, fleet.steps.action, fleet.steps.after = step, be_away, after
    fleet.steps.count = 0
    fleet.work(until=fleet.is_idle)

    # What was written may be written again when nobody heard that it was.
    fleet.check_switched(operation, lines_at_most=2 if after else 1)


@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
@pytest.mark.parametrize("step", STEPS)
def test_whenever_it_is_cancelled_it_happens_whole_or_not_at_all(step: int, dies: bool) -> None:
    fleet = Fleet()
    operation = fleet.edit()
    accepted = []

    def cancel() -> None:
        with contextlib.suppress(errors.NotCancellable):
            fleet.operations.cancel("arena", operation)
            accepted.append(operation)
        if dies:
            raise Dead

    fleet.steps.at, fleet.steps.action = step, cancel
    fleet.steps.count = 0
    fleet.work(until=fleet.is_idle)

    if accepted:
        assert fleet.status(operation) is OperationStatus.CANCELED
        fleet.check_unchanged()
    else:
        fleet.check_switched(operation)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_rollback_that_is_interrupted_at_any_step_is_made_whole(after: bool) -> None:
    for step in range(200):
        fleet = Fleet()
        operation = fleet.edit()
        fleet.work(until=lambda fleet=fleet: has_validation_room(fleet))  # type: ignore[misc]
        fleet.operations.cancel("arena", operation)
        fleet.steps.count = 0
        fleet.steps.at, fleet.steps.action, fleet.steps.after = step, die, after
        fleet.work(until=fleet.is_idle)
        assert fleet.status(operation) is OperationStatus.CANCELED
        fleet.check_unchanged()
        if fleet.steps.count <= step:
            return
    raise AssertionError("a rollback has no end")


def has_validation_room(fleet: Fleet) -> bool:
    return any(room.is_validation for room in fleet.maestro.rooms.all("arena"))
