"""Which server of a Redis Cluster has which key. redis-py asks the cluster; here is when."""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import redis
import structlog
from redis import exceptions
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry

log = structlog.get_logger(__name__)

#: How long an answer of the cluster about itself is good enough.
FRESH_S = 0.1
Place = tuple[str, int]
_UNREACHABLE = (redis.RedisError, exceptions.RedisClusterException)


class Shards:
    """Asks nobody before its first use. All methods raise ConnectionError when nobody answers."""

    def __init__(self, nodes: Sequence[Place], options: Mapping[str, Any], *, retry: Retry) -> None:
        """`nodes` are asked first; connections have these options, and try as `retry` says."""
        self._nodes = nodes
        self._options = options
        self._retry = retry
        #: A RedisCluster, of which little is typed.
        self._known: Any = None
        self._strangers: dict[Place, ClusterNode] = {}
        self._looked_at = -math.inf
        self._looking = threading.Lock()

    def of(self, key: str) -> ClusterNode:
        """The server that has a key. Raises ClusterDownError when none has."""
        try:
            node: ClusterNode = self._cluster().get_node_from_key(key)
            return node
        except exceptions.RedisClusterException as error:
            self.look_again()
            raise redis.exceptions.ClusterDownError(str(error)) from error

    def all(self) -> list[ClusterNode]:
        """All servers that take changes."""
        return list(self._cluster().get_primaries())

    def client(self, node: ClusterNode) -> redis.Redis:
        """What asks this one server."""
        client: redis.Redis = self._cluster().get_redis_connection(node)
        if client.get_retry() is not self._retry:
            # redis-py's own would leave connections that broke while idle to the callers.
            client.set_retry(self._retry)
        return client

    def at(self, host: str, port: int) -> redis.Redis:
        """What asks a server that another one named."""
        node = self._cluster().get_node(host=host, port=port)
        # One that is about to get its first keys is in no list yet.
        return self.client(node or self._strangers.setdefault((host, port), _node(host, port)))

    def moved(self, error: exceptions.MovedError) -> None:
        """A slot lies elsewhere than was known."""
        self._cluster().nodes_manager.move_slot(error)

    def look_again(self) -> None:
        """Ask the cluster who has what, unless somebody does or just did."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._looked_at > FRESH_S:
                self._look()
        finally:
            self._looking.release()

    def _look(self) -> None:
        try:
            if self._known:
                self._refresh()
        except _UNREACHABLE as error:
            log.warning("cluster_unknown", reason=str(error))
        finally:
            self._looked_at = time.monotonic()

    def _refresh(self) -> None:
        try:
            self._known.nodes_manager.initialize()
        except _UNREACHABLE:
            # All may have moved: ask those that were named.
            self._known = self._connected()

    def _cluster(self) -> Any:
        return self._known or self._first()

    def _first(self) -> Any:
        """Connect, or hear at once that somebody else just did so in vain."""
        if not self._looking.acquire(timeout=self._options["socket_timeout"]):
            raise redis.ConnectionError("the cluster is being looked for")
        try:
            if not self._known:
                if time.monotonic() - self._looked_at < FRESH_S:
                    raise redis.ConnectionError("the cluster was looked for in vain")
                self._looked_at = time.monotonic()
                self._known = self._connected()
            return self._known
        finally:
            self._looking.release()

    def _connected(self) -> RedisCluster:
        try:
            return RedisCluster(
                startup_nodes=[_node(host, port) for host, port in self._nodes],
                # Whoever has keys of the servers that are there is to be served.
                require_full_coverage=False,
                retry=Retry(NoBackoff(), 0),
                **self._options,
            )
        except exceptions.RedisClusterException as error:
            raise redis.ConnectionError(str(error)) from error

    def close(self) -> None:
        """Let go of all connections."""
        if self._known:
            self._known.close()


def _node(host: str, port: int) -> ClusterNode:
    return ClusterNode(host, port)  # type: ignore[no-untyped-call]
