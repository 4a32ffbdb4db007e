"""Hints as Celery messages."""

import time
from collections.abc import Mapping
from typing import Any

import celery
import structlog
from celery import signals
from celery.exceptions import OperationalError as CeleryUnavailable
from kombu.exceptions import OperationalError

from maestro import request_ids
from maestro.ports import tasks as names

log = structlog.get_logger(__name__)

#: What every sender and worker must agree upon.
#: One list per queue instead of four (`priority_steps`): ids wait in lists of our own, in order.
TRANSPORT_OPTIONS = {"priority_steps": [0], "socket_timeout": 5, "socket_connect_timeout": 5}

#: A hint is not worth waiting for: one attempt, and an end to each wait.
SENDING_OPTIONS = TRANSPORT_OPTIONS | {
    "max_retries": 0,
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
}


@signals.before_task_publish.connect  # type: ignore[untyped-decorator]
def _stamp(headers: dict[str, Any], **_: object) -> None:
    headers[names.SENT_AT] = time.time()


def application(
    broker_url: str, *, transport_options: Mapping[str, object] = TRANSPORT_OPTIONS
) -> celery.Celery:
    """A Celery application that sends hints and keeps no results."""
    app = celery.Celery("maestro", broker=broker_url)
    app.conf.update(
        broker_transport_options=dict(transport_options),
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=names.NO_SCHEDULER,
    )
    return app


class CeleryHints:
    """The Hints of production."""

    def __init__(self, broker_url: str) -> None:
        self._app = application(broker_url, transport_options=SENDING_OPTIONS)

    def operations(self, scheduler: str, *, operation: str = "") -> None:
        queue = names.operations(scheduler)
        self._send(names.RUN_NEXT, scheduler, queue=queue, operation=operation)

    def changes(self, scheduler: str) -> None:
        self._send(names.APPLY_CHANGES, scheduler, queue=names.SYSTEM)

    def _send(self, task: str, scheduler: str, *, queue: str, operation: str = "") -> None:
        # Nobody acts upon these: they are there for whoever looks at messages, in Flower.
        told = {"operation": operation, "request_id": request_ids.current()}
        try:
            self._app.send_task(
                task,
                args=[scheduler],
                kwargs={"version": names.VERSION, **_given(told)},
                queue=queue,
                retry=False,
            )
        except (OperationalError, CeleryUnavailable) as error:
            log.warning("hint_not_sent", task=task, scheduler=scheduler, reason=str(error))


def _given(told: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if value}
