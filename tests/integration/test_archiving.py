"""History in the stores of production: walked through while it is archived, each is seen once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from maestro import errors
from maestro.bootstrap import SystemClock
from maestro.domain.operations import EventText, OperationStatus, TestOperation
from maestro.ports.storage import Stage
from maestro.services import archiving
from maestro.storage.postgres import engine, migrate
from maestro.storage.postgres.operations import PostgresArchive
from maestro.storage.postgres.schedulers import PostgresSchedulers
from maestro.storage.redis import client as connection
from maestro.storage.redis.operations import RedisOperations
from maestro.storage.redis.rooms import RedisRooms
from tests import make
from tests.fakes.maestro import FakeMaestro

AMOUNT = 230
PER_PAGE = 10


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connection.create(redis_url, timeout_s=30) as client:
        yield client


@pytest.fixture
def fleet(
    client: redis.Redis, redis_prefix: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeMaestro]:
    """A scheduler in the stores of production, whose operations settle at once."""
    monkeypatch.setattr(archiving, "SETTLED", archiving.SETTLED * 0)
    monkeypatch.setattr(archiving, "BATCH", 7)
    migrate.upgrade(database_url)
    connections = engine.create(database_url, pool_size=20, timeout_s=30)
    maestro = FakeMaestro(operations_kept=0)
    maestro.clock = SystemClock()
    maestro.schedulers = PostgresSchedulers(connections)
    maestro.archive = PostgresArchive(connections)
    maestro.operations = RedisOperations(client, prefix=redis_prefix)
    maestro.rooms = RedisRooms(client, prefix=redis_prefix, tombstone_ttl_s=60)
    scheduler = make.scheduler(rooms_replicas=0)
    maestro.schedulers.create(scheduler, make.operation(scheduler_uid=scheduler.uid))
    yield maestro
    maestro.schedulers.delete(scheduler.uid)
    connections.dispose()


def end(maestro: FakeMaestro, amount: int) -> list[str]:
    """Operations that ended, in order of their creation."""
    operations = [make.operation(TestOperation()) for _ in range(amount)]
    for operation in operations:
        maestro.operations.enqueue(operation)
        taken = maestro.operations.take("arena", worker="w", lease_ttl_s=60, may_recover=True)
        assert taken is not None
        maestro.operations.finish(
            taken.grant, OperationStatus.FINISHED, TestOperation(), event=EventText.FINISHED
        )
    return sorted(operation.id for operation in operations)


def walk(maestro: FakeMaestro, *, descending: bool) -> list[str]:
    found: list[str] = []
    for page in range(1, AMOUNT // PER_PAGE + 2):
        listed, total = maestro.management.operations.page(
            "arena", Stage.FINAL, descending=descending, page=page, per_page=PER_PAGE
        )
        assert total == AMOUNT
        found += [operation.id for operation in listed]
    return found


def test_all_pages_show_each_operation_once_while_they_are_archived(fleet: FakeMaestro) -> None:
    ids = end(fleet, AMOUNT)
    begin = threading.Barrier(3)

    def archive() -> None:
        begin.wait()
        while fleet.archiving.some("arena"):
            pass

    def look(descending: bool) -> list[str]:
        begin.wait()
        return walk(fleet, descending=descending)

    with ThreadPoolExecutor(3) as pool:
        archived = pool.submit(archive)
        walks = [pool.submit(look, descending) for descending in (False, True)]

    archived.result()
    assert walks[0].result() == ids
    assert walks[1].result() == ids[::-1]
    assert fleet.operations.amounts_ended(["arena"]) == [0]
    assert walk(fleet, descending=True) == ids[::-1]
    fleet.archive.expire(SystemClock().now(), limit=1000)


def test_whoever_dies_between_the_stores_leaves_everything_readable(fleet: FakeMaestro) -> None:
    # Given a batch that was archived and not removed
    ids = end(fleet, 5)
    uid = make.uid("arena")
    fleet.archiving.copy("arena")
    assert fleet.archive.amount(uid) == 5
    # Then each is seen once
    listed, total = fleet.management.operations.page("arena", Stage.FINAL, descending=False)
    assert ([operation.id for operation in listed], total) == (ids, 5)
    # And the next one removes it
    fleet.archiving.some("arena")
    assert fleet.operations.amounts_ended(["arena"]) == [0]
    listed, total = fleet.management.operations.page("arena", Stage.FINAL, descending=False)
    assert ([operation.id for operation in listed], total) == (ids, 5)
    assert fleet.management.operations.get("arena", ids[0]).history[-1].event == EventText.FINISHED
    with pytest.raises(errors.NotFound):
        fleet.management.operations.get("arena", "unknown")
    fleet.archive.expire(SystemClock().now(), limit=1000)
