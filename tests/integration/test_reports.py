"""The report of all fleets in a real Redis, and messages that wait in a real broker."""

import pytest
import redis

from maestro import errors
from maestro.ports import tasks as names
from maestro.queue.celery_hints import CeleryHints
from maestro.queue.waiting import UnknownBroker, broker
from maestro.storage.redis import client as connection
from maestro.storage.redis.reports import RedisReports
from tests.ports import free_port
from tests.waiting import eventually


def test_every_reader_finds_the_newest_report(redis_url: str, redis_prefix: str) -> None:
    with connection.create(redis_url, timeout_s=10) as client:
        writer = RedisReports(client, prefix=redis_prefix)
        reader = RedisReports(client, prefix=redis_prefix)
        assert reader.read() is None
        writer.write({"maestro_fleets": [((), 1.0)]}, ttl_s=60)
        newest = {"rooms": [(("game", "arena"), 2.0), (("game", "other"), 0.0)]}
        writer.write(newest, ttl_s=60)
        assert reader.read() == newest


def test_a_report_is_forgotten_when_nobody_writes_another_one(
    redis_url: str, redis_prefix: str
) -> None:
    with connection.create(redis_url, timeout_s=10) as client:
        reports = RedisReports(client, prefix=redis_prefix)
        reports.write({"maestro_fleets": [((), 1.0)]}, ttl_s=0.01)
        eventually(lambda: reports.read() is None)


def test_messages_that_wait_are_counted_by_kind_and_the_oldest_tells_its_age(
    redis_url: str,
) -> None:
    # Given a broker of this test alone, in a database of its own
    url = redis_url.rsplit("/", 1)[0] + "/9"
    with redis.Redis.from_url(url) as client:
        queues = [*map(names.operations, ("arena", "other")), names.SYSTEM, names.METRICS]
        client.delete(*queues)
        hints = CeleryHints(url)
        hints.operations("arena")
        hints.operations("arena")
        hints.operations("other")
        hints.changes("arena")

        waiting = broker(url, timeout_s=5).waiting(["arena", "other", "idle"])

        assert {kind: amount for kind, (amount, _) in waiting.items()} == {
            names.OPERATIONS: 3,
            names.SYSTEM: 1,
            names.METRICS: 0,
        }
        assert 0 < waiting[names.SYSTEM][1] <= waiting[names.OPERATIONS][1]
        assert waiting[names.METRICS][1] == 0

        # And a message that nobody can read counts, without an age
        client.delete(*queues)
        client.lpush(names.SYSTEM, b"not json")
        assert broker(url, timeout_s=5).waiting([])[names.SYSTEM] == (1, 0.0)
        client.delete(*queues)


def test_a_broker_that_is_away_is_unavailable() -> None:
    with pytest.raises(errors.Unavailable):
        broker(f"redis://127.0.0.1:{free_port()}/0", timeout_s=1).waiting(["arena"])


def test_of_another_kind_of_broker_nothing_is_known() -> None:
    other = broker("amqp://127.0.0.1", timeout_s=1)
    assert isinstance(other, UnknownBroker)
    assert other.waiting(["arena"]) == {}
