"""What forwarders read: values as Go writes them, and events in the words of each forwarder."""

import dataclasses
from typing import Any

import pytest

from maestro import errors
from maestro.domain.forwarding import answers, events, messages, rendering
from maestro.domain.forwarding.messages import Method
from maestro.domain.rooms import HostPort, PingStatus
from maestro.domain.schedulers import Forwarder, ForwarderOptions
from tests import make

#: A value of JSON, and what Go's `%v` makes of it.
JSON_TEXTS: list[tuple[Any, str]] = [
    ("text", "text"),
    ("", ""),
    (True, "true"),
    (False, "false"),
    (None, "<nil>"),
    (0, "0"),
    (245, "245"),
    (-245, "-245"),
    (0.5, "0.5"),
    (3.0, "3"),
    (99999, "99999"),
    (999999, "999999"),
    (1000000, "1e+06"),
    (-1000000, "-1e+06"),
    (1234567, "1.234567e+06"),
    (123456.5, "123456.5"),
    (1234567.5, "1.2345675e+06"),
    (1e20, "1e+20"),
    (1e21, "1e+21"),
    (1.5e300, "1.5e+300"),
    (0.0001, "0.0001"),
    (0.00012, "0.00012"),
    (0.00001, "1e-05"),
    (0.000012345, "1.2345e-05"),
    (0.1 + 0.2, "0.30000000000000004"),
    (-0.0, "-0"),
    (2**53, "9.007199254740992e+15"),
    (10**400, "+Inf"),
    ([], "[]"),
    (["a", "b"], "[a b]"),
    ([1, 2.5, None, True], "[1 2.5 <nil> true]"),
    ({}, "map[]"),
    ({"k": "v"}, "map[k:v]"),
    ({"b": 1, "a": [1000000, {"x": None}]}, "map[a:[1e+06 map[x:<nil>]] b:1]"),
]


@pytest.mark.parametrize(("value", "text"), JSON_TEXTS)
def test_values_of_json_are_written_as_go_writes_them(value: Any, text: str) -> None:
    assert rendering.json_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1000000, "1000000"), ([1000000], "[1000000]"), (1e6, "1e+06")]
)
def test_integers_that_are_integers_stay_as_they_are(value: Any, text: str) -> None:
    assert rendering.text(value) == text


PORTS = (
    HostPort(name="query", protocol="tcp", port=4001),
    HostPort(name="clientPort", protocol="udp", port=4000),
)
PORTS_TEXT = (
    '[{"name":"query","port":4001,"protocol":"TCP"},'
    '{"name":"clientPort","port":4000,"protocol":"UDP"}]'
)


def forwarder(**metadata: object) -> Forwarder:
    return make.forwarder(options=ForwarderOptions(metadata=metadata))


def at(event: events.Event, *ports: HostPort) -> events.Event:
    """The event of a room that runs."""
    return dataclasses.replace(event, host="10.0.0.1", ports=ports or PORTS)


def told(event: events.Event, **metadata: object) -> Any:
    return messages.message(event, forwarder(**metadata), scheduler="arena")


def test_a_ping_is_told_with_what_the_room_said_over_what_the_forwarder_always_hears() -> None:
    ping = events.resync("arena-1", "game", PingStatus.OCCUPIED, {"mode": 1000000, "region": "eu"})

    message = told(at(ping), mode="default", roomType="red", level=2)

    assert message.method is Method.RESYNC
    assert message.status is PingStatus.OCCUPIED
    assert message.room == messages.RoomMessage(
        game="game",
        room_id="arena-1",
        host="10.0.0.1",
        port=4000,
        room_type="red",
        metadata={
            "mode": "1e+06",
            "region": "eu",
            "roomType": "red",
            "level": "2",
            "eventType": "resync",
            "pingType": "occupied",
            "ports": PORTS_TEXT,
        },
    )


def test_what_kind_of_event_it_is_cannot_be_changed_by_metadata() -> None:
    ping = events.resync("r", "g", PingStatus.READY, {"eventType": "x", "pingType": "y"})
    metadata = told(at(ping)).room.metadata
    assert (metadata["eventType"], metadata["pingType"]) == ("resync", "ready")


def test_the_end_of_a_room_is_a_status() -> None:
    message = told(events.terminated("arena-1", "game"))
    assert message.method is Method.STATUS
    assert message.status is PingStatus.TERMINATED
    assert (message.room.host, message.room.port) == ("", 0)
    assert message.room.metadata == {
        "eventType": "status", "pingType": "terminated", "roomEvent": "terminated",
    }  # fmt: skip


def test_a_room_type_that_is_no_text_is_only_metadata() -> None:
    message = told(events.terminated("r", "g"), roomType=7)
    assert message.room.room_type == ""
    assert message.room.metadata["roomType"] == "7"


@pytest.mark.parametrize("said", ["ready", "READY", "Ready"])
def test_a_status_is_told_as_it_was_said(said: str) -> None:
    message = told(at(events.status("r", "g", said, {})))
    assert (message.method, message.status) == (Method.STATUS, PingStatus.READY)
    assert message.room.metadata["pingType"] == said


@pytest.mark.parametrize("said", ["", "unknown", "allocated", "on fire"])
def test_a_status_nobody_knows_is_not_told(said: str) -> None:
    with pytest.raises(errors.NotForwarded):
        events.status("r", "g", said, {})


def test_an_event_of_a_room_is_told_with_what_the_forwarder_always_hears_on_top() -> None:
    happened = events.room_event("arena-1", "game", "matchStarted", {"mode": "b", "map": "dust"})
    message = told(at(happened), mode="a", roomType="red")
    assert message.method is Method.ROOM_EVENT
    assert message.event == "matchStarted"
    assert message.room.room_type == ""
    assert message.room.metadata == {
        "mode": "a", "map": "dust", "roomType": "red", "eventType": "roomEvent",
        "roomEvent": "matchStarted", "ports": PORTS_TEXT,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "joined"), [("playerJoin", True), ("playerLeft", False)])
def test_a_player_is_told_of_without_an_address(name: str, joined: bool) -> None:
    came = events.player_event("arena-1", "game", name, {"playerId": "p", "level": 3})
    message = told(came, roomType=5, mode="ignored")
    assert message == messages.PlayerMessage(
        room=messages.RoomMessage(game="game", room_id="arena-1"),
        player="p",
        joined=joined,
        metadata={"playerId": "p", "level": "3", "eventType": name, "roomType": "5"},
    )


@pytest.mark.parametrize("metadata", [{}, {"playerId": 7}, {"playerId": None}])
def test_a_player_without_a_name_is_not_told_of(metadata: dict[str, object]) -> None:
    with pytest.raises(errors.NotForwarded) as refusal:
        told(events.player_event("r", "g", "playerJoin", metadata))
    assert str(refusal.value) == (
        'eventAttributes must contain key "playerId" in playerEvent events. '
        'Forwarder name: "matchmaker", Scheduler: "arena"'
    )


def test_players_only_come_and_go() -> None:
    with pytest.raises(errors.NotForwarded):
        events.player_event("r", "g", "playerWon", {})


def test_a_room_without_a_port_is_not_told_of() -> None:
    with pytest.raises(errors.NotForwarded) as refusal:
        told(events.room_event("r", "g", "x", {}))
    assert str(refusal.value) == (
        'no room port found to forward roomEvent. Forwarder name: "matchmaker", Scheduler: "arena"'
    )


def test_the_first_port_is_told_when_none_is_for_players() -> None:
    message = told(at(events.room_event("r", "g", "x", {}), *PORTS[:1]))
    assert message.room.port == 4001


@pytest.mark.parametrize(
    ("event", "unreliable"),
    [
        (events.status("r", "g", "terminating", {}), True),
        (events.status("r", "g", "terminated", {}), True),
        (events.status("r", "g", "occupied", {}), False),
        (events.room_event("r", "g", "terminated", {}), True),
        (events.room_event("r", "g", "won", {"pingType": "terminating"}), True),
        (events.room_event("r", "g", "won", {}), False),
        (events.terminated("r", "g"), True),
    ],
)
def test_rooms_that_end_may_be_gone(event: events.Event, unreliable: bool) -> None:
    assert event.is_unreliable is unreliable


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0, "OK"), (200, "OK"), (399, "OK"), (400, "Unknown"), (404, "NotFound"),
        (406, "FailedPrecondition"), (500, "Internal"), (503, "Unknown"),
    ],
)  # fmt: skip
def test_the_codes_of_answers(code: int, name: str) -> None:
    answer = answers.answered(code)
    assert (answer.code, answer.taken, answer.reached) == (name, code < 400, True)
    assert answers.failure("F", answer) == f'failed to forward event room at "F" with code {name}'
