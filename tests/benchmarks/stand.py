"""Where benchmarks run: embedded stores, a migrated database, and modules as real processes."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import psutil

from maestro import bootstrap
from maestro.config import Settings
from maestro.embedded import postgres, redis
from tests import ports, redis_servers
from tests.waiting import eventually

_OURS = [name for name in Settings.model_fields if name.endswith("_port")]


class Stand:
    """Settings and processes of one benchmark."""

    def __init__(
        self, folder: pathlib.Path, postgres_url: str, redis_url: str, **settings: Any
    ) -> None:
        self._folder = folder
        settings.setdefault("broker_url", redis_url.removesuffix("/0") + "/1")
        listening: dict[str, Any] = {name: ports.free_port() for name in _OURS}
        self.settings = Settings(
            postgres_url=postgres_url,
            redis_url=redis_url,
            local_rooms_dir=folder / "rooms",
            rooms_api_url=f"http://127.0.0.1:{listening['rooms_api_port']}",
            **listening,
            **settings,
        )
        bootstrap.migrate(self.settings)
        self.maestro = bootstrap.Maestro(self.settings)

    @contextlib.contextmanager
    def module(self, name: str, **changes: Any) -> Iterator[psutil.Process]:
        """A module that runs for the length of a with-block, with some settings changed."""
        settings = {
            field: getattr(self.settings, field) for field in self.settings.model_fields_set
        }
        env = os.environ | {
            f"MAESTRO_{field.upper()}": str(value) for field, value in (settings | changes).items()
        }
        with (self._folder / f"{name}.log").open("wb") as log:
            process = psutil.Popen(
                [sys.executable, "-m", "maestro", "start", name],
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def stand(**settings: Any) -> Iterator[Stand]:
    """A stand of its own with some settings, removed afterwards."""
    with _stores() as (folder, postgres_url, redis_url):
        yield Stand(folder, postgres_url, redis_url, **settings)


@contextlib.contextmanager
def stand_on_cluster(**settings: Any) -> Iterator[Stand]:
    """The same with the state in a Redis Cluster of three servers."""
    with (
        _stores() as (folder, postgres_url, broker_url),
        redis_servers.cluster(folder / "cluster") as nodes,
    ):
        url = redis_servers.cluster_url(nodes)
        yield Stand(folder, postgres_url, url, broker_url=broker_url, **settings)


@contextlib.contextmanager
def _stores() -> Iterator[tuple[pathlib.Path, str, str]]:
    """A folder, and a PostgreSQL and a Redis in it."""
    with tempfile.TemporaryDirectory(prefix="maestro-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)
        with (
            postgres.running(folder / "postgres", ports.free_port(), quick=True) as postgres_url,
            redis.running(folder / "redis", ports.free_port()) as redis_url,
        ):
            yield folder, postgres_url, redis_url


def child(parent: psutil.Process, word: str) -> psutil.Process:
    """The process below `parent` whose command line has this word, once it is there."""

    def find() -> psutil.Process | None:
        for process in parent.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if any(word in part for part in process.cmdline()):
                    return process
        return None

    found = eventually(find, within_s=30, every_s=0.1)
    assert found
    return found


def connects(port: int) -> bool:
    """Whether somebody listens on this port of ours."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds of a process and those below it, so far."""
    processes = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in processes)
