"""How far something is, as the answers of the API tell. Pure."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

Body = Mapping[str, Any]

#: Statuses of operations that are over.
FINISHED, ENDED = "finished", ("finished", "canceled", "error", "evicted")
#: Statuses of rooms that count for what is wanted.
COUNTED = ("Ready", "Allocated", "Occupied", "Active")
NO_LIMIT = -1
_SWITCH = re.compile(r"enqueued switch active version operation with id: (\S+)")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """One look at it."""

    text: str
    #: Of `total`; without a total nobody knows how much there is to do.
    done: int = 0
    total: int = 0
    is_over: bool = False


def doing(operation: Body) -> str:
    """What an operation is doing, in the words of docs/operations.md."""
    match operation["status"]:
        case "pending":
            said = "waiting"
        case "in_progress":
            # Only what a worker executes has a lease.
            said = "running" if operation.get("lease") else "parked"
        case status:
            said = str(status)
    is_cancelled = operation.get("cancelRequested") and operation["status"] not in ENDED
    return f"{said}, cancelled" if is_cancelled else said


def last_event(operation: Body) -> str:
    """The last line of its history, in one line."""
    history = operation.get("executionHistory") or ()
    return " ".join(history[-1]["event"].split()) if history else ""


def of_operation(operation: Body) -> Progress:
    """How far an operation is."""
    said = status = operation["status"]
    if status == "pending":
        said = "waits for its turn"
    elif status == "in_progress":
        said = last_event(operation)
    return Progress(text=f"{operation['definitionName']}: {said}", is_over=status in ENDED)


def failure(operation: Body) -> str:
    """Why an operation that ended did not end well; empty when it did."""
    if operation["status"] == FINISHED:
        return ""
    events = [event["event"] for event in operation.get("executionHistory") or ()]
    lines = [f"{operation['definitionName']} {operation['id']} ended as {operation['status']}"]
    return "\n".join([*lines, *_telling(events)])


def _telling(events: Sequence[str]) -> list[str]:
    """Those lines of a history that say more than that it began and ended."""
    quiet = ("Created", "Starting operation", "Operation finished")
    return [line.strip() for event in events if event not in quiet for line in event.splitlines()]


def followed_by(operation: Body) -> str | None:
    """The id of the operation that goes on with what this one began."""
    for event in operation.get("executionHistory") or ():
        if found := _SWITCH.search(event["event"]):
            return found[1]
    return None


def of_rollout(rollout: Body) -> Progress:
    """How far a fleet is on its way to the active version."""
    done, to_do = int(rollout.get("roomsDone") or 0), int(rollout.get("roomsToDo") or 0)
    if not rollout.get("inProgress"):
        return Progress(text=f"all rooms are of {rollout.get('toVersion')}", is_over=True)
    text = f"rollout of {rollout.get('toVersion')}: waits for {rollout.get('waitsFor')}"
    return Progress(text=text, done=done, total=done + to_do)


def of_fleet(info: Body) -> Progress:
    """How far a fleet has the rooms that are wanted. `info` is one item of `/schedulers/info`."""
    least, most = bounds(info)
    counted = sum(_rooms(info, status) for status in COUNTED)
    others = {status: _rooms(info, status) for status in ("Pending", "Unready", "Error")}
    text = f"{counted} of {least} rooms are ready or in use"
    text += "".join(f", {count} {status.lower()}" for status, count in others.items() if count)
    if info.get("paused"):
        return Progress(text=f"{text}; paused, so it stays", is_over=True)
    for reason in (info.get("crashLoopReason"), info.get("frozenReason")):
        text += f"; {reason}" if reason else ""
    if counted > most:
        return _shrinking(info, counted, most)
    return Progress(text=text, done=counted, total=least, is_over=counted >= least)


def bounds(info: Body) -> tuple[int, float]:
    """How many rooms there should be, at least and at most."""
    scaling = info.get("autoscaling") or {}
    if not scaling.get("enabled"):
        wanted = int(info.get("roomsReplicas") or 0)
        return wanted, wanted
    most = int(scaling.get("max") or 0)
    return int(scaling.get("min") or 0), float("inf") if most == NO_LIMIT else most


def _shrinking(info: Body, counted: int, most: float) -> Progress:
    if _rooms(info, "Ready"):
        return Progress(text=f"{counted} rooms, at most {most:.0f} are wanted")
    text = f"{counted} rooms, {counted - most:.0f} more than wanted until matches in them end"
    return Progress(text=text, is_over=True)


def _rooms(info: Body, status: str) -> int:
    return int(info.get(f"rooms{status}") or 0)


def previous(versions: Sequence[Body]) -> str | None:
    """The version before the active one; `versions` are listed newest first."""
    active = next((at for at, each in enumerate(versions) if each.get("isActive")), len(versions))
    return next((str(each["version"]) for each in versions[active + 1 :]), None)
