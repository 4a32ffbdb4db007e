"""Events that rooms send themselves: who is told, and what the room hears of it."""

import dataclasses
from typing import Any

import pytest

from maestro import errors
from maestro.domain.forwarding.answers import Answer
from maestro.domain.forwarding.messages import PlayerMessage, RoomEventMessage, StatusMessage
from maestro.domain.schedulers import Forwarder
from maestro.services.forwarding import Forwarding
from tests import make
from tests.contract.conftest import Stores, in_fresh_memory
from tests.fakes.forwarders import FakeForwarders
from tests.talking import start

MATCHMAKER = make.forwarder()
OTHER = make.forwarder(name="other", address="other:1")
SWITCHED_OFF = make.forwarder(name="off", enabled=False)


@pytest.fixture
def stores() -> Stores:
    """A room that runs, and a validation room."""
    stores = in_fresh_memory()
    stores.rooms.configure(make.scheduler(forwarders=(MATCHMAKER, OTHER, SWITCHED_OFF)))
    grant = stores.begin()
    start(stores, grant, "arena-1")
    start(stores, grant, "arena-test", validation=True)
    stores.rooms.register(grant, [make.new_room(id="arena-new", ports=())])
    return stores


@pytest.fixture
def forwarders() -> FakeForwarders:
    return FakeForwarders()


@pytest.fixture
def forwarding(stores: Stores, forwarders: FakeForwarders) -> Forwarding:
    return Forwarding(stores.outbox, lambda: forwarders)


def only(stores: Stores, *forwarders: Forwarder) -> None:
    stores.rooms.configure(make.scheduler(forwarders=forwarders))


def names(forwarders: FakeForwarders) -> list[str]:
    return [call.forwarder.name for call in forwarders.calls]


def test_everybody_is_told_of_an_event(forwarding: Forwarding, forwarders: FakeForwarders) -> None:
    assert forwarding.room_event("arena", "arena-1", "won", {"by": 2}) == ""
    assert names(forwarders) == ["matchmaker", "other"]
    message = forwarders.calls[0].message
    assert isinstance(message, RoomEventMessage)
    assert (message.event, message.room.host, message.room.port) == ("won", "10.0.0.1", 40000)
    assert message.room.metadata["by"] == "2"


def test_everybody_is_told_of_a_status_and_the_room_stays_as_it_is(
    forwarding: Forwarding, forwarders: FakeForwarders, stores: Stores
) -> None:
    before = stores.rooms.get("arena", "arena-1")
    assert forwarding.status("arena", "arena-1", "occupied", {}) == ""
    message = forwarders.calls[0].message
    assert isinstance(message, StatusMessage)
    assert (message.method, message.status) == ("SendRoomStatus", "occupied")
    assert stores.rooms.get("arena", "arena-1") == before
    assert stores.outbox.waiting("arena") == []


@pytest.mark.parametrize("room", ["arena-1", "nobody", "arena-test"])
def test_players_are_told_of_in_any_room(
    forwarding: Forwarding, forwarders: FakeForwarders, room: str
) -> None:
    assert forwarding.player_event("arena", room, "playerJoin", {"playerId": "p"}) == ""
    assert names(forwarders) == ["matchmaker", "other"]
    assert isinstance(forwarders.calls[0].message, PlayerMessage)


def test_one_that_fails_keeps_no_other_from_being_told(
    forwarding: Forwarding, forwarders: FakeForwarders
) -> None:
    forwarders.answers["matchmaker"] = Answer(code="Unavailable", reached=False)
    text = 'failed to forward event room at "matchmaker" with code Unavailable'
    assert forwarding.room_event("arena", "arena-1", "won", {}) == text
    assert names(forwarders) == ["matchmaker", "other"]
    forwarders.answers["other"] = Answer(code="NotFound")
    both = f'{text}; failed to forward event room at "other" with code NotFound'
    assert forwarding.room_event("arena", "arena-1", "won", {}) == both


@pytest.mark.parametrize("enabled", [(), (SWITCHED_OFF,)])
@pytest.mark.parametrize("room", ["arena-1", "nobody"])
def test_without_forwarders_nothing_can_go_wrong(
    forwarding: Forwarding, stores: Stores, enabled: tuple[Forwarder, ...], room: str
) -> None:
    only(stores, *enabled)
    assert forwarding.room_event("arena", room, "won", {}) == ""
    assert forwarding.player_event("arena", room, "anything", {}) == ""
    assert forwarding.status("arena", room, "ready", {}) == ""


def test_validation_rooms_are_nobodys_business(
    forwarding: Forwarding, forwarders: FakeForwarders
) -> None:
    assert forwarding.room_event("arena", "arena-test", "won", {}) == ""
    assert forwarding.status("arena", "arena-test", "terminated", {}) == ""
    assert forwarders.calls == []


def test_an_unknown_room_is_told_of_only_when_it_ends(
    forwarding: Forwarding, forwarders: FakeForwarders
) -> None:
    with pytest.raises(errors.NotForwarded, match="room nobody not found in scheduler arena"):
        forwarding.room_event("arena", "nobody", "won", {})
    assert forwarders.calls == []
    assert forwarding.room_event("arena", "nobody", "terminated", {}) == ""
    assert forwarding.status("arena", "nobody", "terminating", {}) == ""
    room = forwarders.calls[0].message.room
    assert (room.room_id, room.host, room.port) == ("nobody", "", 0)


@pytest.mark.parametrize("event", ["won", "terminated"])
def test_a_room_without_an_address_is_not_told_of(
    forwarding: Forwarding, forwarders: FakeForwarders, stores: Stores, event: str
) -> None:
    only(stores, MATCHMAKER)
    assert forwarding.room_event("arena", "arena-new", event, {}) == (
        'no room port found to forward roomEvent. Forwarder name: "matchmaker", Scheduler: "arena"'
    )
    assert forwarders.calls == []


@pytest.mark.parametrize("said", ["", "broken"])
def test_a_status_nobody_knows_is_refused_whoever_is_there(
    forwarding: Forwarding, stores: Stores, said: str
) -> None:
    only(stores)
    with pytest.raises(errors.NotForwarded):
        forwarding.status("arena", "arena-1", said, {})


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("playerWon", {"playerId": "p"}),
    ("", {"playerId": "p"}),
]


@pytest.mark.parametrize(("event", "metadata"), REFUSED)
def test_players_do_nothing_but_come_and_go(
    forwarding: Forwarding, event: str, metadata: dict[str, Any]
) -> None:
    with pytest.raises(errors.NotForwarded):
        forwarding.player_event("arena", "arena-1", event, metadata)


def test_a_player_without_a_name_is_told_to_nobody(
    forwarding: Forwarding, forwarders: FakeForwarders
) -> None:
    answer = forwarding.player_event("arena", "arena-1", "playerLeft", {"playerId": 1})
    assert answer.startswith('eventAttributes must contain key "playerId" in playerEvent events.')
    assert 'Forwarder name: "other"' in answer
    assert forwarders.calls == []


def test_an_unknown_scheduler_has_no_events(forwarding: Forwarding) -> None:
    with pytest.raises(errors.NotFound, match="scheduler nobody not found"):
        forwarding.room_event("nobody", "arena-1", "won", {})


def test_a_forwarder_is_told_what_it_is_always_told(
    forwarding: Forwarding, forwarders: FakeForwarders, stores: Stores
) -> None:
    options = dataclasses.replace(MATCHMAKER.options, metadata={"roomType": "red"})
    only(stores, dataclasses.replace(MATCHMAKER, options=options))
    forwarding.status("arena", "arena-1", "ready", {"roomType": "blue"})
    room = forwarders.calls[0].message.room
    assert (room.room_type, room.metadata["roomType"]) == ("red", "blue")
