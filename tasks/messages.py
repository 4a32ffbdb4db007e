"""What tasks make of the version that messages carry."""

import structlog

from maestro.ports import tasks as names

log = structlog.get_logger(__name__)


def is_understood(version: int) -> bool:
    """Whether this worker may act on a message; what others hint at, a newer worker finds."""
    if version > names.VERSION:
        log.warning("message_of_newer_version", version=version, known=names.VERSION)
    return version <= names.VERSION
