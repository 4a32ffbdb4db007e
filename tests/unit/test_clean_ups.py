"""Records are cleaned up now and then, each scheduler in its turn."""

from collections.abc import Sequence

import pytest

from maestro import errors
from maestro.config import Settings
from maestro.domain.operations import Operation, StorageCleanUp, TestOperation
from maestro.ports.storage import Stage
from maestro.services import archiving
from tasks.schedule import schedule
from tests import make
from tests.fakes.archive import FakeArchive
from tests.fakes.maestro import FakeMaestro


class Away(FakeArchive):
    """An archive that does not answer."""

    def add(self, operations: Sequence[Operation]) -> None:
        raise errors.Unavailable("PostgreSQL: no route")


@pytest.fixture
def fleet() -> FakeMaestro:
    maestro = FakeMaestro(operations_kept=0, archive_days=1)
    for name in ("arena", "castle"):
        maestro.management.schedulers.create(make.scheduler(name=name, rooms_replicas=0))
        maestro.settle(name)
    return maestro


def waiting(maestro: FakeMaestro) -> list[str]:
    """Schedulers that are about to be cleaned up."""
    return [
        name
        for name in ("arena", "castle")
        if "storage_clean_up" in maestro.operations.open_kinds(name).values()
    ]


def ended(maestro: FakeMaestro) -> list[str]:
    """Ids of what the API shows as ended."""
    found, _ = maestro.management.operations.page("arena", Stage.FINAL, descending=True)
    return [operation.id for operation in found]


def test_those_whose_turn_it_is_are_cleaned_up(fleet: FakeMaestro) -> None:
    rolls = iter([0.9, 0.001])
    fleet.clean_ups._roll = lambda: next(rolls)

    fleet.clean_ups.tick()

    assert waiting(fleet) == ["castle"]


def test_who_has_much_to_be_archived_does_not_wait_for_its_turn(fleet: FakeMaestro) -> None:
    fleet.clean_ups._roll = lambda: 0.9
    for _ in range(archiving.BATCH):
        fleet.enqueue(TestOperation())
        fleet.worker().run_next("arena")

    fleet.clean_ups.tick()

    assert waiting(fleet) == ["arena"]


def test_asked_for_twice_it_happens_once(fleet: FakeMaestro) -> None:
    fleet.clean_ups.one("arena")
    fleet.clean_ups.one("arena")

    assert list(fleet.operations.open_kinds("arena").values()) == ["storage_clean_up"]


def test_where_there_is_no_fleet_nothing_is_cleaned_up(fleet: FakeMaestro) -> None:
    fleet.clean_ups.one("nowhere")

    assert fleet.operations.open_kinds("nowhere") == {}


def test_a_clean_up_archives_and_leaves_no_record(fleet: FakeMaestro) -> None:
    fleet.fake_clock.advance(archiving.SETTLED.total_seconds() + 1)
    before = ended(fleet)
    operation = fleet.enqueue(StorageCleanUp())

    fleet.worker().run_next("arena")

    assert fleet.operations.amounts_ended(["arena"]) == [0]
    assert ended(fleet) == before
    with pytest.raises(errors.NotFound):
        fleet.management.operations.get("arena", operation.id)


def test_what_cannot_be_archived_now_is_left_to_the_next_one(fleet: FakeMaestro) -> None:
    fleet.fake_clock.advance(archiving.SETTLED.total_seconds() + 1)
    held = fleet.operations.amounts_ended(["arena"])
    assert held != [0]
    operation = fleet.enqueue(StorageCleanUp())
    fleet.archive = Away(fleet.world)
    fleet.__dict__.pop("archiving")

    fleet.worker().run_next("arena")

    assert fleet.operations.amounts_ended(["arena"]) == held
    assert fleet.operations.knows("arena", [operation.id]) == [False]


def test_what_is_archived_for_long_is_forgotten(fleet: FakeMaestro) -> None:
    fleet.fake_clock.advance(archiving.SETTLED.total_seconds() + 1)
    uid = fleet.schedulers.get("arena").uid
    fleet.archiving.some("arena")
    fleet.fake_clock.advance(86_000)
    assert fleet.archiving.expire() == 0
    fleet.fake_clock.advance(800)

    fleet.clean_ups.tick()

    assert fleet.archive.amount(uid) == 0


def test_an_archive_without_end_forgets_nothing() -> None:
    fleet = FakeMaestro(operations_kept=0, archive_days=0)
    fleet.management.schedulers.create(make.scheduler(rooms_replicas=0))
    fleet.settle()
    fleet.fake_clock.advance(archiving.SETTLED.total_seconds() + 1)
    fleet.archiving.some("arena")
    fleet.fake_clock.advance(100 * 365 * 86_400)

    assert fleet.archiving.expire() == 0


@pytest.mark.parametrize(("interval_s", "tick_s"), [(10_800, 60), (5, 5)])
def test_beat_asks_often_enough_and_drops_what_nobody_took(
    interval_s: float, tick_s: float
) -> None:
    entries = schedule(Settings(clean_up_interval_s=interval_s))

    assert entries["clean-up"]["schedule"] == tick_s
    for entry in entries.values():
        assert entry["options"]["expires"] == entry["schedule"]  # type: ignore[index]
