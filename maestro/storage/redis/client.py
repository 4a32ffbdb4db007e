"""The connection to Redis. Connects at first use, never at construction."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


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
