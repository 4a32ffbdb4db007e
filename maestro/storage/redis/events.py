"""
Events, forwarders and dead letters to and from the JSON that Redis holds.

What rooms said is text that the scripts of rooms put together; the shape of an entry is theirs.
"""

import json
from collections.abc import Mapping
from typing import Any

from maestro.domain.forwarding import events
from maestro.domain.forwarding.events import Event, EventKind
from maestro.domain.rooms import PingStatus
from maestro.domain.schedulers import Forwarder, ForwarderOptions, Scheduler
from maestro.ports.events import DeadLetter
from maestro.storage.redis import records

#: Kinds of entries.
_RESYNC, _TERMINATED, _EVENT = "resync", "terminated", "event"


# Forwarders -------------------------------------------------------------------


def audience_text(scheduler: Scheduler) -> str:
    """The game and the enabled forwarders; empty when there are none."""
    enabled = [forwarder for forwarder in scheduler.forwarders if forwarder.enabled]
    if not enabled:
        return ""
    return _dumps({"game": scheduler.game, "forwarders": [_forwarder(each) for each in enabled]})


def audience(text: str) -> tuple[str, tuple[Forwarder, ...]]:
    """The game and the forwarders that `audience_text` was given."""
    document = json.loads(text)
    return document["game"], tuple(_forwarder_from(each) for each in document["forwarders"])


def _forwarder(forwarder: Forwarder) -> dict[str, Any]:
    return {
        "name": forwarder.name,
        "type": forwarder.forward_type,
        "address": forwarder.address,
        "timeout_ms": forwarder.options.timeout_ms,
        "metadata": dict(forwarder.options.metadata),
    }


def _forwarder_from(document: Mapping[str, Any]) -> Forwarder:
    return Forwarder(
        name=document["name"],
        enabled=True,
        forward_type=document["type"],
        address=document["address"],
        options=ForwarderOptions(timeout_ms=document["timeout_ms"], metadata=document["metadata"]),
    )


# Entries ----------------------------------------------------------------------


def list_of(entry: Mapping[str, Any]) -> str | None:
    """The list of forwarders that an entry refers to; None when it has its own."""
    return entry.get("list")


def event(entry: Mapping[str, Any], game: str) -> Event:
    """The event that waits."""
    if entry["kind"] == _EVENT:
        return _event_from(entry["event"])
    room = entry["room"]
    if entry["kind"] == _RESYNC:
        said = events.resync(room, game, PingStatus(entry["ping"]), entry["metadata"])
    else:
        said = events.terminated(room, game)
    ports = records.ports_from(entry["ports"]) if entry["host"] else ()
    return _at(said, entry["host"], ports)


def entry_text(letter: DeadLetter) -> str:
    """A dead letter as an entry that brings its own forwarder."""
    document = {"kind": _EVENT, "event": _event(letter.event)}
    return _dumps(document | {"forwarders": [_forwarder(letter.forwarder)]})


def own_forwarders(entry: Mapping[str, Any]) -> tuple[Forwarder, ...]:
    """Those that an entry brings."""
    return tuple(_forwarder_from(each) for each in entry["forwarders"])


def _at(said: Event, host: str, ports: Any) -> Event:
    return Event(
        kind=said.kind,
        room=said.room,
        game=said.game,
        attributes=said.attributes,
        host=host,
        ports=ports,
        without_address=said.without_address,
    )


def _event(told: Event) -> dict[str, Any]:
    return {
        "kind": told.kind,
        "room": told.room,
        "game": told.game,
        "attributes": dict(told.attributes),
        "host": told.host,
        "ports": json.loads(records.ports_text(told.ports)),
        "without_address": told.without_address,
    }


def _event_from(document: Mapping[str, Any]) -> Event:
    return Event(
        kind=EventKind(document["kind"]),
        room=document["room"],
        game=document["game"],
        attributes=document["attributes"],
        host=document["host"],
        ports=records.ports_from(document["ports"]),
        without_address=document["without_address"],
    )


# Dead letters -----------------------------------------------------------------


def letter_id(letter: DeadLetter) -> str:
    """The same for the same entry and forwarder; begins with the scheduler."""
    return f"{letter.scheduler}/{letter.number}/{letter.forwarder.name}"


def letter_text(letter: DeadLetter) -> str:
    """Everything about it."""
    return _dumps(
        {
            "scheduler": letter.scheduler,
            "forwarder": _forwarder(letter.forwarder),
            "event": _event(letter.event),
            "number": letter.number,
            "reason": letter.reason,
            "attempts": letter.attempts,
            "at": records.micros(letter.at),
        }
    )


def letter(text: str) -> DeadLetter:
    """What `letter_text` was given."""
    document = json.loads(text)
    return DeadLetter(
        scheduler=document["scheduler"],
        forwarder=_forwarder_from(document["forwarder"]),
        event=_event_from(document["event"]),
        number=document["number"],
        reason=document["reason"],
        attempts=document["attempts"],
        at=records.moment(document["at"]),
    )


def _dumps(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))
