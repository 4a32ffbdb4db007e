"""What lists show of schedulers, versions, operations and rooms. Pure: answers in, cells out."""

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from maestro.cli import spans
from maestro.cli.remote import progress

Item = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A title, and what stands below it for an item at a moment."""

    title: str
    cell: Callable[[Item, datetime.datetime], str]
    #: Only shown when there is to be much to see.
    is_wide: bool = False
    folds: bool = False


def chosen(columns: Sequence[Column], *, wide: bool) -> list[Column]:
    """Those to be shown."""
    return [each for each in columns if wide or not each.is_wide]


def rows(
    columns: Sequence[Column], items: Sequence[Item], now: datetime.datetime
) -> list[list[str]]:
    """A row for every item."""
    return [[column.cell(item, now) for column in columns] for item in items]


def field(*path: str) -> Callable[[Item, datetime.datetime], str]:
    """What stands at a path of the answer; `-` when nothing does."""

    def cell(item: Item, _: datetime.datetime) -> str:
        found: Any = item
        for name in path:
            found = (found or {}).get(name)
        return "-" if found is None or found == "" else str(found)

    return cell


def age(name: str = "createdAt") -> Callable[[Item, datetime.datetime], str]:
    """How long ago a moment of the answer is."""

    def cell(item: Item, now: datetime.datetime) -> str:
        moment = item.get(name)
        return spans.text(now - datetime.datetime.fromisoformat(moment)) if moment else "-"

    return cell


def _mark(item: Item, _: datetime.datetime) -> str:
    return "*" if item.get("isActive") else ""


def _ports(item: Item, _: datetime.datetime) -> str:
    said = [f"{each['name']}:{each['port']}/{each['protocol']}" for each in item.get("ports") or ()]
    return ", ".join(said) or "-"


def _range(item: Item, _: datetime.datetime) -> str:
    found = item.get("portRange")
    return f"{found['start']}-{found['end']}" if found else "-"


def _kind(item: Item, _: datetime.datetime) -> str:
    return "validation" if item.get("isValidationRoom") else "fleet"


def _instance(item: Item, _: datetime.datetime) -> str:
    found = item.get("instanceStatus") or {}
    return f"{found.get('type', '')} {found.get('description', '')}"


SCHEDULERS = (
    Column("name", field("name")),
    Column("game", field("game")),
    Column("state", field("state")),
    Column("version", field("version")),
    Column("replicas", field("roomsReplicas")),
    Column("max surge", field("maxSurge"), is_wide=True),
    Column("ports", _range, is_wide=True),
    Column("matches", field("matchAllocation", "maxMatches"), is_wide=True),
    Column("age", age()),
)
VERSIONS = (
    Column("version", field("version")),
    Column("active", _mark),
    Column("age", age()),
    Column("created", field("createdAt"), is_wide=True),
)
OPERATIONS = (
    Column("scheduler", field("schedulerName")),
    Column("id", field("id")),
    Column("kind", field("definitionName")),
    Column("doing", lambda item, _: progress.doing(item)),
    Column("age", age()),
    Column("attempt", field("attempt")),
    Column("created", field("createdAt"), is_wide=True),
    Column("lease until", field("lease", "ttl"), is_wide=True),
)
ROOMS = (
    Column("id", field("id")),
    Column("status", field("status")),
    Column("version", field("version")),
    Column("matches", field("runningMatches")),
    Column("address", field("host")),
    Column("ports", _ports, folds=True),
    Column("age", age()),
    Column("last ping", age("lastPingAt")),
    Column("said", field("pingStatus"), is_wide=True),
    Column("instance", _instance, is_wide=True, folds=True),
    Column("kind", _kind, is_wide=True),
    Column("operation", field("operationId"), is_wide=True),
)
INFOS = (
    Column("name", field("name")),
    Column("game", field("game"), is_wide=True),
    Column("state", field("state")),
    Column("wanted", lambda item, _: _wanted(item)),
    Column("ready", field("roomsReady")),
    Column("occupied", field("roomsOccupied")),
    Column("allocated", field("roomsAllocated")),
    Column("active", field("roomsActive"), is_wide=True),
    Column("pending", field("roomsPending")),
    Column("unready", field("roomsUnready"), is_wide=True),
    Column("terminating", field("roomsTerminating")),
    Column("error", field("roomsError")),
    Column("trouble", lambda item, _: _trouble(item), folds=True),
)


def _wanted(info: Item) -> str:
    least, most = progress.bounds(info)
    return str(least) if least == most else f"{least}..{'' if most == float('inf') else most}"


def _trouble(info: Item) -> str:
    said = ["paused"] if info.get("paused") else []
    said += [info[name] for name in ("frozenReason", "crashLoopReason") if info.get(name)]
    return "; ".join(said)
