"""Operations that ended, in Redis and in the archive, look like one list."""

import dataclasses
import datetime
import random

import pytest

from maestro import errors
from maestro.domain.operations import EventText, OperationEvent, OperationStatus, TestOperation
from maestro.ports.storage import Stage
from maestro.services import archiving
from tests import make
from tests.fakes.maestro import FakeMaestro
from tests.fakes.operations import FakeOperations

PER_PAGE = 4


@pytest.fixture
def fleet() -> FakeMaestro:
    """A fleet without rooms, of whose operations none is kept in Redis once it settled."""
    maestro = FakeMaestro(operations_kept=0)
    maestro.management.schedulers.create(make.scheduler(rooms_replicas=0))
    maestro.settle()
    return maestro


def end(maestro: FakeMaestro, *minutes: float) -> list[str]:
    """Operations that ended now, created at these minutes."""
    scheduler = maestro.schedulers.get("arena")
    ids = []
    for minute in minutes:
        operation = make.operation(
            TestOperation(),
            scheduler_uid=scheduler.uid,
            created_at=make.NOW + datetime.timedelta(minutes=minute),
        )
        maestro.operations.enqueue(operation)
        maestro.worker().run_next("arena")
        ids.append(operation.id)
    return ids


def settle(maestro: FakeMaestro) -> None:
    maestro.fake_clock.advance(archiving.SETTLED.total_seconds() + 1)


def archive(maestro: FakeMaestro) -> None:
    """Let everything be archived that ended."""
    settle(maestro)
    while maestro.archiving.some("arena"):
        pass


def pages(maestro: FakeMaestro, *, descending: bool) -> list[str]:
    """All pages, one after the other."""
    found: list[str] = []
    page = 1
    while True:
        listed, total = maestro.management.operations.page(
            "arena", Stage.FINAL, descending=descending, page=page, per_page=PER_PAGE
        )
        if not listed:
            assert total == len(found)
            return found
        assert len(listed) == min(PER_PAGE, total - len(found))
        found += [operation.id for operation in listed]
        page += 1


def everything(maestro: FakeMaestro) -> list[str]:
    """Ids of what either store holds, in order."""
    uid = maestro.schedulers.get("arena").uid
    held, _ = maestro.operations.page("arena", Stage.FINAL, descending=False, limit=1000)
    archived, _ = maestro.archive.page(
        uid, until=datetime.datetime.max.replace(tzinfo=datetime.UTC), beside=[],
        descending=False, offset=0, limit=1000,
    )  # fmt: skip
    both = {each.id: each for each in [*held, *archived] if not isinstance(each, str)}
    ordered = sorted(both.values(), key=lambda each: (each.created_at, each.id))
    return [each.id for each in ordered]


@pytest.mark.parametrize("seed", range(30))
def test_wherever_operations_lie_the_pages_are_the_same(fleet: FakeMaestro, seed: int) -> None:
    # Given operations of which some were archived, some ended late, and some lie in both stores
    dice = random.Random(seed)
    for _ in range(3):
        end(fleet, *(dice.randint(0, 9) for _ in range(dice.randint(0, 7))))
        uid = fleet.schedulers.get("arena").uid
        held = fleet.operations.settled(
            "arena", keep=dice.randint(0, 4), before=make.NOW + 9999 * archiving.SETTLED, limit=99
        )
        fleet.archive.add([dataclasses.replace(each, scheduler_uid=uid) for each in held])
        dropped = [each.id for each in held if dice.random() < 0.7]
        fleet.operations.drop("arena", dropped)
    expected = everything(fleet)
    # Then both directions show each of them once
    assert pages(fleet, descending=False) == expected
    assert pages(fleet, descending=True) == expected[::-1]


def test_an_archived_operation_is_shown_with_its_history(fleet: FakeMaestro) -> None:
    (operation,) = end(fleet, 1)
    before = fleet.management.operations.get("arena", operation)
    archive(fleet)

    assert fleet.operations.knows("arena", [operation]) == [False]
    shown = fleet.management.operations.get("arena", operation)
    assert (shown.history, shown.definition) == (before.history, before.definition)


def test_an_archived_operation_cannot_be_cancelled(fleet: FakeMaestro) -> None:
    (operation,) = end(fleet, 1)
    archive(fleet)

    with pytest.raises(errors.NotCancellable, match='"finished" is a final status'):
        fleet.management.operations.cancel("arena", operation)


def test_what_ended_just_now_stays_in_redis(fleet: FakeMaestro) -> None:
    (operation,) = end(fleet, 1)
    fleet.archiving.some("arena")

    assert fleet.operations.knows("arena", [operation]) == [True]


def test_so_many_stay_in_redis_as_are_wanted() -> None:
    fleet = FakeMaestro(operations_kept=2)
    fleet.management.schedulers.create(make.scheduler(rooms_replicas=0))
    fleet.settle()
    ids = end(fleet, 1, 2, 3)
    archive(fleet)

    assert fleet.operations.amounts_ended(["arena"]) == [2]
    assert set(ids) <= set(pages(fleet, descending=True))


def test_one_that_is_still_promised_stays_where_the_sweep_looks(fleet: FakeMaestro) -> None:
    # Given an edit that ended, and whose promise nobody could close
    edit = fleet.management.edits.switch("arena", "v1.0.0")
    promise = fleet.schedulers.opened()[0]
    fleet.settle()
    fleet.schedulers.open_edit("arena", promise)

    archive(fleet)
    fleet.sweep.once()

    # Then it does not happen again
    assert edit not in fleet.operations.open_kinds("arena")
    assert fleet.schedulers.opened() == []
    assert fleet.management.operations.get("arena", edit).status is OperationStatus.FINISHED


def test_while_the_archive_is_away_redis_keeps_everything(fleet: FakeMaestro) -> None:
    (operation,) = end(fleet, 1)
    settle(fleet)
    fleet.world.away = True
    with pytest.raises(errors.Unavailable):
        fleet.archiving.some("arena")
    fleet.world.away = False

    assert fleet.operations.knows("arena", [operation]) == [True]


class TestDeletion:
    def delete(self, fleet: FakeMaestro) -> str:
        operation = fleet.management.schedulers.delete("arena")
        fleet.settle()
        assert fleet.schedulers.find() == []
        return operation

    def test_only_the_deletion_is_read_by_name(self, fleet: FakeMaestro) -> None:
        (ended,) = end(fleet, 1)
        deletion = self.delete(fleet)

        assert pages(fleet, descending=True) == [deletion]
        assert fleet.management.operations.get("arena", deletion).status == "finished"
        with pytest.raises(errors.NotFound):
            fleet.management.operations.get("arena", ended)

    def test_it_is_so_too_when_redis_knows_nothing_any_more(self, fleet: FakeMaestro) -> None:
        (ended,) = end(fleet, 1)
        deletion = self.delete(fleet)
        settle(fleet)

        fleet.sweep.once()

        assert fleet.operations.schedulers() == []
        assert fleet.operations.amounts_ended(["arena"]) == [0]
        assert pages(fleet, descending=True) == [deletion]
        assert fleet.management.operations.get("arena", deletion).status == "finished"
        with pytest.raises(errors.NotFound):
            fleet.management.operations.get("arena", ended)

    def test_its_operations_are_kept_by_its_uid(self, fleet: FakeMaestro) -> None:
        uid = fleet.schedulers.get("arena").uid
        (ended,) = end(fleet, 1)
        deletion = self.delete(fleet)
        settle(fleet)
        fleet.sweep.once()

        assert fleet.archive.get(uid, ended).id == ended
        assert fleet.archive.get(uid, deletion).id == deletion

    def test_a_new_scheduler_of_the_name_sees_nothing_of_it(self, fleet: FakeMaestro) -> None:
        uid = fleet.schedulers.get("arena").uid
        (ended,) = end(fleet, 1)
        deletion = self.delete(fleet)
        fleet.management.schedulers.create(make.scheduler(rooms_replicas=0))

        assert pages(fleet, descending=True) == []
        for operation in (ended, deletion):
            with pytest.raises(errors.NotFound):
                fleet.management.operations.get("arena", operation)
            assert fleet.archive.get(uid, operation).id == operation


class ArchivingMeanwhile(FakeOperations):
    """Has a batch archived between every two reads of a page."""

    def __init__(self, fleet: FakeMaestro) -> None:
        super().__init__(fleet.world)
        self._fleet = fleet
        self.batch = 1

    def ended(self, *args: object, **options: object):  # type: ignore[no-untyped-def]
        held = self.settled(
            "arena", keep=0, before=make.NOW + 9999 * archiving.SETTLED, limit=self.batch
        )
        self._fleet.archive.add(held)
        self.drop("arena", [each.id for each in held])
        self.batch = 0 if self.batch else 1
        return super().ended(*args, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("descending", [False, True])
def test_each_is_seen_once_while_they_are_archived(fleet: FakeMaestro, descending: bool) -> None:
    ids = end(fleet, *range(1, 24))
    expected = everything(fleet)
    assert set(ids) <= set(expected)
    fleet.operations = ArchivingMeanwhile(fleet)
    fleet.__dict__.pop("management", None)

    assert pages(fleet, descending=descending) == (expected[::-1] if descending else expected)


def test_the_end_of_an_operation_is_its_last_line() -> None:
    lines = tuple(
        OperationEvent(created_at=make.NOW + datetime.timedelta(minutes=minute), event=event)
        for minute, event in enumerate([EventText.CREATED, EventText.FINISHED])
    )
    ended = make.operation(status=OperationStatus.FINISHED, history=lines)

    assert ended.ended_at == lines[-1].created_at
    assert make.operation(history=lines).ended_at is None
