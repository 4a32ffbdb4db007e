"""
The stores of the tests: embedded ones, started when a test first needs them, or the servers that
`MAESTRO_TEST_POSTGRES_URL` and `MAESTRO_TEST_REDIS_URL` name.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import tempfile
from collections.abc import Iterator

import pytest
from xdist.remote import Producer

from maestro.embedded import postgres, redis
from tests import ports, side_by_side, stores

OURS = "MAESTRO_TEST_"

# A developer's own settings must not reach the tests, nor the processes that they start.
for _name in list(os.environ):
    if _name.startswith("MAESTRO_") and not _name.startswith(OURS):
        del os.environ[_name]

# A shell that runs the tests in the background has them ignore interrupts; their processes, which
# inherit that, must not.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> side_by_side.SystemsApart:
    """Who shares the tests among processes when there are several."""
    return side_by_side.SystemsApart(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which they are shared."""
    side_by_side.in_order(items)


@pytest.fixture(scope="session")
def stores_folder() -> Iterator[pathlib.Path]:
    """Where embedded stores live; unlike pytest's folders, other accounts may pass through."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="maestro-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(stores_folder: pathlib.Path) -> Iterator[str]:
    """A PostgreSQL server for the whole run, as an SQLAlchemy URL; see `database_url`."""
    given = os.environ.get(f"{OURS}POSTGRES_URL")
    embedded = postgres.running(stores_folder / "postgres", ports.free_port(), quick=True)
    with contextlib.nullcontext(given) if given else embedded as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(stores_folder: pathlib.Path) -> Iterator[str]:
    """A Redis server for the whole run; see `redis_prefix`."""
    given = os.environ.get(f"{OURS}REDIS_URL")
    embedded = redis.running(stores_folder / "redis", ports.free_port())
    with contextlib.nullcontext(given) if given else embedded as url:
        yield url


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    """An empty database for this module."""
    with stores.fresh_database(postgres_url) as url:
        yield url


@pytest.fixture
def redis_prefix(redis_url: str) -> Iterator[str]:
    """A key prefix for this test; whatever begins with it is deleted afterwards."""
    with stores.fresh_prefix(redis_url) as prefix:
        yield prefix


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on."""
    return ports.free_port()
