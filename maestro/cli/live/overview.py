"""What the live table shows: plain values, and how they are read from answers of the API."""

import dataclasses
from collections.abc import Mapping
from typing import Any

#: Statuses of rooms, those first that a table without room for all of them has to keep.
STATUSES = (
    "ready",
    "error",
    "occupied",
    "pending",
    "terminating",
    "allocated",
    "active",
    "unready",
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Operations:
    """What is done to a fleet: names of what a worker executes and of what waits for its time."""

    running: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()
    pending: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """One scheduler."""

    name: str
    state: str = ""
    wanted: int = 0
    #: By status.
    rooms: Mapping[str, int] = dataclasses.field(default_factory=dict)
    paused: bool = False
    #: What keeps Maestro from looking after it, in words.
    troubles: tuple[str, ...] = ()
    #: None: nobody knows.
    operations: Operations | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """Everything at one moment."""

    #: None: the API never answered.
    fleets: tuple[Fleet, ...] | None = None
    #: Whether it answered when it was last asked.
    answers: bool = False
    #: The last lines; terminals' colours may be in them.
    events: tuple[str, ...] = ()
    #: Addresses, by what is there.
    places: Mapping[str, str] = dataclasses.field(default_factory=dict)
    #: How to end it.
    ending: str = ""


def fleet(info: Mapping[str, Any], operations: Operations | None) -> Fleet:
    """From one item of `GET /schedulers/info`."""
    reasons = {"frozen": info.get("frozenReason"), "crash loop": info.get("crashLoopReason")}
    return Fleet(
        name=str(info["name"]),
        state=str(info.get("state") or ""),
        wanted=int(info.get("roomsReplicas") or 0),
        rooms={status: int(info.get(f"rooms{status.title()}") or 0) for status in STATUSES},
        paused=bool(info.get("paused")),
        troubles=tuple(f"{what}: {reason}" for what, reason in reasons.items() if reason),
        operations=operations,
    )


def operations(active: Mapping[str, Any], pending: Mapping[str, Any]) -> Operations:
    """From two answers of `GET /schedulers/NAME/operations`; only what runs has a lease."""
    found = active["operations"]
    return Operations(
        running=tuple(each["definitionName"] for each in found if each.get("lease")),
        parked=tuple(each["definitionName"] for each in found if not each.get("lease")),
        pending=len(pending["operations"]),
    )
