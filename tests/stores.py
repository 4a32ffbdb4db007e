"""Databases and keys that a test has for itself, in stores that it shares with others."""

import contextlib
import secrets
from collections.abc import Iterator

import redis
import sqlalchemy


@contextlib.contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """An empty database, dropped afterwards; gives its URL."""
    name = f"test_{secrets.token_hex(6)}"
    engine = sqlalchemy.create_engine(
        server_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    try:
        yield sqlalchemy.make_url(server_url).set(database=name).render_as_string(False)
    finally:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextlib.contextmanager
def fresh_prefix(server_url: str) -> Iterator[str]:
    """A key prefix nobody else uses; only its keys are deleted afterwards."""
    prefix = f"test-{secrets.token_hex(6)}"
    try:
        yield prefix
    finally:
        with redis.Redis.from_url(server_url) as client:
            for key in client.scan_iter(f"{prefix}*", count=1000):
                client.delete(key)
