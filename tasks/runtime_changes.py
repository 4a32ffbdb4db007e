"""The hint that the watcher learned something of a scheduler's rooms."""

import structlog

from maestro import errors
from maestro.ports import tasks as names
from tasks.app import app, maestro
from tasks.messages import is_understood

log = structlog.get_logger(__name__)

#: Changes applied by one script; a script of so many takes a few milliseconds.
BATCH = 500


@app.task(name=names.APPLY_CHANGES)
def apply_changes(scheduler: str, *, version: int = 1, **_newer: object) -> None:
    """Apply what waits, and wake the operation that waits for it."""
    if not is_understood(version):
        return
    parts = maestro()
    try:
        applied = parts.changes.apply(scheduler, limit=BATCH)
        if applied.wakes_operation:
            parts.dispatch.hint(scheduler)
        if applied.wants_check:
            parts.health_checks.one(scheduler)
        if applied.more:
            parts.dispatch.hint_changes(scheduler)
    except errors.Unavailable as error:
        log.warning("changes_not_applied", scheduler=scheduler, reason=str(error))
