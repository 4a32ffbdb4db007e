"""What every OperationArchive promises: what ended stays as it was, by the uid of its scheduler."""

import dataclasses
import datetime
from collections.abc import Iterator

import pytest

from maestro import errors
from maestro.domain import operations
from maestro.domain.operations import Operation, OperationEvent, OperationStatus
from maestro.ports.storage import OperationArchive
from maestro.storage.postgres import engine, migrate
from maestro.storage.postgres.operations import PostgresArchive
from tests import make
from tests.fakes.archive import FakeArchive
from tests.fakes.world import World

ARENA = make.uid("arena")
LATER = make.NOW + datetime.timedelta(days=1)


@pytest.fixture(params=["fake", "postgres"])
def archive(request: pytest.FixtureRequest) -> Iterator[OperationArchive]:
    """The archive under test, empty."""
    if request.param == "fake":
        yield FakeArchive(World())
        return
    url = request.getfixturevalue("database_url")
    migrate.upgrade(url)
    connections = engine.create(url, pool_size=5, timeout_s=10)
    archive = PostgresArchive(connections)
    yield archive
    archive.expire(datetime.datetime.max.replace(tzinfo=datetime.UTC), limit=1000)
    connections.dispose()


def minutes(amount: float) -> datetime.timedelta:
    return datetime.timedelta(minutes=amount)


def ended(*, at: float = 0, took: float = 1, event: str = "done", **changes: object) -> Operation:
    """An operation that was created at a minute and took some."""
    created = make.NOW + minutes(at)
    history = (
        OperationEvent(created_at=created, event="Created"),
        OperationEvent(created_at=created + minutes(took), event=event),
    )
    pending = make.operation(operations.AddRooms(amount=2), created_at=created)
    return dataclasses.replace(
        pending,
        **{"status": OperationStatus.FINISHED, "attempt": 1, "history": history, **changes},  # type: ignore[arg-type]
    )


def page(
    archive: OperationArchive, *beside: Operation, descending: bool = False, limit: int = 100
) -> tuple[list[str], int]:
    found, total = archive.page(
        ARENA,
        until=LATER,
        beside=[(each.id, each.created_at) for each in beside],
        descending=descending,
        offset=0,
        limit=limit,
    )
    return [each if isinstance(each, str) else each.id for each in found], total


def test_what_is_archived_is_read_as_it_was(archive: OperationArchive) -> None:
    operation = ended(status=OperationStatus.ERROR, attempt=3)

    archive.add([operation])

    assert archive.get(ARENA, operation.id) == operation
    assert archive.some(ARENA, [operation.id, "other"]) == [
        dataclasses.replace(operation, history=())
    ]


def test_what_is_archived_twice_stays_as_it_was_the_first_time(archive: OperationArchive) -> None:
    operation = ended()
    archive.add([operation])

    archive.add([dataclasses.replace(operation, status=OperationStatus.ERROR)])

    assert archive.get(ARENA, operation.id) == operation
    assert archive.amount(ARENA) == 1


def test_a_line_that_no_json_may_hold_does_not_keep_it_out(archive: OperationArchive) -> None:
    operation = ended(event="a room said \0 and \ud800")

    archive.add([operation])

    assert archive.get(ARENA, operation.id).history[-1].event.startswith("a room said ")


def test_each_scheduler_has_an_archive_of_its_own(archive: OperationArchive) -> None:
    archive.add([ended(scheduler_uid=make.uid("other"))])

    assert page(archive) == ([], 0)
    assert archive.edge(ARENA) is None
    with pytest.raises(errors.NotFound):
        archive.get(ARENA, "nothing")


@pytest.mark.parametrize("descending", [False, True])
def test_pages_are_ordered_by_creation_then_id(archive: OperationArchive, descending: bool) -> None:
    known = [ended(at=moment) for moment in (3, 1, 2, 2)]
    archive.add(known)
    ordered = sorted(known, key=lambda each: (each.created_at, each.id), reverse=descending)

    found, total = page(archive, descending=descending, limit=3)

    assert (found, total) == ([each.id for each in ordered[:3]], 4)


@pytest.mark.parametrize("descending", [False, True])
def test_others_are_counted_and_ordered_among_them_once(
    archive: OperationArchive, descending: bool
) -> None:
    first, second, third, fourth = (ended(at=moment) for moment in (1, 2, 2, 3))
    archive.add([first, third, fourth])

    found, total = page(archive, second, third, descending=descending)

    order = [first.id, second.id, third.id, fourth.id]
    assert (found, total) == (order[::-1] if descending else order, 4)


def test_what_is_newer_than_asked_for_is_not_seen(archive: OperationArchive) -> None:
    old, new = ended(at=1), ended(at=2)
    archive.add([old, new])

    found, total = archive.page(
        ARENA, until=old.created_at, beside=[], descending=True, offset=0, limit=10
    )

    assert ([each.id for each in found if isinstance(each, Operation)], total) == ([old.id], 1)
    assert archive.edge(ARENA) == new.created_at


def test_the_total_is_told_beyond_the_last_page(archive: OperationArchive) -> None:
    archive.add([ended(), ended()])

    assert archive.page(ARENA, until=LATER, beside=[], descending=True, offset=50, limit=10) == (
        [],
        2,
    )


def test_the_last_one_under_a_name_is_known_whoever_bore_it(archive: OperationArchive) -> None:
    earlier = ended(at=1, took=60, scheduler_uid=make.uid("earlier"))
    archive.add([earlier, ended(at=2, took=1)])

    assert archive.last("arena") == earlier
    assert archive.last("nowhere") is None


def test_the_oldest_expire_first_and_only_so_many_at_once(archive: OperationArchive) -> None:
    first, second, third, young = (ended(at=moment) for moment in (0, 1, 2, 60))
    archive.add([third, young, first, second])
    before = make.NOW + minutes(30)

    assert archive.expire(before, limit=2) == 2
    assert page(archive)[0] == [third.id, young.id]
    assert archive.expire(before, limit=2) == 1
    assert archive.expire(before, limit=2) == 0
    assert page(archive)[0] == [young.id]
