"""Many edits of one scheduler at once, on the stores of production: one is accepted at a time."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from maestro import errors
from maestro.bootstrap import SystemClock
from maestro.domain import operations
from maestro.domain.operations import OperationStatus
from maestro.domain.patches import SchedulerPatch
from maestro.domain.schedulers import SchedulerState
from maestro.ports.storage import Stage
from maestro.services.edits import Edits
from maestro.storage.postgres import engine, migrate
from maestro.storage.postgres.schedulers import PostgresSchedulers
from maestro.storage.redis import client as connection
from maestro.storage.redis.operations import RedisOperations
from maestro.storage.redis.ports import RedisPorts
from maestro.storage.redis.rooms import RedisRooms
from tests import make
from tests.fakes.maestro import FakeMaestro

EDITS = {name for name, kind in operations.DEFINITIONS.items() if kind.EDITS_VERSION}
EDITORS = 100


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connection.create(redis_url, timeout_s=30) as client:
        yield client


@pytest.fixture
def fleet(client: redis.Redis, redis_prefix: str, database_url: str) -> Iterator[FakeMaestro]:
    """A scheduler without rooms, in the stores of production."""
    migrate.upgrade(database_url)
    connections = engine.create(database_url, pool_size=20, timeout_s=30)
    maestro = FakeMaestro()
    maestro.clock = SystemClock()
    maestro.schedulers = PostgresSchedulers(connections)
    maestro.operations = RedisOperations(client, prefix=redis_prefix)
    maestro.rooms = RedisRooms(client, prefix=redis_prefix, tombstone_ttl_s=60)
    maestro.ports = RedisPorts(client, prefix=redis_prefix)
    maestro.management.schedulers.create(make.scheduler(rooms_replicas=0))
    work_off(maestro)
    yield maestro
    maestro.schedulers.delete(maestro.schedulers.uids()["arena"])
    connections.dispose()


def work_off(maestro: FakeMaestro) -> None:
    while maestro.worker().run_next("arena"):
        pass


def refusal_of(edit: Callable[[], str]) -> tuple[str | None, str]:
    """The operation's id, or None and why not."""
    try:
        return edit(), ""
    except errors.EditInProgress as error:
        return None, str(error)


def edits_of(edits: Edits) -> list[Callable[[], str]]:
    return [
        lambda: edits.patch("arena", SchedulerPatch(max_surge="2")),
        lambda: edits.new_version(make.scheduler(rooms_replicas=0)),
        lambda: edits.switch("arena", "v1.0.0"),
    ]


def test_of_a_hundred_edits_at_once_one_is_accepted(fleet: FakeMaestro) -> None:
    edits = edits_of(fleet.management.edits) * EDITORS
    with ThreadPoolExecutor(EDITORS) as pool:
        answers = list(pool.map(refusal_of, edits[:EDITORS]))

    # Then the others hear which one it is
    (accepted,) = (operation for operation, _ in answers if operation)
    refusals = [reason for operation, reason in answers if operation is None]
    assert len(refusals) == EDITORS - 1
    text = re.compile(
        "cannot (create new scheduler version|patch scheduler|switch active version): "
        rf"there is already an ongoing version operation \(id: {accepted}\) for scheduler arena"
    )
    assert all(text.fullmatch(reason) for reason in refusals)

    # And nothing is left of them in any store
    assert [each.id for each in fleet.schedulers.opened()] == [accepted]
    open_kinds = fleet.operations.open_kinds("arena")
    assert [each for each, kind in open_kinds.items() if kind in EDITS] == [accepted]

    work_off(fleet)
    fleet.sweep.once()
    assert fleet.schedulers.opened() == []
    assert len(fleet.schedulers.versions("arena")) <= 2


def test_while_edits_come_and_are_done_none_is_lost_and_none_done_twice(
    fleet: FakeMaestro,
) -> None:
    # Given editors who ask again and again, workers, and a sweep
    accepted: list[str] = []
    done = threading.Event()
    patches = [SchedulerPatch(max_surge=str(number)) for number in range(1, 9)]

    def edit(patch: SchedulerPatch) -> None:
        for _ in range(3):
            while True:
                operation, _ = refusal_of(lambda: fleet.management.edits.patch("arena", patch))
                if operation:
                    accepted.append(operation)
                    break

    def repeat(action: Callable[[], object]) -> None:
        while not done.is_set():
            action()

    helpers = [
        threading.Thread(target=repeat, args=[lambda: work_off(fleet)]),
        threading.Thread(target=repeat, args=[lambda: work_off(fleet)]),
        threading.Thread(target=repeat, args=[fleet.sweep.once]),
    ]
    for helper in helpers:
        helper.start()
    with ThreadPoolExecutor(len(patches)) as pool:
        list(pool.map(edit, patches))
    done.set()
    for helper in helpers:
        helper.join()
    work_off(fleet)

    # Then each that was accepted made a version, and no other did
    versions = fleet.schedulers.versions("arena")
    assert len(versions) == 1 + len(accepted) == 1 + 3 * len(patches)
    assert versions[0].is_active
    assert fleet.schedulers.get("arena").state is SchedulerState.IN_SYNC
    assert fleet.schedulers.opened() == []
    for operation in accepted:
        assert fleet.operations.get("arena", operation).status is OperationStatus.FINISHED
    ended, _ = fleet.operations.page("arena", Stage.FINAL, descending=True, limit=1000)
    kinds = [each.definition.NAME for each in ended]
    assert kinds.count("switch_active_version") == len(accepted)
    assert kinds.count("create_new_scheduler_version") == len(accepted)
