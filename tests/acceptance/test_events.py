"""
A matchmaker hears of everything that happens to the rooms of a real system, once; and operators
see all of it that dashboards and alerts ask for.
"""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from maestro.metrics.declaring import CATALOGUE, Module
from tests import promql, sink
from tests.acceptance.bodies import fleet
from tests.acceptance.system import System, running, soon
from tests.contract import calls
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


def tell(system: System, method: str, path: str, body: object, *, scheduler: str = "told") -> Any:
    """Ask the rooms API."""
    url = f"http://127.0.0.1:{system.ports['rooms_api']}/scheduler/{scheduler}/rooms/{path}"
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


#: What only trouble brings, or only Kubernetes; tests of their own see that it counts.
NOT_HERE = {
    "maestro_api_ping_handler_update_room_failures_total",
    "maestro_events_dead_letters",
    "maestro_kubernetes_request_duration_seconds",
    "maestro_watcher_failed_instance_conversion_total",
    "maestro_worker_add_rooms_operation_execution_failed_total",
    "maestro_worker_operation_rollback_latency_seconds",
    "maestro_worker_remove_rooms_operation_deletion_failed_total",
}


def test_everything_that_dashboards_and_alerts_ask_for_is_shown_by_who_is_said_to(
    system: System, matchmaker: Sink
) -> None:
    # Given two fleets with policies, of which one has a matchmaker that once refused
    assert system.post("/schedulers", watched("watched", 21900, matchmaker)).status == 200
    assert system.post("/schedulers", buffered("buffered", 22000)).status == 200
    soon(lambda: len(system.ready_rooms("watched")) == 1, within_s=60, explain=system.text)
    (room,) = system.ready_rooms("watched")
    for code in (0, 500):
        matchmaker.codes[room] = code
        for what in ("roomevent", "playerevent"):
            event = {"event": "playerJoin", "metadata": {"playerId": "p-1"}}
            tell(system, "POST", f"{room}/{what}", event, scheduler="watched")
    matchmaker.codes.clear()
    with grpc.insecure_channel(f"127.0.0.1:{system.ports['management_api_grpc']}") as channel:
        grpc.channel_ready_future(channel).result(30)
        calls.over_grpc(channel)("GetScheduler", {"schedulerName": "watched"})

    # When somebody looks at all modules
    declared = {series: metric for metric in CATALOGUE.values() for series in metric.series}
    wanted = {
        (declared[each.series].name, each.series, declared[each.series].modules)
        for each in promql.asked()
        if each.series in declared and declared[each.series].name not in NOT_HERE
    }

    def missing() -> set[str]:
        shown = {module: names_shown(system, module) for module in Module}
        return {
            series
            for _, series, modules in wanted
            if not any(series in shown[module] for module in modules)
        }

    # Then nothing is missing
    assert len(wanted) > 40
    soon(lambda: not missing(), within_s=60, explain=lambda: ", ".join(sorted(missing())))
    for name in ("watched", "buffered"):
        system.delete(f"/schedulers/{name}")


def watched(name: str, first_port: int, matchmaker: Sink) -> dict[str, Any]:
    """A fleet of one room that follows demand and tells a matchmaker."""
    occupancy = {"roomOccupancy": {"readyTarget": 0.5, "downThreshold": 0.1}}
    return fleet(
        name,
        0,
        first_port=first_port,
        forwarders=[forwarder(matchmaker)],
        autoscaling=scaling("roomOccupancy", occupancy),
    )


def buffered(name: str, first_port: int) -> dict[str, Any]:
    """A fleet of one room that keeps one free."""
    buffer = {"fixedBuffer": {"amount": 1}}
    return fleet(name, 0, first_port=first_port, autoscaling=scaling("fixedBuffer", buffer))


def scaling(policy: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "enabled": True,
        "min": 1,
        "max": 1,
        "policy": {"type": policy, "parameters": parameters},
    }


def names_shown(system: System, module: Module) -> set[str]:
    """The names of all series that a module shows."""
    lines = system.text_of(module.replace("-", "_"), "/metrics").splitlines()
    return {re.split(r"[ {]", line, maxsplit=1)[0] for line in lines if not line.startswith("#")}
