"""What a ping costs the server, next to a request that does nothing."""

import contextlib
import http.client
import json
import socket
import threading
import time

import psutil

from maestro.domain.operations import AddRooms
from maestro.ports.storage import Grant
from tests import make
from tests.benchmarks.stand import Stand, child, cpu_s, stand
from tests.waiting import eventually

ROOMS = 100
CLIENTS = 4
SECONDS = 5.0
PING = json.dumps({"status": "ready", "timestamp": "12312312313"}).encode()


def run() -> None:
    """Print pings per CPU second of the server process."""
    with stand() as here:
        rooms = _rooms(here)
        with here.module("rooms-api") as module:
            server = child(module, "granian")
            port = here.settings.rooms_api_port
            eventually(lambda: _connects(port), within_s=30, every_s=0.1)
            nothing = _measure(server, port, "GET", ["/nothing"])
            pings = _measure(
                server,
                port,
                "PUT",
                [f"/scheduler/arena/rooms/{room}/ping" for room in rooms],
            )
    print(f"plain Flask path: {pings:.0f} pings per CPU second of the server")
    print(f"reference, a request that is answered 404 at once: {nothing:.0f} per CPU second")
    print(f"ratio: {pings / nothing:.2f}")


def _rooms(here: Stand) -> list[str]:
    """Rooms that are on record and run nowhere."""
    store, scheduler = here.maestro.rooms, make.scheduler()
    store.configure(scheduler)
    operation = here.maestro.dispatch.new("arena", scheduler.uid, AddRooms(amount=ROOMS))
    here.maestro.operations.enqueue(operation)
    taken = here.maestro.operations.take("arena", worker="bench", lease_ttl_s=600, may_recover=True)
    assert taken
    grant: Grant = taken.grant
    rooms = [make.new_room(id=f"arena-{index}") for index in range(ROOMS)]
    store.register(grant, rooms)
    return [room.id for room in rooms]


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _measure(server: psutil.Process, port: int, method: str, paths: list[str]) -> float:
    """Requests per CPU second of the server, while a few clients ask as fast as they can."""
    counts, body = [0] * CLIENTS, PING if method == "PUT" else None
    before, until = cpu_s(server), time.monotonic() + SECONDS

    def ask(index: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        with contextlib.closing(connection):
            while time.monotonic() < until:
                connection.request(method, paths[counts[index] % len(paths)], body=body)
                connection.getresponse().read()
                counts[index] += 1

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (cpu_s(server) - before)
