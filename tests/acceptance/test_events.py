"""A matchmaker hears of everything that happens to the rooms of a real system, once."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests import sink
from tests.acceptance.bodies import fleet
from tests.acceptance.system import System, running, soon
from tests.sink import Sink


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running() as system:
        yield system


@pytest.fixture
def matchmaker() -> Iterator[Sink]:
    with sink.listening() as found:
        yield found


def forwarder(to: Sink) -> dict[str, Any]:
    return {
        "name": "matchmaker",
        "enable": True,
        "type": "gRPC",
        "address": to.address,
        "options": {"timeout": "2000", "metadata": {"roomType": "red"}},
    }


def tell(system: System, method: str, path: str, body: object) -> Any:
    """Ask the rooms API."""
    url = f"http://127.0.0.1:{system.ports['rooms_api']}/scheduler/told/rooms/{path}"
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_a_matchmaker_hears_of_pings_events_players_and_the_end_of_each_room(
    system: System, matchmaker: Sink
) -> None:
    # Given a fleet of three rooms that ping
    body = fleet("told", 3, first_port=21700, forwarders=[forwarder(matchmaker)])
    assert system.post("/schedulers", body).status == 200
    soon(lambda: len(system.ready_rooms("told")) == 3, within_s=60, explain=system.text)
    rooms = system.ready_rooms("told")
    for room in rooms:
        soon(lambda room=room: "ready" in matchmaker.of(room), within_s=20)  # type: ignore[misc]

    # When a room has something to say
    first, second, third = rooms
    tell(system, "PUT", f"{first}/status", {"status": "occupied"})
    player = {"event": "playerJoin", "metadata": {"playerId": "p-1"}}
    assert tell(system, "POST", f"{first}/playerevent", player) == {"success": True, "message": ""}
    event = {"event": "goal", "metadata": {"minute": 1000000}}
    assert tell(system, "POST", f"{first}/roomevent", event)["success"] is True

    # Then the matchmaker heard of it before the answer
    told = [
        told for told in matchmaker.taken if told.method in ("SendRoomEvent", "SendPlayerEvent")
    ]
    assert [each.what for each in told] == ["PLAYER_JOINED", "goal"]
    assert told[1].message.room.metadata["minute"] == "1e+06"
    assert "occupied" in matchmaker.of(first)
    assert system.rooms_of("told")[0]["status"] == "ready"

    # And the room hears that it was refused
    matchmaker.codes[second] = 404
    answer = tell(system, "POST", f"{second}/roomevent", event)
    assert answer == {
        "success": False,
        "message": 'failed to forward event room at "matchmaker" with code NotFound',
    }
    matchmaker.codes.clear()

    # When a room dies while the matchmaker is away
    matchmaker.stop()
    system.process_of(third).kill()
    soon(lambda: third not in system.ready_rooms("told"), within_s=20)
    matchmaker.start()

    # Then it hears of its end, and of its successor
    soon(lambda: "terminated" in matchmaker.of(third), within_s=30, explain=system.text)
    soon(lambda: len(system.ready_rooms("told")) == 3, within_s=60, explain=system.text)
    everybody = {*rooms, *system.ready_rooms("told")}
    assert len(everybody) == 4

    # When the fleet is deleted
    assert system.delete("/schedulers/told").status == 200
    soon(lambda: system.get("/schedulers/told").status == 404, within_s=60, explain=system.text)

    # Then the end of every room was told, once and last
    for room in everybody:
        heard = matchmaker.of(room)
        assert heard.count("terminated") == 1, (room, heard)
        assert heard[-1] == "terminated", (room, heard)
    assert not any("outbox" in key for key in system.stored_keys())
    soon(lambda: "maestro_outboxes_held 0.0" in system.text_of("events_forwarder", "/metrics"))
