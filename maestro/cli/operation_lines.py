"""Operations of the stores as a terminal, a file or a script shows them."""

import datetime
from collections.abc import Mapping
from typing import Any

from maestro.cli import spans
from maestro.domain import documents
from maestro.domain.operations import Operation
from maestro.ports.storage import Standing

TITLES = ("scheduler", "id", "kind", "doing", "age", "attempt", "worker", "last line of history")
#: Of the titles; the others are never broken over lines.
FOLDED = ("scheduler", "doing", "attempt", "worker", "last line of history")


def cells(standing: Standing, now: datetime.datetime) -> list[str]:
    """One line of the list, as wide as it needs to be."""
    operation = standing.operation
    doing = f"{standing.doing}, cancelled" if operation.cancel_requested else f"{standing.doing}"
    last = operation.history[-1].event if operation.history else ""
    return [
        operation.scheduler,
        operation.id,
        operation.definition.NAME,
        doing,
        spans.text(now - operation.created_at),
        str(operation.attempt),
        standing.worker or "-",
        last,
    ]


def document(standing: Standing, now: datetime.datetime) -> dict[str, Any]:
    """For scripts; keys as the API calls them."""
    operation = standing.operation
    return {
        "schedulerName": operation.scheduler,
        "id": operation.id,
        "definitionName": operation.definition.NAME,
        "status": operation.status,
        "doing": standing.doing,
        "createdAt": operation.created_at,
        "ageSeconds": round((now - operation.created_at).total_seconds(), 3),
        "attempt": operation.attempt,
        "worker": standing.worker or None,
        "since": standing.since,
        "until": standing.until,
        "cancelRequested": operation.cancel_requested,
        "lastEvent": _events(operation)[-1] if operation.history else None,
    }


def whole(operation: Operation) -> dict[str, Any]:
    """All of one operation, for scripts; keys as the API calls them."""
    return {
        "id": operation.id,
        "status": operation.status,
        "definitionName": operation.definition.NAME,
        "schedulerName": operation.scheduler,
        "createdAt": operation.created_at,
        "attempt": operation.attempt,
        "cancelRequested": operation.cancel_requested,
        "requestId": operation.request_id or None,
        "input": documents.operation_input(operation.definition),
        "executionHistory": _events(operation),
    }


def page(operation: Operation) -> list[str]:
    """All of one operation, for people; its input is left to scripts, as it may be long."""
    head = {
        "id": operation.id,
        "scheduler": operation.scheduler,
        "kind": operation.definition.NAME,
        "status": operation.status,
        "created": operation.created_at.isoformat(timespec="seconds"),
        "attempt": str(operation.attempt),
    }
    if operation.request_id:
        head["request"] = operation.request_id
    if operation.cancel_requested:
        head["cancelled"] = "yes"
    return [
        *(f"{name:10} {value}" for name, value in head.items()),
        "history",
        *(
            f"  {line.created_at.isoformat(timespec='milliseconds')}  {line.event}"
            for line in operation.history
        ),
    ]


def _events(operation: Operation) -> list[Mapping[str, Any]]:
    return [{"createdAt": line.created_at, "event": line.event} for line in operation.history]
