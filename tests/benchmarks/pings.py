"""
Pings per CPU second of the server: on the short way and on Flask's, and what a server takes that
does nothing else than call the script. Then what a ping costs in fleets of growing size.
"""

import contextlib
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import psutil
import redis

from tests.benchmarks import fleets, load
from tests.benchmarks.stand import Stand, child, connects, cpu_s, stand
from tests.ports import free_port
from tests.waiting import eventually

ROOMS = 100
SIZES = (10, 1_000, 100_000)
#: Rooms that ping at once while Redis is frozen.
CALLERS = 32
SECONDS = 3.0
#: Times that the ways are measured in turn, because others share the machine.
ROUNDS = 3
PING = json.dumps({"status": "ready", "timestamp": "12312312313"}).encode()
STORED = b'{"success":true}'


def run() -> None:
    """Print pings per CPU second, and round trips to Redis."""
    with stand() as here:
        rates = _compare(here, fleets.fill(here.maestro, ROOMS))
        bare, plain = rates["bare"], rates["plain"]
        for way, rate in rates.items():
            shares = f"{rate / bare:4.0%} of the bare one, {rate / plain:4.1f} x plain"
            print(f"{way:>8}: {rate:7.0f} pings per CPU second of the server, {shares}")
        for size in SIZES:
            rooms = fleets.fill(here.maestro, size)
            with _module(here, fast=True) as (server, port):
                rate, redis_us = _measure(here, server, port, rooms)
            print(f"{size:>8} rooms: {rate:7.0f} pings per CPU second, {redis_us:.0f} us in Redis")
        with (
            _module(here, fast=True) as (_, port),
            redis.Redis.from_url(here.settings.redis_url) as client,
        ):
            pid = int(client.info("server")["process_id"])
            os.kill(pid, signal.SIGSTOP)
            try:
                waits_ms = sorted(_waits_ms(port))
            finally:
                os.kill(pid, signal.SIGCONT)
        print(
            f"Redis frozen, {CALLERS} rooms at once: answered in at most {waits_ms[-1]:.0f} ms, "
            f"p99 {waits_ms[int(len(waits_ms) * 0.99)]:.0f} ms"
        )


def _waits_ms(port: int) -> list[float]:
    """How long each of many pings took, from rooms that send one after the other."""
    waits: list[float] = []

    def ping(room: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        with contextlib.closing(connection):
            for _ in range(20):
                began = time.monotonic()
                connection.request("PUT", f"/scheduler/arena/rooms/arena-{room:06}/ping", PING)
                said = connection.getresponse().read()
                waits.append((time.monotonic() - began) * 1000)
                assert json.loads(said) == {"success": False}

    threads = [threading.Thread(target=ping, args=(room,)) for room in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


def _compare(here: Stand, rooms: Sequence[str]) -> dict[str, float]:
    """The median rate of each way."""
    rates: dict[str, list[float]] = {"bare": [], "fast": [], "redis-py": [], "plain": []}
    with contextlib.ExitStack() as running:
        servers = {
            "bare": running.enter_context(_bare(here)),
            "fast": running.enter_context(_module(here, fast=True)),
            "redis-py": running.enter_context(_module(here, fast=True, client="redis-py")),
            "plain": running.enter_context(_module(here, fast=False)),
        }
        for _ in range(ROUNDS):
            for way, (server, port) in servers.items():
                rates[way].append(_measure(here, server, port, rooms)[0])
    return {way: statistics.median(measured) for way, measured in rates.items()}


@contextlib.contextmanager
def _module(
    here: Stand, *, fast: bool, client: str = "lean"
) -> Iterator[tuple[psutil.Process, int]]:
    """The rooms API as it runs in production."""
    port = free_port()
    changes = {
        "rooms_api_port": port,
        "rooms_api_grpc_port": free_port(),
        "rooms_api_internal_port": free_port(),
        "rooms_api_redis_client": client,
        "fast_pings": fast,
    }
    with here.module("rooms-api", **changes) as module:
        server = child(module, "serve_http")
        eventually(lambda: connects(port), within_s=30, every_s=0.1)
        yield server, port


@contextlib.contextmanager
def _bare(here: Stand) -> Iterator[tuple[psutil.Process, int]]:
    """The least that a server can do."""
    port, redis_port = free_port(), here.settings.redis_url.split(":")[-1].partition("/")[0]
    env = {"BARE_REDIS_PORT": redis_port, "BARE_PREFIX": here.settings.redis_prefix}
    program = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory"]
    where = ["tests.benchmarks.bare:app", "--port", str(port), "--log-level", "warning"]
    threads = ["--blocking-threads", str(here.settings.api_threads), "--no-ws"]
    server = psutil.Popen(
        [*program, *where, *threads], env=os.environ | env, stdout=subprocess.DEVNULL
    )
    try:
        eventually(lambda: connects(port), within_s=30, every_s=0.1)
        yield server, port
    finally:
        server.terminate()
        server.wait(30)


def _measure(
    here: Stand, server: psutil.Process, port: int, rooms: Sequence[str]
) -> tuple[float, float]:
    """Pings per CPU second of the server, and microseconds of Redis for each."""
    requests = [load.request("PUT", f"/scheduler/arena/rooms/{room}/ping", PING) for room in rooms]
    load.drive(port, requests, good=STORED, seconds=0.5)
    with redis.Redis.from_url(here.settings.redis_url, decode_responses=True) as client:
        client.config_resetstat()
        before = cpu_s(server)
        done = load.drive(port, requests, good=STORED, seconds=SECONDS)
        cpu = cpu_s(server) - before
        called = client.info("commandstats")["cmdstat_evalsha"]
    assert done.good == done.answers, f"{done.answers - done.good} pings were not stored"
    # The modules also say every few seconds that they take pings.
    assert done.answers <= called["calls"] <= done.answers + 50, "one round trip for each"
    return done.answers / cpu, called["usec_per_call"]
