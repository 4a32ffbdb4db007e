"""
What is on disk about a room: the order (`room.json`, never changed) and the state (`state.json`).

Known to the keeper, which is to stay small: nothing but the standard library is imported here.
Keepers outlive upgrades of Maestro, so unknown fields are ignored and new ones need a default.
"""

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

ORDER = "room.json"
STATE = "state.json"
SCHEDULER = "scheduler.json"

PENDING = "pending"
READY = "ready"
TERMINATING = "terminating"
ERROR = "error"


class Scheduler(NamedTuple):
    """Whose rooms live in a folder."""

    installation: str
    uid: str
    #: To be removed with the last room.
    is_deleted: bool = False


class Port(TypedDict):
    """A host port that the room holds."""

    name: str
    protocol: str
    port: int


class ContainerOrder(TypedDict):
    """A program to run, and the variables it gets."""

    name: str
    command: list[str]
    environment: dict[str, str]
    #: Variable to the file with its value, read when the program starts.
    secrets: dict[str, str]


class Order(NamedTuple):
    """What a room is to be."""

    installation: str
    scheduler: str
    room: str
    #: Of this instance; one of the same name that is made later has another.
    uid: str
    version: str
    operation: str
    is_validation: bool
    created_at: str
    host: str
    grace_s: float
    ports: list[Port]
    containers: list[ContainerOrder]
    #: Of the request that the operation goes back to; empty when nobody asked for it.
    request_id: str = ""


class State(NamedTuple):
    """How a room is."""

    #: Number of the change that made it so.
    version: int = 0
    status: str = PENDING
    description: str = ""
    #: Identity of the process that runs the room; empty until it took it over.
    keeper: str = ""
    #: Identities of the containers' processes, by container; empty until all run.
    children: Mapping[str, str] = {}
    #: Exit codes by container; -N when killed by signal N.
    exits: Mapping[str, int] = {}
    #: Nothing of it runs any more.
    is_over: bool = False
    #: The mark of deletion: once over, it is to be removed.
    is_deleted: bool = False
    delete_grace_s: float = 0


def write(file: pathlib.Path, record: Mapping[str, object]) -> None:
    """Replace the file at once: no reader sees half of it."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(json.dumps(record), encoding="utf-8")
    os.replace(new, file)


def read(file: pathlib.Path) -> dict[str, Any]:
    """What the file holds; nothing when it is missing, or was damaged by a power cut."""
    # Other errors must not pass for absence: a room that seems absent may be given up.
    try:
        record: dict[str, Any] = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return record


def to_order(record: Mapping[str, Any]) -> Order:
    """The order that a record holds."""
    return Order(**_known(record, Order._fields))


def to_state(record: Mapping[str, Any]) -> State:
    """The state that a record holds."""
    return State(**_known(record, State._fields))


def order_of(room: pathlib.Path) -> Order | None:
    """What the room is to be; None if there is no such room."""
    record = read(room / ORDER)
    return to_order(record) if record else None


def state_of(room: pathlib.Path) -> State | None:
    """How the room is; None if there is no such room."""
    record = read(room / STATE)
    return to_state(record) if record else None


def scheduler_of(place: pathlib.Path) -> Scheduler | None:
    """Whose rooms live there; None if nobody's."""
    record = read(place / SCHEDULER)
    return Scheduler(**_known(record, Scheduler._fields)) if record else None


def _known(record: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: record[name] for name in fields if name in record}
