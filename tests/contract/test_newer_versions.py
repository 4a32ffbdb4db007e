"""What every OperationStore promises while a newer Maestro works beside this one."""

import json

import pytest
import redis

from maestro.domain import operations
from maestro.domain.operations import NotKnown, OperationStatus
from maestro.ports.storage import Stage
from maestro.storage.redis.keys import Keys
from tests import make
from tests.contract.conftest import SHORT_LEASE_S, Stores, in_redis

PAINT = NotKnown(kind="paint_rooms", document={"colour": "red"})
NORMAL = operations.TestOperation()


def enqueue(stores: Stores, definition: operations.Definition) -> str:
    return stores.operations.enqueue(make.operation(definition))


def test_an_unknown_kind_is_left_to_a_newer_worker(stores: Stores) -> None:
    operation = enqueue(stores, PAINT)

    (work,) = stores.operations.work(["arena"])

    assert not work.operations
    assert stores.take() is None
    kept = stores.operations.get("arena", operation)
    assert (kept.status, kept.definition) == (OperationStatus.PENDING, PAINT)
    assert [line.event for line in kept.history] == ["Created"]


def test_what_came_after_it_waits_for_it(stores: Stores) -> None:
    enqueue(stores, PAINT)
    enqueue(stores, NORMAL)

    assert stores.take() is None


def test_what_came_before_it_does_not(stores: Stores) -> None:
    before = enqueue(stores, NORMAL)
    enqueue(stores, PAINT)

    assert stores.taken().operation.id == before


@pytest.mark.parametrize("beside", [operations.HealthController(), operations.AddRooms(amount=1)])
def test_the_fleet_is_looked_after_meanwhile(stores: Stores, beside: operations.Definition) -> None:
    enqueue(stores, PAINT)
    enqueue(stores, NORMAL)
    operation = enqueue(stores, beside)

    (work,) = stores.operations.work(["arena"])

    assert work.operations
    assert stores.taken().operation.id == operation


def test_it_is_listed_with_what_it_brought_along(stores: Stores) -> None:
    operation = enqueue(stores, PAINT)

    found, _ = stores.operations.page("arena", Stage.PENDING, descending=True, limit=10)

    assert [(each.id, each.definition) for each in found] == [(operation, PAINT)]


def test_it_can_be_cancelled(stores: Stores) -> None:
    operation = enqueue(stores, PAINT)
    after = enqueue(stores, NORMAL)

    assert stores.operations.cancel("arena", operation)

    assert stores.taken().operation.id == after


class TestRecords:
    """Records as a newer version writes them."""

    @pytest.fixture
    def keys(self, redis_prefix: str) -> Keys:
        return Keys(redis_prefix, "arena")

    @pytest.fixture
    def stores(self, redis_client: redis.Redis, redis_prefix: str) -> Stores:
        stores = in_redis(redis_client, prefix=redis_prefix)
        stores.rooms.configure(make.scheduler())
        return stores

    def test_fields_that_are_not_known_change_nothing(
        self, stores: Stores, keys: Keys, redis_client: redis.Redis
    ) -> None:
        operation = enqueue(stores, operations.AddRooms(amount=2))
        document = json.dumps({"amount": 2, "colour": "red"})
        redis_client.hset(keys.operation(operation), mapping={"mood": "good", "input": document})

        assert stores.taken().operation.definition == operations.AddRooms(amount=2)

    def test_a_known_kind_in_a_newer_format_is_left_alone(
        self, stores: Stores, keys: Keys, redis_client: redis.Redis
    ) -> None:
        operation = enqueue(stores, operations.AddRooms(amount=2))
        redis_client.hset(keys.operation(operation), "format", operations.FORMAT + 1)

        assert stores.take() is None
        assert isinstance(stores.operations.get("arena", operation).definition, NotKnown)

    def test_a_record_without_a_format_is_of_the_first(
        self, stores: Stores, keys: Keys, redis_client: redis.Redis
    ) -> None:
        operation = enqueue(stores, NORMAL)
        redis_client.hdel(keys.operation(operation), "format")

        assert stores.taken().operation.id == operation

    def test_a_record_that_tells_of_no_request_is_that_of_an_older_maestro(
        self, stores: Stores, keys: Keys, redis_client: redis.Redis
    ) -> None:
        operation = enqueue(stores, NORMAL)
        redis_client.hdel(keys.operation(operation), "request")

        assert stores.taken().operation.request_id == ""

    def test_when_its_newer_worker_dies_another_newer_one_continues_it(
        self, stores: Stores, keys: Keys, redis_client: redis.Redis
    ) -> None:
        # Given an operation of a kind that only a newer worker knows, whose worker fell silent
        operation = enqueue(stores, NORMAL)
        stores.taken(lease_ttl_s=SHORT_LEASE_S)
        redis_client.hset(keys.operation(operation), "definition", "paint_rooms")
        redis_client.hset(keys.open, operation, "paint_rooms")
        beside = enqueue(stores, operations.AddRooms(amount=1))
        stores.let_lease_expire()
        # When a worker of today comes, it does what it can beside it
        taken = stores.taken()
        assert taken.operation.id == beside
        stores.operations.finish(
            taken.grant,
            OperationStatus.FINISHED,
            taken.operation.definition,
            event=operations.EventText.FINISHED,
        )
        # Then the operation goes on with whoever knows its kind
        redis_client.hset(keys.open, operation, NORMAL.NAME)
        redis_client.hset(keys.operation(operation), "definition", NORMAL.NAME)
        taken = stores.taken()
        assert (taken.operation.id, taken.resumed) == (operation, True)
