"""The connection to Redis. Connects at first use, never at construction."""

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry


def create_impatient(url: str, *, timeout_s: float) -> redis.Redis:
    """A client for callers who must not wait: what was not answered in time is not sent again."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        # To ask whether a connection still works would be one more wait.
        health_check_interval=0,
        retry=Retry(NoBackoff(), 1, supported_errors=(exceptions.ConnectionError,)),
    )


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
