"""Maestro as separate processes with several workers, of which each, and each store, may fall."""

import contextlib
import dataclasses
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping

import psutil
import redis as client

from maestro import bootstrap
from maestro.bootstrap import Maestro
from maestro.config import Settings
from maestro.embedded import postgres, redis, servers
from tests import ports
from tests.acceptance.modules import Modules, is_of_a_room
from tests.acceptance.system import soon

OTHERS = ("management-api", "rooms-api", "runtime-watcher", "beat")
WORKERS = 3
LEASE_S = 4
#: Nothing takes long, a kill finds an operation half done, and nobody dies of age.
SETTINGS = {
    "lease_ttl_s": str(LEASE_S),
    "lease_renewal_s": "1",
    "room_creation_timeout_s": "2",
    "add_rooms_batch": "2",
    "operation_attempts": "10",
    "sweep_interval_s": "1",
    "hint_ttl_s": "2",
    "health_interval_s": "2",
    "relist_interval_s": "5",
    "stop_timeout_s": "5",
    "worker_threads": "8",
    "postgres_timeout_s": "2",
    "redis_timeout_s": "2",
    "room_ping_timeout_s": "3600",
    "room_initialization_timeout_s": "3600",
    "room_pending_timeout_s": "3600",
    "room_deletion_timeout_s": "20",
}


class Site(Modules):
    """Three workers, one of each other module, two stores."""

    def __init__(self, folder: pathlib.Path, **settings: str) -> None:
        super().__init__(folder, **(SETTINGS | settings))
        self.workers = [f"worker#{number}" for number in range(WORKERS)]
        self._postgres_server: servers.Server | None = None
        self._postgres: psutil.Process | None = None
        self._postgres_child: subprocess.Popen[bytes] | None = None
        self._stopped: list[psutil.Process] = []

    def start(self) -> None:
        self._postgres_server = postgres.server(
            self.folder / "postgres", self._postgres_port, quick=True
        )
        self.start_postgres()
        self.start_redis()
        bootstrap.migrate(self.settings())
        for name in (*OTHERS, *self.workers):
            self.start_module(name)
        soon(self.answers, within_s=60, explain=self.text)

    def settings(self) -> Settings:
        """Those of every module."""
        named = self._environment()
        return Settings.model_validate(
            {name.removeprefix("MAESTRO_").lower(): value for name, value in named.items()}
        )

    def parts(self) -> Maestro:
        """What a module is made of, to ask the stores and the runtime themselves."""
        return Maestro(self.settings())

    # Modules

    def _environment_of(self, module: str) -> dict[str, str]:
        env = super()._environment_of(module)
        if module in self.workers:
            env["MAESTRO_WORKER_INTERNAL_PORT"] = str(ports.free_port())
        return env

    def terminate_module(self, name: str) -> int:
        """Ask one to end, and wait until it did; returns its exit code."""
        module = self._modules.pop(name)
        module.terminate()
        return int(module.wait(60))

    def worker_of(self, scheduler: str) -> str:
        """Which worker executes an operation of that scheduler."""
        with client.Redis.from_url(self.settings().redis_url, decode_responses=True) as asked:
            process = str(asked.hget(f"maestro:{{{scheduler}}}:running", "worker"))
        pid = int(process.rpartition(":")[2])
        return next(
            name
            for name in self.workers
            if pid in {each.pid for each in self._modules[name].children(recursive=True)}
        )

    def kill_parent(self, name: str) -> list[psutil.Process]:
        """`kill -9` of the first process of one alone; returns those that it had started."""
        module = self._modules.pop(name)
        children: list[psutil.Process] = module.children(recursive=True)
        module.kill()
        module.wait(5)
        return children

    def freeze_module(self, name: str) -> None:
        """Stop all of one, which keeps its connections and what it was about to do."""
        module = self._modules[name]
        self._freeze([module, *module.children(recursive=True)])

    def thaw(self) -> None:
        """Let everything that was frozen go on."""
        for process in self._stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
        self._stopped = []

    def end(self) -> None:
        self.thaw()
        super().end()

    def _freeze(self, family: list[psutil.Process]) -> None:
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                if not is_of_a_room(process):
                    process.suspend()
                    self._stopped.append(process)

    # Stores

    def _store_ports(self) -> dict[str, int]:
        return {"redis": self._redis_port, "postgres": self._postgres_port}

    def start_redis(self) -> None:
        """Start Redis with the data it had: everything that it ever acknowledged."""
        server = redis.server(self.folder / "redis", self._redis_port)
        command = (*server.command, "--appendfsync", "always")
        faithful = dataclasses.replace(server, command=command)
        self._redis = self._stores.enter_context(servers.running(faithful))

    def start_postgres(self) -> None:
        """Start PostgreSQL with the data it had."""
        assert self._postgres_server
        child = self._stores.enter_context(servers.running(self._postgres_server))
        self._postgres_child, self._postgres = child, psutil.Process(child.pid)

    def stop_postgres(self) -> None:
        """Stop it in order; who asks is refused."""
        assert self._postgres_server
        assert self._postgres_child
        servers.stop(self._postgres_server, self._postgres_child)

    def freeze_postgres(self) -> None:
        """Stop it in the middle of whatever it does; who asks gets no answer."""
        assert self._postgres
        self._freeze([self._postgres, *self._postgres.children(recursive=True)])


@contextlib.contextmanager
def site(*, code: Mapping[str, pathlib.Path] | None = None, **settings: str) -> Iterator[Site]:
    """A site that runs, modules named in `code` from there, and ends with the block."""
    with tempfile.TemporaryDirectory(prefix="maestro-chaos-") as place:
        # As root the database runs under another account, which has to get there.
        pathlib.Path(place).chmod(0o711)
        running = Site(pathlib.Path(place) / "data", **settings)
        running.code.update(code or {})
        try:
            running.start()
            yield running
        finally:
            running.end()
