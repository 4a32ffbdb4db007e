"""Two of each process, with the state in a Redis Cluster: when one dies, the other goes on."""

import contextlib
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from maestro import bootstrap
from maestro.config import Settings
from maestro.domain.operations import TestOperation
from maestro.storage.redis import keys
from tests import make, ports, redis_servers
from tests.waiting import eventually

FLEETS = ("arena", "castle", "duel")


class Installation:
    """Its stores, and the processes that were started."""

    def __init__(self, settings: Settings) -> None:
        self.maestro = bootstrap.Maestro(settings)
        fields = settings.model_fields_set
        self._environment = os.environ | {
            f"MAESTRO_{name.upper()}": str(getattr(settings, name)) for name in fields
        }
        self._running: list[psutil.Popen] = []

    def start(self, module: str) -> psutil.Popen:
        """Start a process more."""
        name = f"MAESTRO_{module.upper().replace('-', '_')}_INTERNAL_PORT"
        process = psutil.Popen(
            [sys.executable, "-m", "maestro", "start", module],
            env=self._environment | {name: str(ports.free_port())},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._running.append(process)
        return process

    def kill(self, process: psutil.Popen) -> None:
        """End it, and what it started, without a word."""
        self._running.remove(process)
        family = [process, *process.children(recursive=True)]
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(family, timeout=10)

    def end(self) -> None:
        """Leave nothing."""
        for process in list(self._running):
            self.kill(process)
        self.maestro.engine.dispose()
        self.maestro.redis.close()

    def work(self) -> None:
        """Have something done to every fleet, and wait for it."""
        uids = self.maestro.schedulers.uids()
        for name in FLEETS:
            new = self.maestro.dispatch.new(name, uids[name], TestOperation())
            self.maestro.dispatch.enqueue(new)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is open."""
        kinds = self.maestro.operations.open_kinds
        eventually(lambda: not any(map(kinds, FLEETS)), within_s=60, every_s=0.05)

    def leading(self) -> int:
        """The process that watches the runtime, once there is one."""
        key = keys.watcher(self.maestro.settings.redis_prefix)
        holder = eventually(lambda: self.maestro.redis.get(key), within_s=60, every_s=0.05)
        return int(str(holder).rpartition(":")[2])


@pytest.fixture
def installation(
    database_url: str, redis_url: str, tmp_path: pathlib.Path
) -> Iterator[Installation]:
    """An installation whose processes are missed soon."""
    with redis_servers.cluster(tmp_path / "cluster") as nodes:
        settings = Settings(
            postgres_url=database_url,
            redis_url=redis_servers.cluster_url(nodes),
            # A database that no other test uses.
            broker_url=redis_url.rpartition("/")[0] + "/12",
            local_rooms_dir=tmp_path / "rooms",
            lease_ttl_s=1.5,
            lease_renewal_s=0.3,
            room_creation_timeout_s=1,
            sweep_interval_s=0.5,
            hint_ttl_s=1,
        )
        bootstrap.migrate(settings)
        running = Installation(settings)
        try:
            yield running
        finally:
            running.end()


def test_a_worker_that_dies_leaves_its_work_to_the_other(installation: Installation) -> None:
    first, _ = (installation.start("worker") for _ in range(2))
    for name in FLEETS:
        fleet = make.scheduler(name=name, rooms_replicas=0)
        installation.maestro.management.schedulers.create(fleet)
    installation.settle()
    installation.work()

    installation.kill(first)

    installation.work()


def test_a_watcher_that_waits_takes_the_place_of_the_one_that_led(
    installation: Installation,
) -> None:
    watchers = {each.pid: each for each in (installation.start("runtime-watcher") for _ in "12")}
    leader = installation.leading()
    (other,) = watchers.keys() - {leader}

    installation.kill(watchers[leader])

    eventually(lambda: installation.leading() == other, within_s=30, every_s=0.05)
