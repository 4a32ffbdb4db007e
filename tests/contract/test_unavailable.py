"""Whatever is asked of a store that is away raises Unavailable, and nothing of the vendor's."""

from collections.abc import Callable, Iterator

import pytest
import redis

from maestro import errors
from maestro.domain.forwarding import events
from maestro.domain.health import Memory
from maestro.domain.operations import DeleteScheduler, OperationStatus
from maestro.domain.rooms import RoomStatus
from maestro.domain.schedulers import SchedulerState
from maestro.domain.serving import EVERYTHING
from maestro.ports.events import DeadLetter, Exchange, Hold
from maestro.ports.storage import Grant, SchedulerRepository, Stage
from maestro.storage.postgres import engine
from maestro.storage.postgres.schedulers import PostgresSchedulers
from maestro.storage.redis import client as connection
from tests import make
from tests.contract.conftest import Stores, in_memory, in_redis
from tests.fakes.operations import FakeOperations
from tests.fakes.schedulers import FakeSchedulers
from tests.fakes.world import World

GRANT = Grant(scheduler="arena", operation="operation", token="token")
HOLD = Hold(scheduler="arena", token="token")
LETTER = DeadLetter(
    scheduler="arena",
    forwarder=make.forwarder(),
    event=events.terminated("arena-1", "arena-game"),
    number=1,
    reason="",
    attempts=1,
    at=make.NOW,
)
SCHEDULER = make.scheduler()
OPERATION = make.operation(DeleteScheduler())

FAST: dict[str, Callable[[Stores], object]] = {
    "enqueue": lambda stores: stores.operations.enqueue(OPERATION),
    "schedulers": lambda stores: stores.operations.schedulers(),
    "retire": lambda stores: stores.operations.retire("arena"),
    "attend work": lambda stores: stores.operations.attend(EVERYTHING, ttl_s=1),
    "attended": lambda stores: stores.operations.attended(),
    "open_kinds": lambda stores: stores.operations.open_kinds("arena"),
    "knows": lambda stores: stores.operations.knows("arena", ["operation"]),
    "take": lambda stores: stores.take(),
    "renew": lambda stores: stores.operations.renew([GRANT], lease_ttl_s=1),
    "release": lambda stores: stores.operations.release(GRANT),
    "note": lambda stores: stores.operations.note(GRANT, "event"),
    "choose": lambda stores: stores.operations.choose(GRANT, {}),
    "park": lambda stores: stores.operations.park(GRANT, until=make.NOW, wake_on_rooms=False),
    "finish": lambda stores: stores.operations.finish(
        GRANT, OperationStatus.FINISHED, DeleteScheduler(), event="over"
    ),
    "commit": lambda stores: stores.operations.commit(GRANT),
    "cancel": lambda stores: stores.operations.cancel("arena", "operation"),
    "cancel_waiting": lambda stores: stores.operations.cancel_waiting("arena", besides=GRANT),
    "get operation": lambda stores: stores.operations.get("arena", "operation"),
    "pending operations": lambda stores: stores.operations.page(
        "arena", Stage.PENDING, descending=True, limit=1
    ),
    "final operations": lambda stores: stores.operations.page(
        "arena", Stage.FINAL, descending=True, limit=1
    ),
    "some": lambda stores: stores.operations.some("arena", ["operation"]),
    "ended": lambda stores: stores.operations.ended(
        "arena", after=None, descending=True, offset=0, limit=1
    ),
    "settled": lambda stores: stores.operations.settled("arena", keep=0, before=make.NOW, limit=1),
    "drop": lambda stores: stores.operations.drop("arena", ["operation"]),
    "prune": lambda stores: stores.operations.prune("arena"),
    "amounts_ended": lambda stores: stores.operations.amounts_ended(["arena"]),
    "standing": lambda stores: stores.operations.standing(["arena"]),
    "fail": lambda stores: stores.operations.fail("arena", "operation", events=[]),
    "work": lambda stores: stores.operations.work(["arena"]),
    "may_hint": lambda stores: stores.operations.may_hint("arena", ttl_s=1),
    "hint_taken": lambda stores: stores.operations.hint_taken("arena"),
    "forget": lambda stores: stores.operations.forget("arena"),
    "configure": lambda stores: stores.rooms.configure(SCHEDULER),
    "configured": lambda stores: stores.rooms.configured(["arena"]),
    "register": lambda stores: stores.rooms.register(GRANT, [make.new_room()]),
    "created": lambda stores: stores.rooms.created(GRANT, [make.instance()]),
    "not_created": lambda stores: stores.rooms.not_created(GRANT, ["arena-1"]),
    "ping": lambda stores: stores.rooms.ping("arena", "arena-1", make.ping()),
    "allocate": lambda stores: stores.rooms.allocate("arena", ttl_s=1),
    "expire_claims": lambda stores: stores.rooms.expire_claims("arena"),
    "claim_for_removal": lambda stores: stores.rooms.claim_for_removal(
        GRANT, ["arena-1"], allowed=[RoomStatus.READY]
    ),
    "deletions_accepted": lambda stores: stores.rooms.deletions_accepted(GRANT, ["arena-1"]),
    "gone": lambda stores: stores.rooms.gone(GRANT, ["arena-1"]),
    "all rooms": lambda stores: stores.rooms.all("arena"),
    "get room": lambda stores: stores.rooms.get("arena", "arena-1"),
    "page of rooms": lambda stores: stores.rooms.page("arena", offset=0, limit=1),
    "counts": lambda stores: stores.rooms.counts(["arena"]),
    "fleet": lambda stores: stores.rooms.fleet("arena", crashes_since=make.NOW),
    "remember": lambda stores: stores.rooms.remember(
        GRANT, Memory(), check_again_s=1, check_due_s=1
    ),
    "decisions": lambda stores: stores.rooms.decisions("arena"),
    "memories": lambda stores: stores.rooms.memories(["arena"]),
    "resume": lambda stores: stores.rooms.resume("arena"),
    "accepting": lambda stores: stores.rooms.accepting(),
    "outages": lambda stores: stores.rooms.outages(),
    "lead": lambda stores: stores.changes.lead("watcher", ttl_s=1),
    "resign": lambda stores: stores.changes.resign("watcher"),
    "now": lambda stores: stores.changes.now(),
    "next_epoch": lambda stores: stores.changes.next_epoch(),
    "known_rooms": lambda stores: stores.changes.known_rooms(["arena"]),
    "push": lambda stores: stores.changes.push([make.change()]),
    "apply": lambda stores: stores.changes.apply("arena", limit=1),
    "audience": lambda stores: stores.outbox.audience("arena", "arena-1"),
    "to_drain": lambda stores: stores.outbox.to_drain(),
    "attend": lambda stores: stores.outbox.attend("process", ttl_s=1),
    "leave": lambda stores: stores.outbox.leave("process"),
    "hold": lambda stores: stores.outbox.hold("arena", "process", ttl_s=1),
    "renew holds": lambda stores: stores.outbox.renew([HOLD], ttl_s=1),
    "release hold": lambda stores: stores.outbox.release(HOLD),
    "exchange": lambda stores: stores.outbox.exchange([Exchange(hold=HOLD, after=0, limit=1)]),
    "waiting": lambda stores: stores.outbox.waiting("arena"),
    "states": lambda stores: stores.outbox.states(["arena"]),
    "bury": lambda stores: stores.outbox.bury([LETTER]),
    "letters": lambda stores: stores.outbox.letters("arena"),
    "letter_counts": lambda stores: stores.outbox.letter_counts(),
    "replay": lambda stores: stores.outbox.replay([LETTER]),
    "reserve": lambda stores: stores.ports.reserve(GRANT, ["arena-1"], SCHEDULER),
}

DURABLE: dict[str, Callable[[SchedulerRepository], object]] = {
    "installation": lambda schedulers: schedulers.installation(),
    "create": lambda schedulers: schedulers.create(SCHEDULER, OPERATION),
    "get": lambda schedulers: schedulers.get("arena"),
    "find": lambda schedulers: schedulers.find(),
    "uids": lambda schedulers: schedulers.uids(),
    "versions": lambda schedulers: schedulers.versions("arena"),
    "open": lambda schedulers: schedulers.open("arena", OPERATION),
    "opened": lambda schedulers: schedulers.opened(),
    "mark": lambda schedulers: schedulers.mark(SCHEDULER.uid, SchedulerState.IN_SYNC),
    "close": lambda schedulers: schedulers.close(
        SCHEDULER.uid, OPERATION.id, state=SchedulerState.IN_SYNC
    ),
    "edit": lambda schedulers: schedulers.edit("arena"),
    "open_edit": lambda schedulers: schedulers.open_edit("arena", OPERATION),
    "withdraw": lambda schedulers: schedulers.withdraw(OPERATION),
    "begin_edit": lambda schedulers: schedulers.begin_edit(SCHEDULER.uid, OPERATION.id),
    "add_version": lambda schedulers: schedulers.add_version(
        SCHEDULER, OPERATION, edit=OPERATION.id
    ),
    "switch": lambda schedulers: schedulers.switch(SCHEDULER.uid, "v1.0.0", OPERATION.id),
    "end_edit": lambda schedulers: schedulers.end_edit(SCHEDULER.uid, [OPERATION.id]),
    "delete": lambda schedulers: schedulers.delete(SCHEDULER.uid),
}


@pytest.fixture(params=["fake", "redis"])
def stores(request: pytest.FixtureRequest, free_port: int) -> Iterator[Stores]:
    """Fast stores that are away."""
    if request.param == "fake":
        world = World()
        world.away = True
        yield in_memory(world)
        return
    with connection.create(f"redis://127.0.0.1:{free_port}/0", timeout_s=1) as client:
        yield in_redis(client, prefix="away")


@pytest.fixture(params=["fake", "postgres"])
def schedulers(request: pytest.FixtureRequest, free_port: int) -> Iterator[SchedulerRepository]:
    """A repository that is away."""
    if request.param == "fake":
        world = World()
        world.away = True
        yield FakeSchedulers(world)
        return
    url = f"postgresql+psycopg2://nobody@127.0.0.1:{free_port}/nothing"
    connections = engine.create(url, pool_size=1, timeout_s=1)
    yield PostgresSchedulers(connections)
    connections.dispose()


@pytest.mark.parametrize("ask", FAST.values(), ids=FAST.keys())
def test_whoever_asks_a_fast_store_that_is_away_hears_so(
    stores: Stores, ask: Callable[[Stores], object]
) -> None:
    with pytest.raises(errors.Unavailable):
        ask(stores)


@pytest.mark.parametrize("ask", DURABLE.values(), ids=DURABLE.keys())
def test_whoever_asks_the_database_while_it_is_away_hears_so(
    schedulers: SchedulerRepository, ask: Callable[[SchedulerRepository], object]
) -> None:
    with pytest.raises(errors.Unavailable):
        ask(schedulers)


def test_a_store_that_is_back_answers_as_before() -> None:
    world = World()
    operations = FakeOperations(world)
    operations.enqueue(OPERATION)
    world.away = True
    with pytest.raises(errors.Unavailable):
        operations.knows("arena", [OPERATION.id])

    world.away = False

    assert operations.knows("arena", [OPERATION.id]) == [True]


def test_a_broken_connection_is_replaced_unnoticed(
    redis_client: redis.Redis, redis_url: str, redis_prefix: str
) -> None:
    stores = in_redis(redis_client, prefix=redis_prefix)
    stores.operations.enqueue(OPERATION)
    used = redis_client.client_id()

    with redis.Redis.from_url(redis_url) as other:
        other.client_kill_filter(_id=str(used))

    assert stores.operations.knows("arena", [OPERATION.id]) == [True]
