"""Rooms die, freeze, lie and vanish; the fleet comes back, and no match is harmed."""

import threading
from collections.abc import Iterator

import psutil
import pytest

from tests.acceptance.bodies import fleet
from tests.acceptance.modules import Modules, modules
from tests.acceptance.system import System, running, soon

#: Room ports of these tests; each fleet takes a hundred.
FIRST_PORT = 23000
PING_TIMEOUT_S = 6
SHORT = {
    "room_ping_timeout_s": str(PING_TIMEOUT_S),
    "room_initialization_timeout_s": "6",
    "room_deletion_timeout_s": "5",
    "health_interval_s": "1",
    "wave_freeze_s": "600",
}
#: A kill finds an operation half done, and its lease is soon over, though never within a call.
QUICK = {
    "add_rooms_batch": "1",
    "lease_ttl_s": "5",
    "lease_renewal_s": "1",
    "room_creation_timeout_s": "2",
}
#: Silence is believed at once: only that it was ours keeps rooms alive.
RASH = {"evidence_cycles": "1", "expiry_share": "1", "wave_freeze_s": "0"}


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running(**SHORT) as system:
        yield system


@pytest.fixture(scope="module")
def parts() -> Iterator[Modules]:
    with modules(**SHORT | QUICK | RASH) as parts:
        yield parts


def start(
    system: System, name: str, rooms: int, *, misbehave: tuple[str, ...] = (), ready: bool = True
) -> list[str]:
    """A fleet of rooms; returns their ids, once there are so many."""
    index = len(system.get("/schedulers").body["schedulers"])
    body = fleet(name, rooms, first_port=FIRST_PORT + 100 * index, misbehave=misbehave)
    assert system.post("/schedulers", body).status == 200

    def found() -> list[str]:
        ids = system.ready_rooms(name) if ready else [room["id"] for room in system.rooms_of(name)]
        return ids if len(ids) == rooms else []

    return soon(found, within_s=60, explain=system.text)


def info(system: System, name: str) -> dict[str, object]:
    """What `/schedulers/info` says of a fleet."""
    schedulers: list[dict[str, object]] = system.get("/schedulers/info").body["schedulers"]
    return next(each for each in schedulers if each["name"] == name)


def is_replaced(system: System, name: str, rooms: list[str]) -> bool:
    """Whether none of these rooms is there, and others are."""
    ids = {room["id"] for room in system.rooms_of(name)}
    return bool(ids) and ids.isdisjoint(rooms)


def let_pass(seconds: float) -> None:
    """Some things only show when time has passed."""
    threading.Event().wait(seconds)


def test_a_killed_room_is_replaced_and_the_others_stay(system: System) -> None:
    killed, *others = start(system, "killed", 3)
    system.process_of(killed).kill()
    soon(lambda: len(set(system.ready_rooms("killed")) - {killed}) == 3, within_s=20)
    assert set(others) < set(system.ready_rooms("killed"))


@pytest.mark.parametrize("kind", ["never-ready", "wrong-status", "silent=2", "freeze=2", "exit=2"])
def test_a_room_that_misbehaves_is_replaced(system: System, kind: str) -> None:
    name = kind.partition("=")[0]
    first = start(system, name, 1, misbehave=(kind,), ready=False)
    soon(lambda: is_replaced(system, name, first), within_s=40, explain=system.text)
    system.delete(f"/schedulers/{name}")
    soon(lambda: system.get(f"/schedulers/{name}").status == 404, within_s=40)


def test_rooms_that_crash_again_and_again_are_created_no_more_until_a_resume(
    system: System,
) -> None:
    first = start(system, "crash", 1, misbehave=("crash=0.5",), ready=False)
    soon(lambda: "crashLoopReason" in info(system, "crash"), within_s=60, explain=system.text)
    assert "version v1.0.0 is in a crash loop" in str(info(system, "crash")["crashLoopReason"])
    soon(lambda: not system.rooms_of("crash"), within_s=20)
    let_pass(3)
    assert system.rooms_of("crash") == []

    assert system.ask("PUT", "/schedulers/crash/resume").status == 200
    soon(lambda: is_replaced(system, "crash", first), within_s=20)
    system.delete("/schedulers/crash")


def test_a_room_that_ignores_its_end_is_killed_after_the_grace_period(system: System) -> None:
    start(system, "stubborn", 2, misbehave=("ignore-sigterm",))
    rooms = [p for p in system.rooms() if p.environ()["MAESTRO_SCHEDULER_NAME"] == "stubborn"]
    assert len(rooms) == 2
    system.delete("/schedulers/stubborn")
    soon(lambda: system.get("/schedulers/stubborn").status == 404, within_s=40)
    assert not any(map(psutil.Process.is_running, rooms))


def test_a_paused_fleet_is_left_alone(system: System) -> None:
    killed, kept = start(system, "paused", 2)
    assert system.ask("PUT", "/schedulers/paused/pause").status == 200
    assert info(system, "paused")["paused"] is True
    system.process_of(killed).kill()
    soon(lambda: system.ready_rooms("paused") == [kept], within_s=20)
    let_pass(3)
    assert len(system.rooms_of("paused")) == 2
    assert system.ask("PUT", "/schedulers/paused/resume").status == 200
    soon(lambda: len(system.ready_rooms("paused")) == 2, within_s=20)
    assert "paused" not in info(system, "paused")


def test_a_wave_of_silence_removes_nobody_and_passes_by_itself(system: System) -> None:
    rooms = start(system, "wave", 4, misbehave=("occupied=0",), ready=False)
    soon(lambda: info(system, "wave")["roomsOccupied"] == 4, within_s=20)
    processes = [system.process_of(room) for room in rooms]
    for process in processes:
        process.suspend()
    soon(lambda: "frozenReason" in info(system, "wave"), within_s=30)
    let_pass(PING_TIMEOUT_S)
    assert {room["id"] for room in system.rooms_of("wave")} == set(rooms)
    for process in processes:
        process.resume()
    soon(lambda: "frozenReason" not in info(system, "wave"), within_s=20)
    assert {room["id"] for room in system.rooms_of("wave")} == set(rooms)
    assert info(system, "wave")["roomsOccupied"] == 4


def test_redis_away_for_longer_than_the_ping_timeout_harms_no_match(system: System) -> None:
    rooms = start(system, "outage", 3, misbehave=("occupied=0",), ready=False)
    soon(lambda: info(system, "outage")["roomsOccupied"] == 3, within_s=20)
    server = next(p for p in system.processes() if "redis-server" in p.name())
    # Longer than what counts as an outage, and than what a room may be silent
    server.suspend()
    let_pass(PING_TIMEOUT_S + 10)
    server.resume()
    soon(lambda: info(system, "outage")["roomsOccupied"] == 3, within_s=30)
    let_pass(PING_TIMEOUT_S)
    assert {room["id"] for room in system.rooms_of("outage")} == set(rooms)


def test_everything_killed_while_rooms_come_and_go_leaves_no_ghost_and_none_missing() -> None:
    with running() as system:
        # Given that everything is killed in the middle of adding thirty rooms
        body = fleet("many", 30, first_port=FIRST_PORT + 5000)
        assert system.post("/schedulers", body).status == 200
        soon(lambda: len(system.rooms()) >= 10, within_s=60, explain=system.text)
        system.kill()
        # And that some of them die while nobody looks
        for process in system.rooms()[:3]:
            process.kill()

        # When it starts again
        system.start()

        # Then there are thirty, each with its process, and nobody else
        soon(lambda: len(system.ready_rooms("many")) == 30, within_s=120, explain=system.text)
        soon(lambda: len(system.rooms()) == 30, within_s=30)
        known = {room["id"] for room in system.rooms_of("many")}
        assert {process.environ()["MAESTRO_ROOM_ID"] for process in system.rooms()} == known


def test_a_worker_killed_while_it_adds_rooms_leaves_none_too_many_and_none_unknown(
    parts: Modules,
) -> None:
    # Given a worker that is killed in the middle of adding thirty rooms
    assert parts.post("/schedulers", fleet("half", 30, first_port=FIRST_PORT + 6000)).status == 200
    soon(lambda: len(parts.rooms()) >= 5, within_s=60, explain=parts.text)
    parts.kill_module("worker")
    assert len(parts.rooms()) < 30

    # When another one starts
    parts.start_module("worker")

    # Then it goes on, and at no time are there more
    def are_thirty() -> bool:
        assert len(parts.rooms()) <= 30
        return len(parts.ready_rooms("half")) == 30

    soon(are_thirty, within_s=90, explain=parts.text)
    assert running_rooms(parts, "half") == ids_of(parts, "half")
    delete(parts, "half")


def test_a_watcher_that_was_away_while_rooms_came_and_went_misses_none(parts: Modules) -> None:
    # Given that rooms die, come, and are asked to go while nobody watches
    lasting = start(parts, "lasting", 4)
    start(parts, "leaving", 2)
    parts.kill_module("runtime-watcher")
    for room in lasting[:2]:
        parts.process_of(room).kill()
    assert parts.post("/schedulers", fleet("coming", 3, first_port=FIRST_PORT + 7000)).status == 200
    parts.delete("/schedulers/leaving")
    soon(lambda: len(running_rooms(parts, "coming")) == 3, within_s=30, explain=parts.text)
    soon(lambda: not running_rooms(parts, "leaving"), within_s=30, explain=parts.text)

    # When it is back
    parts.start_module("runtime-watcher")

    # Then everything is as it was asked for
    soon(lambda: len(parts.ready_rooms("coming")) == 3, within_s=40, explain=parts.text)
    soon(lambda: parts.get("/schedulers/leaving").status == 404, within_s=40, explain=parts.text)

    def is_whole() -> bool:
        ready = set(parts.ready_rooms("lasting"))
        return len(ready) == 4 and ready.isdisjoint(lasting[:2]) and ready > set(lasting[2:])

    soon(is_whole, within_s=40, explain=parts.text)
    for name in ("lasting", "coming"):
        soon(lambda name=name: running_rooms(parts, name) == ids_of(parts, name))  # type: ignore[misc]
        delete(parts, name)


@pytest.mark.parametrize("away", ["redis", "rooms-api"])
def test_what_takes_pings_dies_for_longer_than_the_ping_timeout_and_no_match_is_harmed(
    parts: Modules, away: str
) -> None:
    # Given rooms with players in them, whose pings nobody could take for a long time
    name = f"without-{away}"
    rooms = start(parts, name, 3, misbehave=("occupied=0",), ready=False)
    soon(lambda: info(parts, name)["roomsOccupied"] == 3, within_s=20)
    if away == "redis":
        parts.kill_redis()
    else:
        parts.kill_module(away)
    let_pass(PING_TIMEOUT_S + 10)

    # When they can be taken again
    if away == "redis":
        parts.start_redis()
    else:
        parts.start_module(away)

    # Then nobody is taken for dead
    soon(lambda: info(parts, name)["roomsOccupied"] == 3, within_s=40, explain=parts.text)
    let_pass(PING_TIMEOUT_S)
    assert ids_of(parts, name) == set(rooms) == running_rooms(parts, name)
    delete(parts, name)


def running_rooms(system: System, name: str) -> set[str]:
    """Ids of the rooms of a fleet that run, whoever knows of them."""
    found = [process.environ() for process in system.rooms()]
    return {env["MAESTRO_ROOM_ID"] for env in found if env["MAESTRO_SCHEDULER_NAME"] == name}


def ids_of(system: System, name: str) -> set[str]:
    """Ids of the rooms of a fleet that Maestro knows."""
    return {room["id"] for room in system.rooms_of(name)}


def delete(system: System, name: str) -> None:
    """Make room for the next test."""
    system.delete(f"/schedulers/{name}")
    soon(lambda: system.get(f"/schedulers/{name}").status == 404, within_s=40, explain=system.text)
