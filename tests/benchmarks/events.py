"""What it costs to tell forwarders, how late they hear of it, and what an outage loses."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from maestro.domain.operations import AddRooms
from maestro.domain.schedulers import ForwarderOptions
from maestro.ports.storage import Grant
from tests import make, ports
from tests.benchmarks.stand import Stand, cpu_s, stand
from tests.talking import claim, says, start
from tests.waiting import eventually

ROOMS = 20_000
PER_SECOND = 1000
SECONDS = 20
OUTAGE_S = 30


def run() -> None:
    """Print deliveries per CPU second, how late events are, and that an outage loses none."""
    _throughput()
    _lag()
    _outage()


def _throughput() -> None:
    with tempfile.TemporaryDirectory() as folder, stand() as here, _sink(folder) as sink:
        grant, rooms = _fleet(here, sink, ROOMS)
        for first in range(0, ROOMS, 500):
            claim(here.maestro, grant, *rooms[first : first + 500])
        began = time.monotonic()
        with here.module("events-forwarder") as forwarder:
            eventually(lambda: _length(here) < ROOMS, within_s=60, every_s=0.01)
            before, began, left = cpu_s(forwarder), time.monotonic(), _length(here)
            eventually(lambda: _length(here) == 0, within_s=300, every_s=0.05)
            used, took = cpu_s(forwarder) - before, time.monotonic() - began
        heard = sink.stop()
    print(f"{left / used:.0f} deliveries per CPU second of the forwarder")
    print(f"{left / took:.0f} deliveries per second, beside the sink on {_cores()} cores")
    print(f"{heard['taken']} of {ROOMS} events were told, about {len(heard['rooms'])} rooms")


def _lag() -> None:
    with tempfile.TemporaryDirectory() as folder, stand() as here, _sink(folder) as sink:
        _, rooms = _fleet(here, sink, PER_SECOND)
        with here.module("events-forwarder") as forwarder:
            eventually(lambda: not _is_free(here), within_s=60, every_s=0.05)
            before = cpu_s(forwarder)
            _talk(here, rooms)
            eventually(lambda: _length(here) == 0, within_s=60, every_s=0.05)
            used = cpu_s(forwarder) - before
        lags = sorted(sink.stop()["lags"])
    share = used / SECONDS
    print(f"at {PER_SECOND} events per second, {len(lags)} of {PER_SECOND * SECONDS} told:")
    for percent in (50, 99, 99.9):
        lag = lags[min(len(lags) - 1, int(len(lags) * percent / 100))]
        print(f"  p{percent:g} is {lag * 1000:.0f} ms after the ping")
    print(f"  {share:.0%} of a core")


def _talk(here: Stand, rooms: list[str]) -> None:
    """Each room pings once a second."""
    began = time.monotonic()
    for number in range(PER_SECOND * SECONDS):
        ahead = began + number / PER_SECOND - time.monotonic()
        if ahead > 0.002:
            time.sleep(ahead)
        says(here.maestro, rooms[number % len(rooms)], at=str(time.time()))


def _outage() -> None:
    amount = 2000
    with tempfile.TemporaryDirectory() as folder, stand() as here, _sink(folder) as sink:
        grant, rooms = _fleet(here, sink, amount)
        with here.module("events-forwarder"):
            eventually(lambda: not _is_free(here), within_s=60, every_s=0.05)
            sink.stop()
            began = time.monotonic()
            for first in range(0, amount, 100):
                claim(here.maestro, grant, *rooms[first : first + 100])
                time.sleep(OUTAGE_S / amount * 100)
            waiting = _length(here)
            back = time.monotonic()
            sink.start()
            eventually(lambda: _length(here) == 0, within_s=120, every_s=0.05)
            took = time.monotonic() - back
        heard = sink.stop()
    lost = amount - len(heard["rooms"])
    print(f"sink away for {back - began:.0f} s: {waiting} events waited, {lost} were lost,")
    again = heard["taken"] - len(heard["rooms"])
    print(f"  {again} told twice; drained {took:.1f} s after it was back")


class _Sink:
    def __init__(self, folder: pathlib.Path) -> None:
        self.port = ports.free_port()
        self._file = folder / "heard.json"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = [sys.executable, "-m", "tests.benchmarks.event_sink"]
        self._process = subprocess.Popen([*program, str(self.port), str(self._file)])
        eventually(self._listens, within_s=60, every_s=0.02)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> Any:
        """What it heard since it was started."""
        if self._process:
            self._process.terminate()
            self._process.wait(30)
            self._process = None
        return json.loads(self._file.read_text())


@contextlib.contextmanager
def _sink(folder: str) -> Iterator[_Sink]:
    sink = _Sink(pathlib.Path(folder))
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def _fleet(here: Stand, sink: _Sink, amount: int) -> tuple[Grant, list[str]]:
    """Rooms that are on record and run nowhere."""
    options = ForwarderOptions(timeout_ms=5000, metadata={"roomType": "red"})
    to = make.forwarder(address=f"127.0.0.1:{sink.port}", options=options)
    scheduler = make.scheduler(forwarders=(to,))
    here.maestro.rooms.configure(scheduler)
    operation = here.maestro.dispatch.new("arena", scheduler.uid, AddRooms(amount=amount))
    here.maestro.operations.enqueue(operation)
    taken = here.maestro.operations.take("arena", worker="bench", lease_ttl_s=600, may_recover=True)
    assert taken
    rooms = [f"arena-{number}" for number in range(amount)]
    for first in range(0, amount, 500):
        start(here.maestro, taken.grant, *rooms[first : first + 500])
    return taken.grant, rooms


def _length(here: Stand) -> int:
    return here.maestro.outbox.states(["arena"])[0].length


def _is_free(here: Stand) -> bool:
    """Whether nobody drains yet."""
    hold = here.maestro.outbox.hold("arena", "bench", ttl_s=0.001)
    return hold is not None


def _cores() -> int:
    return len(os.sched_getaffinity(0))
