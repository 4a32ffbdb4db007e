"""
Requests over HTTP, counted and timed under the pattern of their path.

A path that leads nowhere counts under no pattern, so that nobody can invent new ones.
"""

import functools
import re
import time

import flask

from api import messages
from maestro import metrics

#: v10's names of the parts of paths that ours call otherwise.
_PARTS = {"room_name": "roomID", "operation_id": "operationID"}
_PART = re.compile(r"<(?:\w+:)?(\w+)>")


def observe(app: flask.Flask, service: str) -> None:
    """Have every request of an application counted; call it before other hooks are added."""

    def begin() -> None:
        flask.g.began = time.perf_counter()
        metrics.HTTP_INFLIGHT.labels(service, _handler()).inc()

    def answered(answer: flask.Response) -> flask.Response:
        labels = (service, _handler(), flask.request.method, str(answer.status_code))
        metrics.HTTP_SECONDS.labels(*labels).observe(time.perf_counter() - flask.g.began)
        metrics.HTTP_BYTES.labels(*labels).observe(answer.content_length or 0)
        return answer

    def end(_: BaseException | None) -> None:
        metrics.HTTP_INFLIGHT.labels(service, _handler()).dec()

    app.before_request(begin)
    app.after_request(answered)
    app.teardown_request(end)


@functools.cache
def pattern(rule: str) -> str:
    """A path as v10 shows it: `/schedulers/:schedulerName` for `/schedulers/<scheduler_name>`."""
    return _PART.sub(lambda part: f":{_PARTS.get(part[1]) or messages.camel_case(part[1])}", rule)


def _handler() -> str:
    rule = flask.request.url_rule
    return pattern(rule.rule) if rule else ""
