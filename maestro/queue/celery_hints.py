"""Hints as Celery messages."""

import celery
import structlog
from celery.exceptions import OperationalError as CeleryUnavailable
from kombu.exceptions import OperationalError

from maestro.ports import tasks as names

log = structlog.get_logger(__name__)

#: What every sender and worker must agree upon.
#: One list per queue instead of four (`priority_steps`): ids wait in lists of our own, in order.
TRANSPORT_OPTIONS = {"priority_steps": [0], "socket_timeout": 5, "socket_connect_timeout": 5}


def application(broker_url: str) -> celery.Celery:
    """A Celery application that sends hints and keeps no results."""
    app = celery.Celery("maestro", broker=broker_url)
    app.conf.update(
        broker_transport_options=TRANSPORT_OPTIONS,
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=names.NO_SCHEDULER,
    )
    return app


class CeleryHints:
    """The Hints of production."""

    def __init__(self, app: celery.Celery) -> None:
        self._app = app

    def operations(self, scheduler: str) -> None:
        self._send(names.RUN_NEXT, scheduler, queue=names.operations(scheduler))

    def changes(self, scheduler: str) -> None:
        self._send(names.APPLY_CHANGES, scheduler, queue=names.SYSTEM)

    def _send(self, task: str, scheduler: str, *, queue: str) -> None:
        try:
            self._app.send_task(
                task,
                args=[scheduler],
                kwargs={"version": names.VERSION},
                queue=queue,
                retry=False,
            )
        except (OperationalError, CeleryUnavailable) as error:
            log.warning("hint_not_sent", task=task, scheduler=scheduler, reason=str(error))
