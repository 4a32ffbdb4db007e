"""The connection to Redis. Connects at first use, never at construction."""

from collections.abc import Mapping
from typing import Any

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from maestro.domain import state_stores
from maestro.domain.state_stores import StateStore, Topology
from maestro.storage.redis.cluster import ClusterRedis
from maestro.storage.redis.patience import Patience
from maestro.storage.redis.shards import Shards

#: Share of a wait that one sentinel may take, as others may know as well.
_SENTINEL_SHARE = 0.25


class FollowingRedis(redis.Redis):
    """A client that leaves a server which became a replica, whoever hears of it."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        ask: Any = super().execute_command
        try:
            return ask(*args, **options)
        except redis.ResponseError as error:
            if "READONLY" not in str(error):
                raise
            self.connection_pool.disconnect(inuse_connections=False)
        return ask(*args, **options)

    def close(self) -> None:
        super().close()
        sentinel = getattr(self.connection_pool, "sentinel_manager", None)
        if sentinel:
            sentinel.close()


class ImpatientRedis(FollowingRedis):
    """Whose callers do not queue up behind each other while nobody answers."""

    def __init__(self, pool: redis.ConnectionPool) -> None:
        super().__init__(connection_pool=pool)
        # As it closes the pool that it makes itself.
        self.auto_close_connection_pool = True
        #: Shared with whoever else asks the same server.
        self.patience = Patience(redis.Redis(connection_pool=pool).ping)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return self.patience.ask(super().execute_command, *args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return _ImpatientPipeline(self, transaction)


class _ImpatientPipeline(Pipeline):
    def __init__(self, client: ImpatientRedis, transaction: bool) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction, None)
        self._patience = client.patience

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        answers: list[Any] = self._patience.ask(super().execute, raise_on_error)
        return answers


def create_impatient(url: str, *, timeout_s: float) -> ImpatientRedis | ClusterRedis:
    """A client for callers who must not wait: what was not answered in time is not sent again."""
    # To ask whether a connection still works would be one more wait.
    options = _limits(timeout_s) | {"health_check_interval": 0}
    retry = Retry(NoBackoff(), 1, supported_errors=(exceptions.ConnectionError,))
    store = state_stores.read(url)
    if store.topology is Topology.CLUSTER:
        return ClusterRedis(_shards(store, options, retry), is_impatient=True)
    return ImpatientRedis(_pool(store, options | {"retry": retry}))


def create(url: str, *, timeout_s: float) -> redis.Redis:
    """
    A client whose every wait ends.

    A request on a connection that broke is sent once more, on a new one: every script of ours
    may run twice.
    """
    options = _limits(timeout_s) | {"health_check_interval": 30}
    retry = Retry(NoBackoff(), 1)
    store = state_stores.read(url)
    if store.topology is Topology.CLUSTER:
        return ClusterRedis(_shards(store, options, retry))
    return FollowingRedis.from_pool(_pool(store, options | {"retry": retry}))


def _limits(timeout_s: float) -> dict[str, Any]:
    return {
        "decode_responses": True,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "socket_keepalive": True,
    }


def _pool(store: StateStore, options: Mapping[str, Any]) -> redis.ConnectionPool:
    if store.topology is Topology.SERVER:
        return redis.ConnectionPool.from_url(store.server, **options)
    sentinel = sentinels(store, timeout_s=options["socket_timeout"])
    server = _server_options(store) | dict(options)
    return SentinelConnectionPool(store.service, sentinel, **server)  # type: ignore[no-untyped-call]


def sentinels(store: StateStore, *, timeout_s: float) -> Sentinel:
    """What asks the sentinels who is the primary server."""
    server = _server_options(store)
    timeouts = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), timeout_s)
    quick = {name: _SENTINEL_SHARE * value for name, value in timeouts.items()}
    secured = {name: value for name, value in server.items() if name.startswith("ssl")}
    once = {"retry": Retry(NoBackoff(), 0)}
    known = store.sentinels | quick | secured | once
    return Sentinel(store.nodes, sentinel_kwargs=known)  # type: ignore[no-untyped-call]


def _shards(store: StateStore, options: Mapping[str, Any], retry: Retry) -> Shards:
    server = {name: value for name, value in _server_options(store).items() if name != "db"}
    return Shards(store.nodes, server | dict(options), retry=retry)


def _server_options(store: StateStore) -> dict[str, Any]:
    """User, password, database and what else the URL says of each server."""
    options = parse_url(store.server)  # type: ignore[no-untyped-call]
    secured = {"ssl": True} if options.pop("connection_class", None) else {}
    del options["host"]
    return dict(options) | secured
