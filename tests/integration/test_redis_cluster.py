"""A Redis Cluster as the state store: every script runs there; what moves or dies is followed."""

import contextlib
import functools
import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import redis
from redis.crc import key_slot

from maestro import errors
from maestro.domain.findings import Finding, Status
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

        assert len(read(fleets)) == 60

        assert noting.batches_sent == 3


# What moves


def start_fleet(stores: Stores, name: str) -> None:
    """A fleet with one room that is ready."""
    stores.rooms.configure(make.scheduler(name=name))
    room = make.instance(scheduler=name, room=f"{name}-1")
    stores.changes.push([make.change(room)])
    stores.changes.apply(name, limit=10)
    assert stores.rooms.ping(name, room.room, make.ping()).known


class Move:
    """A slot on its way from one server to another."""

    def __init__(self, nodes: Sequence[Node], tag: str) -> None:
        self.slot = key_slot(tag.encode())
        self._clients = [node.client() for node in nodes]
        owner = next(each for each in range(3) if self.slot < (each + 1) * redis_servers.SLOTS // 3)
        self._from, self._to = self._clients[owner], self._clients[(owner + 1) % 3]
        self._port = nodes[(owner + 1) % 3].port
        self._names = [client.execute_command("CLUSTER MYID") for client in self._clients]
        giver, taker = self._names[owner], self._names[(owner + 1) % 3]
        self._taker = taker
        self._to.execute_command("CLUSTER SETSLOT", self.slot, "IMPORTING", giver)
        self._from.execute_command("CLUSTER SETSLOT", self.slot, "MIGRATING", taker)

    def keys(self) -> list[str]:
        """Those that have not moved yet."""
        found: list[str] = self._from.execute_command("CLUSTER GETKEYSINSLOT", self.slot, 1000)
        return found

    def move(self, keys: Sequence[str]) -> None:
        """Move some."""
        for key in keys:
            self._from.migrate("127.0.0.1", self._port, key, 0, 5000)

    def end(self) -> None:
        """Let everybody know."""
        for asked in self._clients:
            asked.execute_command("CLUSTER SETSLOT", self.slot, "NODE", self._taker)
            asked.close()


def test_a_fleet_on_its_way_to_another_server_is_found_everywhere(
    nodes: Sequence[Node], noting: Noting
) -> None:
    stores = in_redis(noting, prefix="moving")
    start_fleet(stores, "arena")
    start_fleet(stores, "castle")

    move = Move(nodes, "arena")
    move.move(move.keys()[:3])
    with pytest.raises(errors.Unavailable):
        # Its keys are in two places.
        stores.rooms.ping("arena", "arena-1", make.ping())
    move.move(move.keys())
    # The old server still answers for it, and says who to ask.
    assert stores.rooms.get("arena", "arena-1").id == "arena-1"
    assert stores.rooms.configured(["arena", "castle"]) == [True, True]
    move.end()

    assert stores.rooms.ping("arena", "arena-1", make.ping()).known
    assert stores.rooms.counts(["arena", "castle"])[0][RoomStatus.READY] == 1
    assert stores.rooms.ping("castle", "castle-1", make.ping()).known


# What dies


@pytest.fixture
def failing(tmp_path: pathlib.Path) -> Iterator[list[Node]]:
    """A cluster of three servers and their replicas."""
    with redis_servers.cluster(tmp_path, replicas=True) as running:
        yield running


def owner(tag: str) -> int:
    """The number of the server that has the keys of a fleet."""
    return key_slot(tag.encode()) * 3 // redis_servers.SLOTS


def test_a_server_that_dies_costs_other_fleets_nothing_and_its_replica_takes_over(
    failing: list[Node],
) -> None:
    url, prefix = redis_servers.cluster_url(failing[:3]), "dying"
    lasting = next(name for name in FLEETS if owner(name) != owner("arena"))
    with (
        client.create(url, timeout_s=1) as patient,
        client.create_impatient(url, timeout_s=0.2) as impatient,
    ):
        stores = in_redis(patient, prefix=prefix)
        pings = RedisRooms(impatient, prefix=prefix, tombstone_ttl_s=60)
        for name in ("arena", lasting):
            start_fleet(stores, name)
        grants = [stores.begin(make.operation(scheduler=name)) for name in ("arena", lasting)]
        renew = functools.partial(stores.operations.renew, grants, lease_ttl_s=LEASE_S)
        dying = failing[owner("arena")]
        with dying.client() as asked:
            assert asked.wait(1, 5000) == 1

        dying.kill()

        with pytest.raises(errors.Unavailable):
            pings.ping("arena", "arena-1", make.ping())
        assert pings.ping(lasting, f"{lasting}-1", make.ping()).known
        assert renew() == [Renewal.UNKNOWN, Renewal.OURS]
        # A process with other fleets to serve is as ready as before.
        assert patient.ping()

        assert eventually(lambda: answered(pings, "arena"), within_s=30)
        # The others hear of it a moment later.
        assert eventually(lambda: Renewal.UNKNOWN not in renew())
        assert renew() == [Renewal.OURS, Renewal.OURS]
        assert stores.changes.now()


def answered(pings: RedisRooms, name: str) -> bool:
    """Whether a ping was stored."""
    try:
        return pings.ping(name, f"{name}-1", make.ping()).known
    except errors.Unavailable:
        return False


def examined(url: str) -> dict[str, Finding]:
    """The last finding of each name."""
    return {each.name: each for each in checkup.check(url, prefix="doctor", timeout_s=5).ask()}


def test_what_the_doctor_says_of_a_cluster(nodes: Sequence[Node]) -> None:
    url = redis_servers.cluster_url(nodes[1:])

    found = examined(url)

    assert found["Redis"].found == "a cluster of 3 primary servers answers"
    assert found["Redis cluster"].status is Status.OK
    assert found["Redis scripts"].status is Status.OK
    assert found["Redis role"].status is Status.OK
    assert found["Redis replicas"].status is Status.WARNING


def test_the_doctor_sees_that_a_url_says_something_else(
    nodes: Sequence[Node], redis_url: str
) -> None:
    as_server = f"redis://127.0.0.1:{nodes[0].port}/0"
    as_cluster = redis_url.replace("redis://", "redis+cluster://").removesuffix("/0")

    to_cluster, to_server = examined(as_server), examined(as_cluster)

    assert "redis+cluster://" in to_cluster["Redis role"].advice
    assert to_server["Redis"].status is Status.FAILURE
