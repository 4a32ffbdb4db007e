"""A Redis Cluster as the state store: every script runs there, and what moves or dies is followed."""

import contextlib
import pathlib
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import redis
from redis.crc import key_slot

from maestro import errors
from maestro.domain.findings import Status
from maestro.domain.rooms import RoomStatus
from maestro.ports.storage import Renewal
from maestro.storage.redis import checkup, client, scripts
from maestro.storage.redis.cluster import ClusterRedis
from maestro.storage.redis.rooms import RedisRooms
from maestro.storage.redis.seats import RedisBeatSeat
from tests import make, redis_servers
from tests.contract.conftest import LEASE_S, Stores, in_redis
from tests.contract.test_unavailable import FAST
from tests.redis_servers import Node
from tests.waiting import eventually

#: In three different thirds of the slots.
FLEETS = ("arena", "castle", "duel", "forest")


@pytest.fixture(scope="module")
def nodes(stores_folder: pathlib.Path) -> Iterator[Sequence[Node]]:
    """A cluster of three servers."""
    with redis_servers.cluster(stores_folder / "nodes") as running:
        yield running


class Noting(ClusterRedis):
    """Notes which scripts were run, and how often servers were asked in batches."""

    def __init__(self, real: ClusterRedis) -> None:
        super().__init__(real._shards)
        self.scripts: set[str] = set()
        self.batches_sent = 0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if args[0] == "EVALSHA":
            self.scripts.add(args[1])
        return super().execute_command(*args, **options)

    def batches(self, commands: Any, *, transaction: bool) -> list[Any]:
        self.scripts |= {args[1] for args, _ in commands if args[0] == "EVALSHA"}
        return super().batches(commands, transaction=transaction)

    def _batch(self, *args: Any) -> Any:
        self.batches_sent += 1
        return super()._batch(*args)


@pytest.fixture
def noting(nodes: Sequence[Node]) -> Iterator[Noting]:
    """The client of production, watched."""
    real = client.create(redis_servers.cluster_url(nodes), timeout_s=5)
    assert isinstance(real, ClusterRedis)
    with Noting(real) as watched:
        yield watched


def all_scripts() -> dict[str, str]:
    """Name → what Redis calls it, of all that are no fragments."""
    folder = pathlib.Path(scripts.__file__).parent / "lua"
    texts = {file.stem: file.read_text() for file in folder.glob("*.lua")}
    included = {
        name
        for text in texts.values()
        for line in re.findall(r"^-- include: (.+)$", text, re.MULTILINE)
        for name in line.split(", ")
    }
    asked = redis.Redis()
    return {name: scripts.register(asked, name).sha for name in texts.keys() - included}


def test_every_script_runs_in_a_cluster(noting: Noting) -> None:
    stores = in_redis(noting, prefix="each-script")
    stores.rooms.configure(make.scheduler())
    RedisBeatSeat(noting, prefix="each-script").take("beat", ttl_s=1)

    for ask in FAST.values():
        # They may find nothing, or have no lease: what counts is that nothing else is wrong.
        with contextlib.suppress(errors.MaestroError):
            ask(stores)

    missing = {name for name, sha in all_scripts().items() if sha not in noting.scripts}
    assert not missing


def test_many_fleets_are_read_with_one_batch_per_server(noting: Noting) -> None:
    stores = in_redis(noting, prefix="many")
    fleets = [f"fleet-{number}" for number in range(60)]
    stores.operations.work(fleets)
    for read in (stores.operations.work, stores.rooms.counts, stores.outbox.states):
        noting.batches_sent = 0

        assert len(read(fleets)) == 60  # type: ignore[operator]

        assert noting.batches_sent == 3
