"""Stores and single processes go away and come back; whatever was asked for still happens."""

import json
import shutil
import urllib.error
from collections.abc import Iterator

import psutil
import pytest

from maestro.bootstrap import Maestro
from maestro.domain.operations import OPEN, AddRooms
from tests.acceptance.bodies import fleet
from tests.acceptance.system import soon
from tests.acceptance.test_healing import ids_of, let_pass, running_rooms
from tests.acceptance.test_versions import ends_as
from tests.chaos.site import Site, site

#: Room ports of these tests; each fleet takes a hundred.
FIRST_PORT = 20000
#: Longer than these tests.
QUARANTINE_S = "3600"
#: Rooms that no worker adds while it is told to stop.
MANY = 90
STOP_TIMEOUT_S = "2"


@pytest.fixture(scope="module")
def parts() -> Iterator[Site]:
    with site(room_quarantine_s=QUARANTINE_S, stop_timeout_s=STOP_TIMEOUT_S) as parts:
        yield parts


def start(parts: Site, name: str, rooms: int) -> set[str]:
    """A fleet of ready rooms; returns their ids."""
    index = len(parts.get("/schedulers").body["schedulers"])
    body = fleet(name, rooms, first_port=FIRST_PORT + 100 * index)
    assert parts.post("/schedulers", body).status == 200
    soon(lambda: len(parts.ready_rooms(name)) == rooms, within_s=60, explain=parts.text)
    return ids_of(parts, name)


def last_pings(maestro: Maestro, name: str) -> dict[str, float]:
    """Room → when it pinged last."""
    return {
        room.id: room.last_ping_at.timestamp() if room.last_ping_at else 0
        for room in maestro.rooms.all(name)
    }


def readiness(parts: Site, module: str) -> str:
    """What `/readyz` says."""
    try:
        return parts.text_of(module, "/readyz")
    except urllib.error.HTTPError as refusal:
        with refusal:
            return f"{refusal.code} {refusal.read().decode()}"


def test_redis_that_comes_back_empty_is_filled_from_the_runtime(parts: Site) -> None:
    # Given a fleet, of which Redis loses everything, and an edit that is asked for meanwhile
    rooms = start(parts, "forgotten", 3)
    parts.kill_redis()
    answer = parts.ask("PATCH", "/schedulers/forgotten", b'{"maxSurge": "9"}')
    assert "redis" in readiness(parts, "management_api")
    shutil.rmtree(parts.folder / "redis" / "data")

    # When it is there again
    parts.start_redis()

    # Then its rooms are found, and at no time are there others
    def are_found() -> bool:
        assert running_rooms(parts, "forgotten") == rooms
        return set(parts.ready_rooms("forgotten")) == rooms

    soon(are_found, within_s=40, explain=parts.text)
    # And none is given to a match, because there may be one in it
    maestro = parts.parts()
    assert maestro.rooms.allocate("forgotten", ttl_s=60) is None
    # And their ports are taken
    assert len(parts.stored_keys() & {"maestro:{forgotten}:ports"}) == 1
    # And the edit happens, if it was accepted
    assert answer.status == 200
    soon(
        lambda: parts.get("/schedulers/forgotten").body["scheduler"]["maxSurge"] == "9",
        within_s=60,
        explain=parts.text,
    )
    # And when health checks may change rooms again there is nothing to be changed
    let_pass(25)
    assert ids_of(parts, "forgotten") == rooms == running_rooms(parts, "forgotten")


@pytest.mark.parametrize(("way", "away_s"), [("stopped", 60), ("frozen", 5)])
def test_without_postgres_rooms_ping_and_afterwards_everything_goes_on(
    parts: Site, way: str, away_s: float
) -> None:
    # Given a fleet of which a new version is tried, and a PostgreSQL that goes away
    name = f"while-{way}"
    rooms, maestro = start(parts, name, 2), parts.parts()
    command = fleet(name, 1, first_port=1)["spec"]["containers"][0]["command"]
    body = {"spec": {"containers": [{"command": [*command, "--startup=3"]}]}}
    edit = parts.ask("PATCH", f"/schedulers/{name}", json.dumps(body).encode())
    soon(lambda: len(parts.rooms_of(name)) == 3, within_s=30, explain=parts.text)
    if way == "stopped":
        parts.stop_postgres()
    else:
        parts.freeze_postgres()
    # Then whoever needs it says so, and pings go on
    soon(lambda: "503" in readiness(parts, "management_api"), within_s=10)
    assert "postgres" in readiness(parts, "management_api")
    assert readiness(parts, "rooms_api") == "OK"
    let_pass(away_s)
    pings = last_pings(maestro, name)
    assert pings.keys() >= rooms
    soon(lambda: all(last_pings(maestro, name)[room] > pings[room] for room in rooms), within_s=20)

    # When it is back
    if way == "stopped":
        parts.start_postgres()
    else:
        parts.thaw()

    # Then everything goes on where it was, and what is asked for happens
    soon(lambda: readiness(parts, "management_api") == "OK", within_s=20)
    ends_as(parts, name, edit.body["operationId"], "finished")
    soon(
        lambda: parts.ask("PATCH", f"/schedulers/{name}", b'{"roomsReplicas": 3}').status == 200,
        within_s=20,
        explain=parts.text,
    )
    soon(
        lambda: len(parts.ready_rooms(name)) == 3 and not rooms & ids_of(parts, name),
        within_s=60,
        explain=parts.text,
    )


def test_a_worker_that_is_stopped_hands_back_what_it_does(parts: Site) -> None:
    # Given a worker that is stopped in the middle of adding rooms
    start(parts, "handed-back", 0)
    maestro = parts.parts()
    soon(lambda: maestro.rooms.configured(["handed-back"]) == [True], within_s=30)
    assert parts.ask("PUT", "/schedulers/handed-back/pause").status == 200
    uid = maestro.schedulers.get("handed-back").uid
    adding = maestro.dispatch.new("handed-back", uid, AddRooms(amount=MANY))
    maestro.dispatch.enqueue(adding)
    soon(lambda: len(running_rooms(parts, "handed-back")) >= 2, within_s=30, explain=parts.text)
    stopped = parts.worker_of("handed-back")
    assert parts.terminate_module(stopped) == 0
    assert maestro.operations.get("handed-back", adding.id).status in OPEN

    # Then another one ends it, as if there had been no other
    soon(
        lambda: maestro.operations.get("handed-back", adding.id).status not in OPEN,
        within_s=90,
        explain=parts.text,
    )
    ended = maestro.operations.get("handed-back", adding.id)
    assert (ended.status, ended.attempt) == ("finished", 1)
    assert len(running_rooms(parts, "handed-back")) == MANY
    parts.start_module(stopped)
    parts.delete("/schedulers/handed-back")
    soon(lambda: parts.get("/schedulers/handed-back").status == 404, within_s=60)


@pytest.mark.parametrize("module", ["management-api", "worker#0"])
def test_when_the_parent_of_a_module_is_killed_its_processes_end(parts: Site, module: str) -> None:
    children = parts.kill_parent(module)
    assert children
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    # And a successor gets its ports
    parts.start_module(module)
    soon(parts.answers, within_s=30, explain=parts.text)
