"""
What the contract suites run against: fast stores, the fakes and those in Redis; and both APIs, over
HTTP and over gRPC.
"""

import dataclasses
import datetime
import functools
import pathlib
import secrets
from collections.abc import Callable, Iterator

import grpc
import pytest
import redis

from maestro.domain.operations import Operation, TestOperation
from maestro.ports import storage
from maestro.ports.events import Outbox
from maestro.storage.redis import client as connection
from maestro.storage.redis import scripts
from maestro.storage.redis.changes import RedisChanges
from maestro.storage.redis.lean import LeanScript
from maestro.storage.redis.operations import RedisOperations
from maestro.storage.redis.outbox import RedisOutbox
from maestro.storage.redis.ports import RedisPorts
from maestro.storage.redis.rooms import RedisRooms
from tests import make, redis_servers, waiting
from tests.contract import calls, serving
from tests.fakes.changes import FakeChanges
from tests.fakes.operations import FakeOperations
from tests.fakes.outbox import FakeOutbox
from tests.fakes.ports import FakePorts
from tests.fakes.rooms import FakeRooms
from tests.fakes.services import Services
from tests.fakes.world import World

#: Long enough to outlive every test.
LEASE_S = 60.0
#: Short enough to wait for.
SHORT_LEASE_S = 0.02
TOMBSTONE_S = 600.0
#: Most events that wait.
OUTBOX = 1000
#: Most dead letters, and how long they are kept; more than most tests need.
LETTERS, LETTERS_S = 100, 60.0
QUARANTINE_S = 300.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stores:
    """The fast stores of one installation that only this test knows."""

    operations: storage.OperationStore
    rooms: storage.RoomStore
    changes: storage.ChangeStore
    ports: storage.PortRegistry
    outbox: Outbox
    #: Returns when that many seconds have passed where the stores are.
    let_pass: Callable[[float], None]

    def now(self) -> datetime.datetime:
        """The time it is where the stores are."""
        return self.changes.now()

    def take(
        self,
        scheduler: str = "arena",
        *,
        worker: str = "worker-1",
        lease_ttl_s: float = LEASE_S,
        may_recover: bool = True,
    ) -> storage.Taken | None:
        """What a worker gets to execute, if anything."""
        return self.operations.take(
            scheduler, worker=worker, lease_ttl_s=lease_ttl_s, may_recover=may_recover
        )

    def taken(
        self,
        scheduler: str = "arena",
        *,
        worker: str = "worker-1",
        lease_ttl_s: float = LEASE_S,
    ) -> storage.Taken:
        """What a worker gets to execute, when there must be something."""
        taken = self.take(scheduler, worker=worker, lease_ttl_s=lease_ttl_s)
        assert taken is not None
        return taken

    def begin(self, operation: Operation | None = None) -> storage.Grant:
        """The right to change the fleet, by way of an operation that runs."""
        operation = operation or make.operation()
        self.operations.enqueue(operation)
        taken = self.taken(operation.scheduler)
        assert taken.operation.id == operation.id
        return taken.grant

    def lose(self, grant: storage.Grant) -> storage.Grant:
        """Let another worker take over; returns what it was granted."""
        self.operations.renew([grant], lease_ttl_s=SHORT_LEASE_S)
        self.let_lease_expire()
        return self.taken(grant.scheduler, worker="worker-2").grant

    def let_lease_expire(self) -> None:
        """Let a short lease run out."""
        self.let_pass(2 * SHORT_LEASE_S)


def in_memory(world: World, *, quarantine_s: float = QUARANTINE_S) -> Stores:
    """The stores of tests."""
    return Stores(
        operations=FakeOperations(world),
        rooms=FakeRooms(world),
        changes=FakeChanges(world, quarantine_s=quarantine_s),
        ports=FakePorts(world),
        outbox=FakeOutbox(world, letters_limit=LETTERS, letters_age_s=LETTERS_S),
        let_pass=world.clock.advance,
    )


def in_fresh_memory(
    *,
    tombstone_ttl_s: float = TOMBSTONE_S,
    outbox_limit: int = OUTBOX,
    quarantine_s: float = QUARANTINE_S,
) -> Stores:
    """The stores of tests, empty."""
    world = World(tombstone_ttl_s=tombstone_ttl_s)
    world.outbox_limit = outbox_limit
    return in_memory(world, quarantine_s=quarantine_s)


def in_redis(
    client: redis.Redis,
    *,
    prefix: str,
    tombstone_ttl_s: float = TOMBSTONE_S,
    outbox_limit: int = OUTBOX,
    quarantine_s: float = QUARANTINE_S,
    ping: LeanScript | None = None,
    replicas: scripts.Replicas = scripts.NO_REPLICAS,
) -> Stores:
    """The stores of production; `ping` is what calls the script of pings, if not the client."""
    changes = RedisChanges(
        client, prefix=prefix, tombstone_ttl_s=tombstone_ttl_s, quarantine_s=quarantine_s
    )

    def let_pass(seconds: float) -> None:
        until = changes.now() + datetime.timedelta(seconds=seconds)
        waiting.eventually(lambda: changes.now() >= until, every_s=0.001)

    return Stores(
        operations=RedisOperations(client, prefix=prefix, replicas=replicas),
        rooms=RedisRooms(
            client,
            prefix=prefix,
            tombstone_ttl_s=tombstone_ttl_s,
            outbox_limit=outbox_limit,
            ping=ping,
            replicas=replicas,
        ),
        changes=changes,
        ports=RedisPorts(client, prefix=prefix),
        outbox=RedisOutbox(client, prefix=prefix, letters_limit=LETTERS, letters_age_s=LETTERS_S),
        let_pass=let_pass,
    )


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """The client of production, at the server of the tests."""
    with connection.create(redis_url, timeout_s=10) as client:
        yield client


@pytest.fixture(scope="session")
def cluster_client(stores_folder: pathlib.Path) -> Iterator[redis.Redis]:
    """The client of production, at a Redis Cluster of three servers, for the whole run."""
    with (
        redis_servers.cluster(stores_folder / "cluster") as nodes,
        connection.create(redis_servers.cluster_url(nodes[:1]), timeout_s=10) as client,
    ):
        yield client


@pytest.fixture
def lean_ping(redis_url: str) -> Iterator[LeanScript]:
    """What takes pings in production."""
    script = LeanScript(redis_url, scripts.text("ping_room"), timeout_s=10)
    yield script
    script.close()


#: For tests to which it matters who calls the script of pings.
WITH_LEAN = pytest.mark.parametrize(
    "make_stores", ["fake", "redis", "cluster", "lean"], indirect=True
)


@pytest.fixture(params=["fake", "redis", "cluster"])
def make_stores(request: pytest.FixtureRequest) -> Callable[..., Stores]:
    """Makes the stores under test, with a fleet called `arena`."""
    if request.param == "fake":
        maker: Callable[..., Stores] = in_fresh_memory
    elif request.param == "cluster":
        client = request.getfixturevalue("cluster_client")
        maker = functools.partial(in_redis, client, prefix=f"test-{secrets.token_hex(6)}")
    else:
        client = request.getfixturevalue("redis_client")
        prefix = request.getfixturevalue("redis_prefix")
        ping = request.getfixturevalue("lean_ping") if request.param == "lean" else None
        maker = functools.partial(in_redis, client, prefix=prefix, ping=ping)

    def make_with_fleet(**options: float) -> Stores:
        stores = maker(**options)
        stores.rooms.configure(make.scheduler())
        return stores

    return make_with_fleet


@pytest.fixture
def stores(make_stores: Callable[..., Stores]) -> Stores:
    """The stores under test, with a fleet called `arena`."""
    return make_stores()


@pytest.fixture
def grant(stores: Stores) -> storage.Grant:
    """The right to change the fleet."""
    return stores.begin(make.operation(TestOperation()))


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[serving.Current, grpc.Channel]]:
    """The management API over gRPC, and the services behind it, which tests replace."""
    current = serving.Current()
    with serving.serving(current) as server, serving.channel_to(server) as channel:
        yield current, channel


@pytest.fixture(scope="session")
def served_rooms() -> Iterator[tuple[serving.Current, grpc.Channel]]:
    """The rooms API over gRPC, and the services behind it, which tests replace."""
    current = serving.Current()
    with serving.serving_rooms(current) as server, serving.channel_to(server) as channel:
        yield current, channel


@pytest.fixture(params=["http", "plain http", "grpc"])
def calling_rooms(request: pytest.FixtureRequest) -> Callable[[Services], calls.Call]:
    """Calls the rooms API over some services, any way; `plain` is without the short one."""
    if request.param != "grpc":
        return functools.partial(calls.over_http, fast=request.param == "http")
    current, channel = request.getfixturevalue("served_rooms")

    def over_grpc(services: Services) -> calls.Call:
        current.services = services
        return calls.over_grpc(channel)

    return over_grpc


@pytest.fixture(params=["http", "grpc"])
def calling(request: pytest.FixtureRequest) -> Callable[[Services], calls.Call]:
    """Calls the management API over some services, either way."""
    if request.param == "http":
        return calls.over_http
    current, channel = request.getfixturevalue("served")

    def over_grpc(services: Services) -> calls.Call:
        current.services = services
        return calls.over_grpc(channel)

    return over_grpc
