"""The gauges of the fleets, set in the process that serves them."""

import structlog

from maestro import errors, metrics
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
    except errors.Unavailable as error:
        log.warning("metrics_not_reported", reason=str(error))
        return
    for status, gauge in metrics.ROOMS.items():
        # Series of schedulers that are gone go with it.
        gauge.clear()
        for scheduler, rooms in zip(schedulers, counts, strict=True):
            gauge.labels(scheduler.game, scheduler.name).set(rooms[status])
