"""Values to and from the flat text that hashes and lists of Redis hold."""

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import cattrs

from maestro.domain import documents
from maestro.domain.decisions import Decision
from maestro.domain.figures import Figures
from maestro.domain.health import Memory
from maestro.domain.operations import FORMAT, Operation, OperationEvent, OperationStatus
from maestro.domain.rooms import HostPort, InstanceStatus, PingStatus, Room, RoomStatus

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def micros(moment: datetime.datetime) -> int:
    """Microseconds since 1970: exact, and small enough for the score of a sorted set."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: str | int) -> datetime.datetime:
    """What `micros` was given."""
    return _EPOCH + int(value) * _MICROSECOND


def millis(seconds: float) -> int:
    """How long a key may live; Redis refuses 0."""
    return max(1, round(seconds * 1000))


def _moment_or_none(value: str | None) -> datetime.datetime | None:
    return moment(value) if value else None


def fields(flat: Sequence[str]) -> dict[str, str]:
    """A hash as a script returns it: names and values in turn."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


# Operations -------------------------------------------------------------------


def operation_fields(operation: Operation) -> dict[str, str | int]:
    """What is stored of a new operation."""
    return {
        "id": operation.id,
        "uid": operation.scheduler_uid,
        "format": FORMAT,
        "definition": operation.definition.NAME,
        "input": json.dumps(documents.operation_input(operation.definition)),
        "status": operation.status,
        "created_at": micros(operation.created_at),
        "request": operation.request_id,
    }


def operation(
    scheduler: str,
    record: Mapping[str, str],
    history: Sequence[str] = (),
    lease_until: datetime.datetime | None = None,
) -> Operation:
    """An operation as it was stored."""
    return Operation(
        id=record["id"],
        scheduler=scheduler,
        scheduler_uid=record["uid"],
        definition=documents.definition_from(
            record["definition"],
            json.loads(record["input"]),
            format_=int(record.get("format", FORMAT)),
        ),
        created_at=moment(record["created_at"]),
        status=OperationStatus(record["status"]),
        attempt=int(record.get("attempt", 0)),
        choices=json.loads(record.get("choices", "{}")),
        history=tuple(map(_event, history)),
        cancel_requested=record.get("cancel") == "1",
        lease_until=lease_until,
        request_id=record.get("request", ""),
    )


def _event(line: str) -> OperationEvent:
    event = json.loads(line)
    return OperationEvent(created_at=moment(event["at"]), event=event["event"])


# Health -----------------------------------------------------------------------


def memory_text(value: Memory) -> str:
    """What a health check leaves to the next, as JSON."""
    return json.dumps(_memories.unstructure(value))


def memory(text: str | None) -> Memory:
    """What `memory_text` was given; nothing yet when there is no text."""
    return _memories.structure(json.loads(text), Memory) if text else Memory()


def figures_text(value: Figures) -> str:
    """What a health check saw, as JSON."""
    return json.dumps(_memories.unstructure(value))


def figures(text: str) -> Figures:
    """What `figures_text` was given."""
    return _memories.structure(json.loads(text), Figures)


def decision_text(value: Decision) -> str:
    """A decision as a list holds it: a mark that those share that repeat it, then JSON."""
    return f"{decision_mark(value)} {json.dumps(_memories.unstructure(value))}"


def decision_mark(value: Decision) -> str:
    """How decisions begin that differ in nothing but their time and operation."""
    essence = json.dumps(_memories.unstructure(value.essence), sort_keys=True)
    return hashlib.sha256(essence.encode()).hexdigest()[:16]


def decision(text: str) -> Decision:
    """What `decision_text` was given."""
    return _memories.structure(json.loads(text.partition(" ")[2]), Decision)


def _make_memories() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_unstructure_hook(datetime.datetime, micros)
    converter.register_structure_hook(datetime.datetime, lambda value, _: moment(value))
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    return converter


_memories = _make_memories()


# Rooms ------------------------------------------------------------------------


def room(scheduler: str, record: Mapping[str, str]) -> Room:
    """A room as it was stored."""
    return Room(
        id=record["id"],
        scheduler=scheduler,
        version=record["version"],
        status=RoomStatus(record["status"]),
        ping_status=PingStatus(record["ping_status"]),
        instance_status=InstanceStatus(record["instance_status"]),
        instance_description=record.get("instance_description", ""),
        uid=record.get("uid", ""),
        host=record.get("host", ""),
        ports=ports(record.get("ports", "[]")),
        running_matches=int(record.get("matches", 0)),
        metadata=json.loads(record.get("metadata", "{}")),
        is_validation=record.get("validation") == "1",
        operation=record["operation"],
        created_at=moment(record["created_at"]),
        last_ping_at=_moment_or_none(record.get("last_ping_at")),
        allocated_until=_moment_or_none(record.get("allocated_until")),
        terminating_since=_moment_or_none(record.get("terminating_since")),
        deletion_accepted=record.get("deletion_accepted") == "1",
    )


def ports_text(host_ports: Sequence[HostPort]) -> str:
    """Ports as a record of a room holds them."""
    return json.dumps(
        [{"name": p.name, "protocol": p.protocol, "port": p.port} for p in host_ports]
    )


def ports(text: str) -> tuple[HostPort, ...]:
    """What `ports_text` was given."""
    return ports_from(json.loads(text))


def ports_from(listed: Sequence[Mapping[str, Any]]) -> tuple[HostPort, ...]:
    """Ports from the JSON that they are stored as."""
    return tuple(HostPort(**each) for each in listed)
