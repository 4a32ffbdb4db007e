"""Maestro as a user runs it: `maestro dev` in a folder of its own, asked over HTTP."""

import contextlib
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import types
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psutil
import redis
import sqlalchemy as sa

from maestro.cli.development import processes
from tests import ports
from tests.waiting import eventually

#: All that `maestro dev` would otherwise choose among the usual ones.
PORTS = (
    "management_api", "management_api_grpc", "management_api_internal", "rooms_api",
    "rooms_api_grpc", "rooms_api_internal", "runtime_watcher_internal", "worker_internal",
    "metrics_reporter_internal", "events_forwarder_internal", "beat_internal", "flower",
    "flower_internal",
)  # fmt: skip
START_S = 90
STOP_S = 45


#: HTTP is asked less often than memory.
soon = functools.partial(eventually, every_s=0.2)


class Answer(NamedTuple):
    """What the API said."""

    status: int
    body: Any


class System:
    """One `maestro dev`, from start to stop, and again."""

    def __init__(
        self,
        folder: pathlib.Path,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        demo: bool = False,
    ) -> None:
        self.folder = folder
        #: What is started and where: that of this checkout, unless told otherwise.
        self.program: Sequence[str] = (sys.executable, "-m", "maestro")
        self.start_in: pathlib.Path | None = None
        self._arguments = arguments if demo else ("--no-demo", *arguments)
        self.output = folder.with_name(f"{folder.name}.out")
        self.ports = {name: ports.free_port() for name in PORTS}
        self._settings = {
            f"MAESTRO_{name.upper()}": value for name, value in (settings or {}).items()
        }
        self._process: subprocess.Popen[bytes] | None = None

    # Life

    def start(self) -> None:
        """Start, and wait until the API answers."""
        env = dict(os.environ) | {
            f"MAESTRO_{name.upper()}_PORT": str(port) for name, port in self.ports.items()
        }
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [*self.program, "dev",
                 "--data-dir", str(self.folder), *self._arguments],
                cwd=self.start_in,
                env=env | self._settings,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        soon(self.answers, within_s=START_S, explain=self.text)

    def stop(self) -> int:
        """Ctrl-C; returns the exit code, and fails when it takes too long."""
        assert self._process
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_S)

    def kill(self) -> None:
        """`kill -9` of everything but the rooms, all at once."""
        assert self._process
        processes = [p for p in self.processes() if not (_is_room(p) or _is_keeper(p))]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(STOP_S)
        psutil.wait_procs(processes, timeout=STOP_S)

    def end(self) -> None:
        """However a test went, nothing stays."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process:
            self._process.wait(STOP_S)

    def answers(self) -> bool:
        """Whether the management API does; fails when a process ended."""
        assert self._process
        assert self._process.poll() is None, self.text()
        try:
            return self.get("/schedulers").status == 200
        except OSError:
            return False

    def processes(self) -> list[psutil.Process]:
        """Every process that works in or with the folder, and those below; rooms included."""
        found: set[psutil.Process] = set()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                told = [*process.cmdline(), *process.environ().values()]
                if process.pid != os.getpid() and any(str(self.folder) in each for each in told):
                    found |= {process, *process.children(recursive=True)}
        return sorted(found, key=lambda process: process.pid)

    def rooms(self) -> list[psutil.Process]:
        """The processes of rooms, without their keepers."""
        return [process for process in self.processes() if _is_room(process)]

    def text(self) -> str:
        """What it printed so far."""
        return self.output.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """What all modules logged so far; fails when one wrote anything else."""
        files = [self.folder / "logs" / f"{module}.log" for module in processes.procfile()]
        written = [file.read_text() for file in files if file.exists()]
        return [json.loads(line) for text in written for line in text.splitlines()]

    # HTTP

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def delete(self, path: str) -> Answer:
        return self.ask("DELETE", path)

    def post(self, path: str, body: object) -> Answer:
        return self.ask("POST", path, json.dumps(body).encode())

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = types.MappingProxyType({}),
    ) -> Answer:
        """Ask the management API."""
        url = f"http://127.0.0.1:{self.ports['management_api']}{path}"
        request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, json.load(refusal))

    def text_of(self, module: str, path: str) -> str:
        """What the internal port of a module answers."""
        url = f"http://127.0.0.1:{self.ports[f'{module}_internal']}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    def ready_rooms(self, scheduler: str) -> list[str]:
        """Ids of the rooms that are ready."""
        return [room["id"] for room in self.rooms_of(scheduler) if room["status"] == "ready"]

    def rooms_of(self, scheduler: str) -> list[dict[str, Any]]:
        """All rooms, as the API shows them."""
        answer = self.get(f"/schedulers/{scheduler}/rooms?perPage=500")
        return list(answer.body.get("rooms", []))

    def process_of(self, room: str) -> psutil.Process:
        """The process of a room."""
        return next(p for p in self.rooms() if p.environ().get("MAESTRO_ROOM_ID") == room)

    # Behind the scenes, to see that nothing was left there

    def stored_keys(self) -> set[str]:
        """All keys of Maestro in Redis."""
        port = self._store_ports()["redis"]
        with redis.Redis(port=port, decode_responses=True) as client:
            return set(client.scan_iter("maestro:*"))

    def rows(self) -> int:
        """Schedulers and versions in PostgreSQL."""
        port = self._store_ports()["postgres"]
        engine = sa.create_engine(
            f"postgresql+psycopg2://maestro@127.0.0.1:{port}/maestro", poolclass=sa.NullPool
        )
        query = """select (select count(*) from fleets.schedulers)
                        + (select count(*) from fleets.scheduler_versions)"""
        with engine.connect() as connection:
            return int(connection.execute(sa.text(query)).scalar_one())

    def _store_ports(self) -> dict[str, int]:
        found: dict[str, int] = json.loads((self.folder / "ports.json").read_text())
        return found


@contextlib.contextmanager
def running(*arguments: str, **settings: str) -> Iterator[System]:
    """A system that runs, with settings such as `room_ping_timeout_s`, and ends with the block."""
    with tempfile.TemporaryDirectory(prefix="maestro-acceptance-") as place:
        # As root the database runs under another account, which has to get there.
        pathlib.Path(place).chmod(0o711)
        system = System(pathlib.Path(place) / "data", *arguments, settings=settings)
        try:
            system.start()
            yield system
        finally:
            system.end()


def _is_room(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return "MAESTRO_ROOM_ID" in process.environ()
    return False


def _is_keeper(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return "keeper" in process.name() or any("keeper" in part for part in process.cmdline())
    return False
