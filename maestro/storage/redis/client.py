"""The connection to Redis. Connects at first use, never at construction."""

from typing import Any

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from maestro.storage.redis.patience import Patience


class ImpatientRedis(redis.Redis):
    """Whose callers do not queue up behind each other while nobody answers; no pipelines."""

    def __init__(self, pool: redis.ConnectionPool) -> None:
        super().__init__(connection_pool=pool)
        # As it closes the pool that it makes itself.
        self.auto_close_connection_pool = True
        #: Shared with whoever else asks the same server.
        self.patience = Patience(redis.Redis(connection_pool=pool).ping)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return self.patience.ask(super().execute_command, *args, **options)


def create_impatient(url: str, *, timeout_s: float) -> ImpatientRedis:
    """A client for callers who must not wait: what was not answered in time is not sent again."""
    pool = redis.ConnectionPool.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        # To ask whether a connection still works would be one more wait.
        health_check_interval=0,
        retry=Retry(NoBackoff(), 1, supported_errors=(exceptions.ConnectionError,)),
    )
    return ImpatientRedis(pool)


def create(url: str, *, timeout_s: float) -> redis.Redis:
    """
    A client whose every wait ends.

    A request on a connection that broke is sent once more, on a new one: every script of ours
    may run twice.
    """
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
