"""What beat asks for at intervals."""

import structlog

from maestro import errors
from maestro.ports import tasks as names
from tasks.app import app, maestro
from tasks.messages import is_understood

log = structlog.get_logger(__name__)


@app.task(name=names.CLEAN_UP)
def clean_up(*, version: int = 1, **_newer: object) -> None:
    """Have records cleaned up of those schedulers whose turn it is."""
    if not is_understood(version):
        return
    try:
        maestro().clean_ups.tick()
    except errors.Unavailable as error:
        log.warning("not_cleaned_up", reason=str(error))


@app.task(name=names.CHECK_HEALTH)
def check_health(*, version: int = 1, **_newer: object) -> None:
    """Have those fleets compared with what is wanted whose turn it is."""
    if not is_understood(version):
        return
    try:
        maestro().health_checks.tick()
    except errors.Unavailable as error:
        log.warning("health_not_checked", reason=str(error))
