"""The report of all fleets: counters, read in a few round trips however many there are."""

from collections import defaultdict
from collections.abc import Mapping

import structlog

from maestro import errors, metrics
from maestro.bootstrap import Maestro
from maestro.domain.figures import Figures, Report
from maestro.metrics.declaring import Declared
from maestro.ports import tasks as names
from tasks.app import app, maestro
from tasks.messages import is_understood

log = structlog.get_logger(__name__)

#: Intervals after which a report does not count any more.
KEPT = 3


@app.task(name=names.REPORT_METRICS)
def report_metrics(*, version: int = 1, **_newer: object) -> None:
    """Report what there is of all fleets, for all who show it."""
    if not is_understood(version):
        return
    parts = maestro()
    try:
        parts.reports.write(report(parts), ttl_s=KEPT * parts.settings.metrics_interval_s)
    except errors.Unavailable as error:
        log.warning("metrics_not_reported", reason=str(error))


def report(parts: Maestro) -> Report:
    """The series of every fleet there is. Raises Unavailable."""
    every = parts.operations.schedulers()
    counts, outboxes = parts.rooms.counts(every), parts.outbox.states(every)
    series: defaultdict[str, list[tuple[tuple[str, ...], float]]] = defaultdict(list)

    def add(gauge: Declared, value: float | None, *labels: str) -> None:
        if value is not None:
            series[gauge.name].append((labels, value))

    fleets = 0
    for scheduler, known, rooms, outbox in zip(
        every, parts.rooms.reported(every), counts, outboxes, strict=True
    ):
        if known is None:
            continue
        fleets += 1
        shown = {metrics.ROOMS[status]: rooms[status] for status in metrics.ROOMS}
        shown |= {metrics.OUTBOX_LENGTH: outbox.length, metrics.OUTBOX_DROPPED: outbox.dropped}
        for gauge, value in (*shown.items(), *_of_check(known.figures).items()):
            add(gauge, value, known.game, scheduler)
    add(metrics.FLEETS, fleets)
    for scheduler, letters in parts.outbox.letter_counts().items():
        add(metrics.DEAD_LETTERS, letters, scheduler)
    for kind, (amount, age_s) in _waiting(parts, every).items():
        add(metrics.HINTS, amount, kind)
        add(metrics.OLDEST_HINT, age_s, kind)
    return series


def _of_check(figures: Figures | None) -> Mapping[Declared, float | None]:
    """What the last health check saw."""
    if figures is None:
        return {}
    instances = {metrics.INSTANCES[status]: n for status, n in figures.instances.items()}
    return instances | {
        metrics.RUNNING_MATCHES: figures.running_matches,
        metrics.MAX_MATCHES: figures.max_matches,
        metrics.READY_TARGET: figures.ready_target,
        metrics.FIXED_BUFFER: figures.fixed_buffer,
        metrics.DESIRED_ROOMS: figures.desired_rooms,
        metrics.CURRENT_ROOMS: figures.current_rooms,
        metrics.TERMINATION_TIMEOUTS: figures.termination_timeouts,
        metrics.PROPERLY_TERMINATED: figures.properly_terminated,
    }


def _waiting(parts: Maestro, schedulers: list[str]) -> Mapping[str, tuple[int, float]]:
    """Nothing, when the broker is away: the fleets are there nevertheless."""
    try:
        return parts.broker.waiting(schedulers)
    except errors.Unavailable as error:
        log.warning("broker_not_asked", reason=str(error))
        return {}
