"""A PostgreSQL that takes connections and requests, and never says anything."""

import socket
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from maestro import errors
from maestro.storage.postgres import engine
from maestro.storage.postgres.schedulers import PostgresSchedulers


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Where connections are made by the system, and nobody reads what comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_who_asks_a_silent_server_is_told_that_it_is_away(silent_port: int) -> None:
    url = f"postgresql+psycopg2://maestro@127.0.0.1:{silent_port}/maestro"
    schedulers = PostgresSchedulers(engine.create(url, pool_size=1, timeout_s=1))
    with pytest.raises(errors.Unavailable, match="no answer within 2 s"):
        schedulers.uids()


def test_a_connection_goes_on_after_a_statement_that_took_too_long(postgres_url: str) -> None:
    database = engine.create(postgres_url, pool_size=1, timeout_s=1)
    with database.connect() as connection:
        with pytest.raises(sa.exc.OperationalError, match="statement timeout"):
            connection.execute(sa.text("SELECT pg_sleep(60)"))
        connection.rollback()
        assert connection.execute(sa.text("SELECT 7")).scalar_one() == 7
    database.dispose()
