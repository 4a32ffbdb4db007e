"""Maestro as separate processes, as in production: each is killed and started for itself."""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import psutil

from maestro import bootstrap
from maestro.config import Settings
from maestro.embedded import postgres, redis, servers
from tests import ports
from tests.acceptance.system import STOP_S, System, soon

NAMES = ("management-api", "rooms-api", "worker", "runtime-watcher", "beat")


class Modules(System):
    """A system of which single modules die."""

    def __init__(self, folder: pathlib.Path, **settings: str) -> None:
        super().__init__(folder, settings=settings)
        folder.mkdir()
        self._postgres_port, self._redis_port = ports.free_port(), ports.free_port()
        self._stores = contextlib.ExitStack()
        self._redis: subprocess.Popen[bytes] | None = None
        self._modules: dict[str, psutil.Popen] = {}
        #: Module → where its code lies, if it is not that of this checkout.
        self.code: dict[str, pathlib.Path] = {}

    # Life

    def start(self) -> None:
        """Start the stores and all modules, and wait until the API answers."""
        place = self.folder / "postgres"
        url = self._stores.enter_context(postgres.running(place, self._postgres_port, quick=True))
        self.start_redis()
        bootstrap.migrate(Settings(postgres_url=url))
        for name in NAMES:
            self.start_module(name)
        soon(self.answers, within_s=60, explain=self.text)

    def start_module(self, name: str) -> None:
        """Start one that does not run; `worker#2` is one of several."""
        with self.output.open("ab") as output:
            self._modules[name] = psutil.Popen(
                [sys.executable, "-m", "maestro", "start", name.partition("#")[0]],
                cwd=self.code.get(name),
                env=dict(os.environ) | self._environment_of(name),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill_module(self, name: str) -> None:
        """`kill -9` of one, its parent and all nodes at once; never of a room."""
        module = self._modules.pop(name)
        family = [module, *(each for each in _below(module) if not is_of_a_room(each))]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=STOP_S)

    def start_redis(self) -> None:
        """Start Redis with the data it had."""
        server = redis.server(self.folder / "redis", self._redis_port)
        self._redis = self._stores.enter_context(servers.running(server))

    def kill_redis(self) -> None:
        """`kill -9`."""
        assert self._redis
        self._redis.kill()
        self._redis.wait(STOP_S)

    def end(self) -> None:
        """However a test went, nothing stays."""
        for name in list(self._modules):
            self.kill_module(name)
        self._stores.close()
        super().end()

    def answers(self) -> bool:
        """Whether the management API does; fails when a process ended."""
        for name, module in self._modules.items():
            assert module.poll() is None, f"{name} ended\n{self.text()}"
        try:
            return self.get("/schedulers").status == 200
        except OSError:
            return False

    def _environment_of(self, module: str) -> dict[str, str]:
        code = self.code.get(module)
        return self._environment() | ({"PYTHONPATH": str(code)} if code else {})

    def _environment(self) -> dict[str, str]:
        listening = {f"{name}_port": str(port) for name, port in self.ports.items()}
        ours = {
            "postgres_url": postgres.url(self._postgres_port),
            "redis_url": redis.url(self._redis_port),
            "broker_url": redis.url(self._redis_port, database=1),
            "local_rooms_dir": str(self.folder / "rooms"),
            "rooms_api_url": f"http://127.0.0.1:{self.ports['rooms_api']}",
            "log_format": "json",
        }
        named = {f"MAESTRO_{name.upper()}": value for name, value in (listening | ours).items()}
        return named | self._settings


def is_of_a_room(process: psutil.Process) -> bool:
    """Whether it is a room, or keeps one: these outlive whoever started them."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        told = process.cmdline()
        return "MAESTRO_ROOM_ID" in process.environ() or any("keeper" in part for part in told)
    return False


def _below(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(process.children(recursive=True))
    return []


@contextlib.contextmanager
def modules(**settings: str) -> Iterator[Modules]:
    """Modules that run, and end with the block."""
    with tempfile.TemporaryDirectory(prefix="maestro-modules-") as place:
        # As root the database runs under another account, which has to get there.
        pathlib.Path(place).chmod(0o711)
        system = Modules(pathlib.Path(place) / "data", **settings)
        try:
            system.start()
            yield system
        finally:
            system.end()
