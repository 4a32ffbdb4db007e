"""
The threads of the node that executes operations: heartbeat of the leases, and the sweep.

The node consumes one queue per scheduler; the sweep keeps its queues equal to the schedulers.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

import structlog
from celery import signals
from prometheus_client import Gauge

from maestro import errors, metrics
from maestro.ports import tasks as names
from tasks.app import maestro, settings
from tasks.execution import execution

log = structlog.get_logger(__name__)

#: Name of the node, before the `@`.
OPERATIONS_NODE = "operations"

#: How long before the end of its stop timeout the node hands back what still runs.
CLOSING_S = 1.0

_stopping = threading.Event()


@signals.worker_ready.connect
def begin(sender: Any, **_: object) -> None:
    """Begin the threads, in the node that executes operations."""
    if not sender.hostname.startswith(f"{OPERATIONS_NODE}@"):
        return
    # Goes on to the end: what runs while this node stops has to keep its lease.
    _repeat("heartbeat", settings.lease_renewal_s, maestro().leases.renew, until=threading.Event())
    _repeat("promises", settings.sweep_interval_s, maestro().sweep.restore, until=_stopping)
    _repeat("sweep", settings.sweep_interval_s, lambda: sweep(sender), until=_stopping)


@signals.worker_shutting_down.connect
def end(sender: str, **_: object) -> None:
    """Take nothing more, and let what runs end at its next step, or hand it back in time."""
    if _stopping.is_set() or not sender.startswith(f"{OPERATIONS_NODE}@"):
        return
    _stopping.set()
    threading.Thread(target=_hand_back, name="hand-back", daemon=True).start()
    execution().stop()


def _hand_back() -> None:
    """Whatever still runs then goes on elsewhere at once, and is of no more use here."""
    threading.Event().wait(max(settings.stop_timeout_s - CLOSING_S, 0))
    try:
        for scheduler in maestro().leases.hand_back():
            maestro().dispatch.hint(scheduler)
    except errors.Unavailable as error:
        log.warning("hint_dropped", reason=str(error))
    finally:
        os._exit(0)


def sweep(consumer: Any) -> None:
    """Wake who is needed, and consume the queues of exactly the schedulers there are."""
    wanted = {names.operations(name) for name in maestro().sweep.wake()} | {names.NO_SCHEDULER}
    consumed = {queue.name for queue in consumer.task_consumer.queues}
    metrics.WORKERS_SYNC.inc()
    for queue in wanted - {names.NO_SCHEDULER}:
        _executes(queue).set(1)
    for queue in consumed - wanted:
        _executes(queue).set(0)
    for queue in sorted(wanted - consumed):
        consumer.call_soon(consumer.add_task_queue, queue)
    for queue in sorted(consumed - wanted):
        consumer.call_soon(stop_consuming, consumer, queue)


def _executes(queue: str) -> Gauge:
    return metrics.CURRENT_WORKERS.labels(names.scheduler(queue), "operation_execution")


def stop_consuming(consumer: Any, queue: str) -> None:
    """Leave nothing of the queue in the broker: its scheduler is gone."""
    consumer.cancel_task_queue(queue)
    consumer.task_consumer.channel.queue_delete(queue)


def _repeat(
    name: str, interval_s: float, action: Callable[[], None], *, until: threading.Event
) -> None:
    def loop() -> None:
        while not until.wait(interval_s):
            try:
                action()
            except errors.Unavailable as error:
                log.warning("thread_interrupted", thread=name, reason=str(error))
                maestro().leases.store_was_away()
            except Exception:
                log.exception("thread_defect", thread=name)

    threading.Thread(target=loop, name=name, daemon=True).start()
