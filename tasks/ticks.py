"""What beat asks for at intervals."""

import structlog

from maestro import errors
from maestro.ports import tasks as names
from tasks.app import app, maestro

log = structlog.get_logger(__name__)


@app.task(name=names.CLEAN_UP)
def clean_up() -> None:
    """Have records cleaned up of those schedulers whose turn it is."""
    try:
        maestro().clean_ups.tick()
    except errors.Unavailable as error:
        log.warning("not_cleaned_up", reason=str(error))


@app.task(name=names.CHECK_HEALTH)
def check_health() -> None:
    """Have every fleet compared with what is wanted."""
    try:
        maestro().health_checks.all()
    except errors.Unavailable as error:
        log.warning("health_not_checked", reason=str(error))
