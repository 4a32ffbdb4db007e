"""
The Celery application of workers, beat and Flower: `celery --app tasks.app:app …`.

Settings are read here; nothing connects until work begins.
"""

import time
from typing import Any

import structlog
from celery import signals

from maestro import logs, metrics
from maestro.bootstrap import Maestro, celery_application
from maestro.config import Settings
from maestro.ports import tasks as names
from tasks.once import once
from tasks.schedule import schedule

settings = Settings()
app = celery_application(settings)
app.conf.update(
    include=[
        "tasks.operations",
        "tasks.runtime_changes",
        "tasks.reports",
        "tasks.ticks",
        "tasks.worker",
    ],
    beat_schedule=schedule(settings),
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=True,
    task_send_sent_event=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
)


@signals.setup_logging.connect
def configure_logs(**_: object) -> None:
    """Log as all of Maestro does, and not as Celery would: in a module, as that has it."""
    if not structlog.is_configured():
        logs.configure(level=settings.log_level, style=settings.log_format, module="worker")


@signals.task_prerun.connect
def note_delay(task: Any, **_: object) -> None:
    """How long the message waited for this worker, by the clocks of two machines."""
    queue = (task.request.delivery_info or {}).get("routing_key")
    sent_at = getattr(task.request, names.SENT_AT, None)
    if queue and sent_at is not None:
        delay_s = max(0.0, time.time() - float(sent_at))
        metrics.HINT_DELAY.labels(names.kind(queue)).observe(delay_s)


@once
def maestro() -> Maestro:
    """The parts of this process."""
    parts = Maestro(settings)
    # Threads that found one missing at once would build two, and renew only one of them.
    parts.leases  # noqa: B018
    return parts
