"""One cycle of metrics, of many fleets: CPU and round trips to report them, and to show them."""

import json
import time

import prometheus_client
import redis

from maestro.bootstrap import Maestro
from maestro.domain.figures import figures_of
from maestro.domain.health import Verdict
from maestro.metrics.fleets import Fleets
from maestro.queue.celery_hints import CeleryHints
from maestro.storage.redis import keys as names
from maestro.storage.redis import records
from maestro.storage.redis.keys import Keys
from tasks import reports
from tests import make
from tests.benchmarks import fleets
from tests.benchmarks.health import counting
from tests.benchmarks.stand import stand
from tests.round_trips import CountingConnection

FLEETS, ROOMS = 300, 100_000
CYCLES = 10


def run() -> None:
    """Print what reporting and showing take."""
    with stand() as here:
        # Before any store is made.
        here.maestro.__dict__["redis"] = counting(here)
        for index in range(FLEETS):
            _fill(here.maestro, f"fleet-{index:03}", ROOMS // FLEETS)
        reports.report(here.maestro)
        _report(here.maestro)
        _show(here.maestro)


def _fill(maestro: Maestro, name: str, amount: int) -> None:
    """Rooms on record, what the last health check saw of them, and a hint."""
    fleets.fill(maestro, amount, scheduler=name)
    rooms = [make.room(id=f"{name}-{index}") for index in range(amount)]
    verdicts = dict.fromkeys((room.id for room in rooms), Verdict.AVAILABLE)
    figures = figures_of(make.scheduler(name=name), rooms, verdicts, make.decision())
    prefix = maestro.settings.redis_prefix
    with redis.Redis.from_url(maestro.settings.redis_url) as client:
        client.sadd(names.schedulers(prefix), name)
        client.set(Keys(prefix, name).figures, records.figures_text(figures))
    CeleryHints(maestro.settings.broker_url).operations(name)


def _report(maestro: Maestro) -> None:
    CountingConnection.sent = 0
    wall, cpu = time.monotonic(), time.process_time()
    for _ in range(CYCLES):
        report = reports.report(maestro)
        maestro.reports.write(report, ttl_s=60)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    series = sum(map(len, report.values()))
    trips = CountingConnection.sent / CYCLES
    print(
        f"{FLEETS} fleets, {ROOMS} rooms: reported in {1000 * wall / CYCLES:.0f} ms, "
        f"{1000 * cpu / CYCLES:.0f} ms CPU, {trips:g} round trips and one to the broker; "
        f"{series} series, {len(json.dumps(report)) // 1000} kB"
    )


def _show(maestro: Maestro) -> None:
    registry = prometheus_client.CollectorRegistry()
    registry.register(Fleets(maestro.reports.read))
    CountingConnection.sent, cpu = 0, time.process_time()
    for _ in range(CYCLES):
        text = prometheus_client.generate_latest(registry)
    cpu = time.process_time() - cpu
    print(
        f"shown with {1000 * cpu / CYCLES:.0f} ms CPU, {CountingConnection.sent / CYCLES:g} "
        f"round trip, {len(text) // 1000} kB"
    )
