"""Operations as a terminal, a file or a script shows them."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from maestro.domain import documents
from maestro.domain.operations import Operation
from maestro.ports.storage import Doing, Standing

TITLES = ("scheduler", "id", "kind", "doing", "age", "attempt", "worker", "last line of history")
STYLES = {Doing.RUNNING: "green", Doing.SILENT: "bold red", Doing.PARKED: "yellow"}


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
        span(now - operation.created_at),
        str(operation.attempt),
        standing.worker or "-",
        " ".join(last.split()),
    ]


def table(found: Sequence[Standing], now: datetime.datetime) -> Table:
    """For terminals."""
    shown = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for title in TITLES:
        shown.add_column(title, no_wrap=title in ("id", "kind", "age"), overflow="fold")
    for standing in found:
        row = [Text(cell) for cell in cells(standing, now)]
        row[3].stylize(STYLES.get(standing.doing, ""))
        if standing.operation.attempt > 1:
            row[5].stylize("bold yellow")
        shown.add_row(*row)
    return shown


def lines(found: Sequence[Standing], now: datetime.datetime) -> list[str]:
    """For files and pipes: one line each, in columns, without a title."""
    rows = [cells(standing, now) for standing in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
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


def span(length: datetime.timedelta) -> str:
    """A length of time in its two largest units."""
    seconds = max(0, int(length.total_seconds()))
    for unit, smaller, size, part in (("d", "h", 86400, 3600), ("h", "m", 3600, 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}{seconds % size // part}{smaller}"
    return f"{seconds // 60}m{seconds % 60}s" if seconds >= 60 else f"{seconds}s"


def _events(operation: Operation) -> list[Mapping[str, Any]]:
    return [{"createdAt": line.created_at, "event": line.event} for line in operation.history]
