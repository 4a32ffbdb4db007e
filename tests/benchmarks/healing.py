"""From a room's death to its replacement being ready, with all modules as real processes."""

import contextlib
import statistics
import sys
import time

import psutil

from maestro.bootstrap import Maestro
from maestro.domain.rooms import RoomStatus
from tests import make
from tests.benchmarks.stand import stand
from tests.waiting import eventually

ROOMS = 3
DEATHS = 10
MODULES = ("rooms-api", "worker", "runtime-watcher")


def run() -> None:
    """Print the median and the worst of a few deaths."""
    # So many deaths would pass for a crash loop.
    with stand(crash_loop_crashes=1000) as here, contextlib.ExitStack() as modules:
        for name in MODULES:
            modules.enter_context(here.module(name))
        maestro = here.maestro
        _create(maestro)
        modules.callback(maestro.local_runtime.stop_all, 10)
        seconds = sorted(_heal(maestro) for _ in range(DEATHS))
    median, worst = statistics.median(seconds), seconds[-1]
    print(f"death to replacement ready: median {median:.2f} s, worst {worst:.2f} s of {DEATHS}")
    print("of which a room itself takes 0.5 s to get ready")


def _create(maestro: Maestro) -> None:
    command = (sys.executable, "-m", "maestro", "demo-room", "--no-matches")
    container = make.container(command=command)
    spec = make.spec(containers=(container,), termination_grace_period_ns=2_000_000_000)
    maestro.management.schedulers.create(make.scheduler(rooms_replicas=ROOMS, spec=spec))
    eventually(lambda: len(_ready(maestro)) == ROOMS, within_s=60, every_s=0.1)


def _ready(maestro: Maestro) -> set[str]:
    return {room.id for room in maestro.rooms.all("arena") if room.status is RoomStatus.READY}


def _heal(maestro: Maestro) -> float:
    before = _ready(maestro)
    victim = min(before)
    _process(victim).kill()
    died = time.monotonic()
    eventually(
        lambda: victim not in (ready := _ready(maestro)) and len(ready) == ROOMS, within_s=60
    )
    return time.monotonic() - died


def _process(room: str) -> psutil.Process:
    """The process of a room."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get("MAESTRO_ROOM_ID") == room:
                return process
    raise LookupError(room)
