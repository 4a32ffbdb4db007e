"""
Who changed what: one line in the log for every request that may change something, whatever came
of it. Bodies are not told: they may hold secrets.
"""

from collections.abc import Mapping
from typing import Any

import flask
import structlog

from api import bodies

log = structlog.get_logger(__name__)

READING_VERBS = frozenset({"GET", "HEAD", "OPTIONS"})
READING_CALLS = ("Get", "List", "Explain")
LONGEST_REASON = 500


def over_http(response: flask.Response) -> flask.Response:
    """After a request: note it, unless it only reads."""
    request = flask.request
    if request.method in READING_VERBS:
        return response
    answer = bodies.read(response.get_data()) if response.is_json else {}
    _note(
        f"{request.method} {request.path}",
        authorization=request.headers.get("Authorization", ""),
        source=request.remote_addr or "",
        outcome=str(response.status_code),
        answer=answer,
    )
    return response


def over_grpc(
    name: str,
    asked: Mapping[str, Any],
    authorization: str,
    peer: str,
    outcome: str,
    answer: Mapping[str, Any],
) -> None:
    """After a call: note it, unless it only reads."""
    call = name.rpartition(".")[2]
    if not call.startswith(READING_CALLS):
        names = (asked.get(field, "") for field in ("schedulerName", "name", "operationId"))
        what = " ".join([call, *filter(None, names)])
        _note(what, authorization=authorization, source=peer, outcome=outcome, answer=answer)


def _note(
    what: str, *, authorization: str, source: str, outcome: str, answer: Mapping[str, Any]
) -> None:
    # One token is all that tells callers apart.
    who = "bearer" if authorization else "anybody"
    told = {"operation": answer["operationId"]} if "operationId" in answer else {}
    if "message" in answer:
        told["reason"] = answer["message"][:LONGEST_REASON]
    log.info("audit", who=who, what=what, source=source, outcome=outcome, **told)
