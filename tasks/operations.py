"""The hint that operations of a scheduler wait."""

import structlog

from maestro import errors, metrics
from maestro.ports import tasks as names
from tasks.app import app, maestro
from tasks.execution import execution, games
from tasks.messages import is_understood

log = structlog.get_logger(__name__)


@app.task(name=names.RUN_NEXT)
def run_next(scheduler: str, *, version: int = 1, **_newer: object) -> None:
    """Execute the operation whose turn it is, and hint again if there was one."""
    if not is_understood(version):
        return
    try:
        if execution().run_next(scheduler):
            maestro().dispatch.hint(scheduler)
    except errors.Unavailable as error:
        # The sweep finds what waits as soon as the store is back.
        labels = (games().remembered(scheduler), scheduler, "next_operation_failed")
        metrics.EXECUTION_WORKER_FAILED.labels(*labels).inc()
        log.warning("hint_dropped", scheduler=scheduler, reason=str(error))
