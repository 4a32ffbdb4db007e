"""Fleets grow and shrink with demand, and change their version without a gap: real processes."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance.bodies import fleet
from tests.acceptance.modules import Modules, modules
from tests.acceptance.system import soon

#: Room ports of these tests; each fleet takes a hundred.
FIRST_PORT = 29000
SETTINGS = {
    "health_interval_s": "1",
    "room_validation_timeout_s": "10",
    "crash_loop_crashes": "1000",
}
AUTOSCALING = {
    "enabled": True,
    "min": 1,
    "max": 10,
    "cooldown": 0,
    "policy": {
        "type": "roomOccupancy",
        "parameters": {"roomOccupancy": {"readyTarget": 0.5, "downThreshold": 0.99}},
    },
}


@pytest.fixture(scope="module")
def parts() -> Iterator[Modules]:
    with modules(**SETTINGS) as parts:
        yield parts


def start(parts: Modules, name: str, rooms: int, **body: Any) -> None:
    """A fleet whose rooms are all there."""
    index = len(parts.get("/schedulers").body["schedulers"])
    body = fleet(name, rooms, first_port=FIRST_PORT + 100 * index, **body)
    assert parts.post("/schedulers", body).status == 200
    soon(lambda: serving(parts, name) >= max(rooms, 1), within_s=60, explain=parts.text)


def delete(parts: Modules, name: str) -> None:
    """Make room for the next test."""
    parts.delete(f"/schedulers/{name}")
    soon(lambda: parts.get(f"/schedulers/{name}").status == 404, within_s=40, explain=parts.text)


def patch(parts: Modules, name: str, body: object) -> None:
    answer = parts.ask("PATCH", f"/schedulers/{name}", json.dumps(body).encode())
    assert answer.status == 200, answer.body


def other_rooms(name: str) -> dict[str, Any]:
    """A change that needs other rooms."""
    command = fleet(name, 1, first_port=1)["spec"]["containers"][0]["command"]
    return {"spec": {"containers": [{"command": [*command, "--startup", "0.4"]}]}}


def statuses(parts: Modules, name: str) -> Counter[str]:
    return Counter(room["status"] for room in fleet_rooms(parts, name))


def versions(parts: Modules, name: str) -> Counter[str]:
    return Counter(room["version"] for room in fleet_rooms(parts, name))


def fleet_rooms(parts: Modules, name: str) -> list[dict[str, Any]]:
    return [room for room in parts.rooms_of(name) if not room["isValidationRoom"]]


def serving(parts: Modules, name: str) -> int:
    """Rooms that are ready or have players in them."""
    counts = statuses(parts, name)
    return counts["ready"] + counts["occupied"]


def active_version(parts: Modules, name: str) -> str:
    return str(parts.get(f"/schedulers/{name}").body["scheduler"]["spec"]["version"])


def rollout(parts: Modules, name: str) -> dict[str, Any]:
    shown: dict[str, Any] = parts.get(f"/schedulers/{name}/rollout").body["rollout"]
    return shown


def decisions(parts: Modules, name: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = parts.get(f"/schedulers/{name}/autoscaling/explain").body[
        "decisions"
    ]
    return shown


class Sampled:
    """What something was while something else happened."""

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seen: list[Any] = []

    def __enter__(self) -> "Sampled":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._see()

    def _run(self) -> None:
        while not self._over.wait(0.1):
            self._see()

    def _see(self) -> None:
        found = self._look()
        if not self.seen or self.seen[-1] != found:
            self.seen.append(found)


def test_a_fleet_grows_as_its_rooms_get_occupied_and_shrinks_when_it_is_idle(
    parts: Modules,
) -> None:
    # Given rooms that each get occupied five seconds after their start
    def now() -> tuple[int, int]:
        counts = statuses(parts, "demand")
        return counts["ready"], counts["occupied"]

    with Sampled(now) as sampled:
        start(parts, "demand", 0, autoscaling=AUTOSCALING, misbehave=("occupied=5",))
        soon(lambda: now() == (0, 10), within_s=60, explain=parts.text)

    # Then there are as many free ones as occupied ones, up to the maximum
    path = [(1, 0), (1, 1), (2, 2), (4, 4), (2, 8), (0, 10)]
    assert [each for each in sampled.seen if each in path] == path, sampled.seen
    assert decisions(parts, "demand")[0]["bounds"] == ["lowered to max 10"]
    delete(parts, "demand")


def test_an_idle_fleet_shrinks_when_it_is_to_follow_demand(parts: Modules) -> None:
    start(parts, "idle", 10)

    patch(parts, "idle", {"autoscaling": AUTOSCALING})

    soon(lambda: statuses(parts, "idle") == {"ready": 1}, within_s=30, explain=parts.text)
    newest = next(each for each in decisions(parts, "idle") if each["operationId"])
    assert (newest["desired"], newest["available"], newest["outcome"]) == (1, 10, "remove 9 rooms")
    path = f"/schedulers/idle/operations/{newest['operationId']}"
    removal = parts.get(path).body["operation"]
    assert removal["input"] == {"amount": 9, "rooms_ids": [], "reason": "scale_down"}
    delete(parts, "idle")


def test_a_new_version_replaces_all_rooms_and_there_are_never_too_few(parts: Modules) -> None:
    start(parts, "update", 6)
    assert rollout(parts, "update")["inProgress"] is False

    # When the rooms are to be others
    with Sampled(lambda: (serving(parts, "update"), len(fleet_rooms(parts, "update")))) as sampled:
        patch(parts, "update", other_rooms("update"))
        soon(lambda: rollout(parts, "update")["inProgress"], within_s=30, explain=parts.text)
        shown = rollout(parts, "update")
        soon(lambda: versions(parts, "update") == {"v2.0.0": 6}, within_s=60, explain=parts.text)

    # Then at no time are there fewer than wanted
    assert min(count for count, _ in sampled.seen) >= 6, sampled.seen
    assert shown["toVersion"] == "v2.0.0"
    assert shown["fromVersions"] == ["v1.0.0"]
    assert rollout(parts, "update")["waitsFor"].startswith("no rollout")
    delete(parts, "update")


def test_back_to_the_previous_version_in_the_middle_of_a_rollout(parts: Modules) -> None:
    start(parts, "back", 6)
    first = {room["id"] for room in fleet_rooms(parts, "back")}
    patch(parts, "back", other_rooms("back"))
    soon(lambda: len(versions(parts, "back")) == 2, within_s=30, explain=parts.text)

    with Sampled(lambda: serving(parts, "back")) as sampled:
        body = json.dumps({"version": "v1.0.0"}).encode()

        def switch() -> bool:
            return parts.ask("PUT", "/schedulers/back", body).status == 200

        soon(switch, within_s=20, explain=parts.text)
        soon(lambda: active_version(parts, "back") == "v1.0.0", within_s=20)
        soon(lambda: versions(parts, "back") == {"v1.0.0": 6}, within_s=60, explain=parts.text)

    assert min(sampled.seen) >= 6, sampled.seen
    assert first & {room["id"] for room in fleet_rooms(parts, "back")}
    delete(parts, "back")


def test_rooms_with_players_are_left_until_their_matches_end(parts: Modules) -> None:
    start(parts, "playing", 2, misbehave=("occupied=1",))
    soon(lambda: statuses(parts, "playing") == {"occupied": 2}, within_s=20, explain=parts.text)
    first = {room["id"] for room in fleet_rooms(parts, "playing")}

    patch(parts, "playing", other_rooms("playing"))

    def waits() -> bool:
        return str(rollout(parts, "playing")["waitsFor"]).startswith("matches in ")

    soon(waits, within_s=60, explain=parts.text)
    began = time.monotonic()
    soon(lambda: time.monotonic() - began > 3, within_s=10)
    assert first < {room["id"] for room in fleet_rooms(parts, "playing")}
    assert rollout(parts, "playing")["evictsAt"]
    # When one of them ends by itself, it is not missed
    parts.process_of(min(first)).kill()
    soon(lambda: rollout(parts, "playing")["roomsToDo"] == 1, within_s=20, explain=parts.text)
    delete(parts, "playing")
