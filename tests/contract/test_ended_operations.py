"""What every OperationStore promises of operations that ended, until they are archived."""

import datetime

import pytest
import redis

from maestro.domain import operations
from maestro.domain.operations import EventText, OperationStatus
from maestro.ports.storage import Ended, Stage
from maestro.storage.redis.keys import Keys
from tests import make
from tests.contract.conftest import Stores, in_redis

NORMAL = operations.TestOperation()


def minutes(amount: float) -> datetime.timedelta:
    return datetime.timedelta(minutes=amount)


def end(stores: Stores, *moments: float) -> list[str]:
    """Operations that ended, created at these minutes."""
    ids = []
    for moment in moments:
        operation = make.operation(NORMAL, created_at=make.NOW + minutes(moment))
        grant = stores.begin(operation)
        stores.operations.finish(grant, OperationStatus.FINISHED, NORMAL, event=EventText.FINISHED)
        ids.append(operation.id)
    return ids


def shown(ended: Ended) -> list[str]:
    return [each.id for each in ended.page]


def in_future(stores: Stores) -> datetime.datetime:
    return stores.now() + minutes(1)


@pytest.mark.parametrize("descending", [False, True])
def test_without_an_archive_all_are_new(stores: Stores, descending: bool) -> None:
    _, second, _ = end(stores, 1, 2, 3)

    ended = stores.operations.ended("arena", after=None, descending=descending, offset=1, limit=1)

    assert (shown(ended), ended.first, ended.newer, ended.older) == ([second], 1, 3, [])


def test_newest_first_a_page_begins_where_it_is_asked_to(stores: Stores) -> None:
    first, second, third, _ = end(stores, 1, 2, 3, 4)

    ended = stores.operations.ended(
        "arena", after=make.NOW + minutes(2), descending=True, offset=1, limit=5
    )

    assert (shown(ended), ended.first, ended.newer) == ([third], 1, 2)
    assert [each for each, _ in ended.older] == [first, second]
    assert [moment for _, moment in ended.older] == [make.NOW + minutes(1), make.NOW + minutes(2)]


@pytest.mark.parametrize(("offset", "first"), [(-5, 0), (1, 0), (2, 1)])
def test_oldest_first_it_begins_earlier_by_as_many_as_are_older(
    stores: Stores, offset: int, first: int
) -> None:
    ids = end(stores, 1, 2, 3, 4)

    ended = stores.operations.ended(
        "arena", after=make.NOW + minutes(1), descending=False, offset=offset, limit=1
    )

    assert (shown(ended), ended.first, ended.newer) == (ids[1 + first : 3 + first], first, 3)


def test_only_the_old_ones_are_to_be_archived_with_their_history(stores: Stores) -> None:
    first, second, _ = end(stores, 1, 2, 3)

    settled = stores.operations.settled("arena", keep=1, before=in_future(stores), limit=10)

    assert [each.id for each in settled] == [first, second]
    assert settled[0].history[-1].event == EventText.FINISHED
    assert settled[0].ended_at == settled[0].history[-1].created_at


def test_not_more_are_to_be_archived_than_asked_for(stores: Stores) -> None:
    ids = end(stores, 1, 2, 3, 4)

    settled = stores.operations.settled("arena", keep=0, before=in_future(stores), limit=3)

    assert [each.id for each in settled] == ids[:3]


def test_what_ended_just_now_waits(stores: Stores) -> None:
    end(stores, 1, 2)

    early = stores.now() - minutes(5)

    assert stores.operations.settled("arena", keep=0, before=early, limit=10) == []


def test_what_is_dropped_is_gone_and_what_is_open_stays(stores: Stores) -> None:
    (ended,) = end(stores, 1)
    waiting = make.operation(NORMAL)
    stores.operations.enqueue(waiting)

    stores.operations.drop("arena", [ended, waiting.id, "unknown"])

    assert stores.operations.knows("arena", [ended, waiting.id]) == [False, True]
    assert stores.operations.page("arena", Stage.FINAL, descending=True, limit=9) == ([], 0)
    assert stores.operations.amounts_ended(["arena", "nowhere"]) == [0, 0]


def test_some_are_read_by_id(stores: Stores) -> None:
    _, second = end(stores, 1, 2)

    assert [each.id for each in stores.operations.some("arena", [second, "unknown"])] == [second]
    assert stores.operations.amounts_ended(["arena"]) == [2]


def test_where_nothing_is_lost_nothing_is_pruned(stores: Stores) -> None:
    end(stores, 1)
    stores.operations.enqueue(make.operation(operations.HealthController()))

    assert stores.operations.prune("arena") == 0
    assert stores.take() is not None


def test_what_lost_its_record_is_pruned_from_all_lists(
    redis_client: redis.Redis, redis_prefix: str
) -> None:
    stores = in_redis(redis_client, prefix=redis_prefix)
    stores.rooms.configure(make.scheduler())
    keys = Keys(redis_prefix, "arena")
    (ended,) = end(stores, 1)
    lost = make.operation(operations.HealthController())
    stores.operations.enqueue(lost)
    redis_client.delete(keys.operation(ended), keys.operation(lost.id))

    assert stores.operations.prune("arena") == 4

    assert stores.operations.open_kinds("arena") == {}
    assert stores.operations.amounts_ended(["arena"]) == [0]
    again = stores.operations.enqueue(make.operation(operations.HealthController()))
    assert stores.taken().operation.id == again
