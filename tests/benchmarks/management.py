"""The management API over HTTP: requests per CPU second of the server, p99, and round trips."""

import http.client
import json
import time
from collections.abc import Callable, Iterator

import psutil
import redis

from api.management import examples
from maestro.bootstrap import Maestro
from maestro.domain.operations import OperationStatus, TestOperation
from tests import make
from tests.benchmarks.stand import child, cpu_s, stand

SCHEDULERS = 300
OPERATIONS = 10_000
REQUESTS = 500
#: Of the moderate load under which p99 is told.
PER_S = 50


def run() -> None:
    """Print one line per kind of request."""
    with stand() as here, here.module("management-api") as module:
        _fill(here.maestro)
        server = child(module, "serve_http")
        with redis.Redis.from_url(here.settings.redis_url) as stats:
            measure = Measure(here.settings.management_api_port, server, stats)
            names = (f"new-{index:05}" for index in range(10 * REQUESTS))
            measure("GET one scheduler", lambda: ("GET", "/schedulers/fleet-007", b""))
            measure(f"GET all {SCHEDULERS}", lambda: ("GET", "/schedulers", b""))
            measure(f"GET info of all {SCHEDULERS}", lambda: ("GET", "/schedulers/info", b""))
            page = "/schedulers/fleet-000/operations?stage=final&page=300"
            measure(f"GET a page of {OPERATIONS} operations", lambda: ("GET", page, b""))
            measure("POST a scheduler", lambda: ("POST", "/schedulers", _body(names)))


def _body(names: Iterator[str]) -> bytes:
    return json.dumps(examples.NEW_SCHEDULER | {"name": next(names)}).encode()


def _fill(maestro: Maestro) -> None:
    for index in range(SCHEDULERS):
        scheduler = make.scheduler(name=f"fleet-{index:03}")
        operation = maestro.dispatch.new(scheduler.name, scheduler.uid, TestOperation())
        maestro.schedulers.create(scheduler, operation)
        maestro.rooms.configure(scheduler)
    for _ in range(OPERATIONS):
        maestro.operations.enqueue(
            maestro.dispatch.new("fleet-000", make.uid("fleet-000"), TestOperation())
        )
        taken = maestro.operations.take(
            "fleet-000", worker="bench", lease_ttl_s=60, may_recover=True
        )
        assert taken
        definition = taken.operation.definition
        maestro.operations.finish(
            taken.grant, OperationStatus.FINISHED, definition, event="Operation finished"
        )


class Measure:
    """Sends requests over one connection, one after the other."""

    def __init__(self, port: int, server: psutil.Process, stats: redis.Redis) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._server = server
        self._stats = stats

    def __call__(self, title: str, make_request: Callable[[], tuple[str, str, bytes]]) -> None:
        """Print what a kind of request costs."""
        for _ in range(20):
            self._send(*make_request())
        before_cpu, before_commands = cpu_s(self._server), self._commands()
        for _ in range(REQUESTS):
            self._send(*make_request())
        cpu = cpu_s(self._server) - before_cpu
        commands = (self._commands() - before_commands) / REQUESTS
        p99 = self._p99(make_request)
        print(
            f"{title}: {REQUESTS / cpu:.0f} per CPU second, p99 {p99 * 1000:.1f} ms at {PER_S}/s, "
            f"{commands:.1f} requests to Redis each"
        )

    def _p99(self, make_request: Callable[[], tuple[str, str, bytes]]) -> float:
        took = []
        begin = time.monotonic()
        for index in range(REQUESTS // 2):
            pause = begin + index / PER_S - time.monotonic()
            time.sleep(max(0, pause))
            sent = time.monotonic()
            self._send(*make_request())
            took.append(time.monotonic() - sent)
        return sorted(took)[round(0.99 * (len(took) - 1))]

    def _send(self, verb: str, path: str, body: bytes) -> None:
        self._connection.request(verb, path, body=body or None)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    def _commands(self) -> int:
        """What clients asked for; commands within scripts are not counted."""
        found = self._stats.info("commandstats")
        assert isinstance(found, dict)
        outer = ("cmdstat_evalsha", "cmdstat_eval", "cmdstat_multi")
        return sum(int(found[name]["calls"]) for name in outer if name in found)
