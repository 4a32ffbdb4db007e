"""The gauges of the fleets, set in the process that serves them."""

from collections.abc import Sequence

import structlog

from maestro import errors, metrics
from maestro.bootstrap import Maestro
from maestro.domain.schedulers import Scheduler
from maestro.ports import tasks as names
from tasks.app import app, maestro
from tasks.messages import is_understood

log = structlog.get_logger(__name__)


@app.task(name=names.REPORT_METRICS)
def report_metrics(*, version: int = 1, **_newer: object) -> None:
    """Read the counts of all fleets in one round trip and show them."""
    if not is_understood(version):
        return
    parts = maestro()
    try:
        schedulers = parts.schedulers.find()
        counts = parts.rooms.counts([scheduler.name for scheduler in schedulers])
        report_events(parts, schedulers)
    except errors.Unavailable as error:
        log.warning("metrics_not_reported", reason=str(error))
        return
    for status, gauge in metrics.ROOMS.items():
        # Series of schedulers that are gone go with it.
        gauge.clear()
        for scheduler, rooms in zip(schedulers, counts, strict=True):
            gauge.labels(scheduler.game, scheduler.name).set(rooms[status])


def report_events(parts: Maestro, schedulers: Sequence[Scheduler]) -> None:
    """Show what waits for forwarders, and what was given up. Raises Unavailable."""
    outboxes = parts.outbox.states([scheduler.name for scheduler in schedulers])
    letters = parts.outbox.letter_counts()
    for gauge in (metrics.OUTBOX_LENGTH, metrics.OUTBOX_DROPPED, metrics.DEAD_LETTERS):
        gauge.clear()
    for scheduler, outbox in zip(schedulers, outboxes, strict=True):
        metrics.OUTBOX_LENGTH.labels(scheduler.game, scheduler.name).set(outbox.length)
        metrics.OUTBOX_DROPPED.labels(scheduler.game, scheduler.name).set(outbox.dropped)
    for name, amount in letters.items():
        metrics.DEAD_LETTERS.labels(name).set(amount)
