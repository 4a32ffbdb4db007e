"""A fleet gets new versions: those that work become active, and no other ever harms it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.bodies import fleet
from tests.acceptance.modules import Modules, modules
from tests.acceptance.system import soon

#: Room ports of these tests; each fleet takes a hundred.
FIRST_PORT = 27000
ROOMS = 3
SETTINGS = {
    "room_validation_timeout_s": "10",
    "room_validation_attempts": "1",
    "health_interval_s": "1",
    "lease_ttl_s": "5",
    "lease_renewal_s": "1",
    "room_creation_timeout_s": "2",
}


@pytest.fixture(scope="module")
def parts() -> Iterator[Modules]:
    with modules(**SETTINGS) as parts:
        yield parts


@pytest.fixture
def name(parts: Modules, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fleet of ready rooms, which takes its name from the test."""
    name = request.function.__name__.removeprefix("test_").replace("_", "-")
    index = len(parts.get("/schedulers").body["schedulers"])
    body = fleet(name, ROOMS, first_port=FIRST_PORT + 100 * index)
    assert parts.post("/schedulers", body).status == 200
    soon(lambda: len(parts.ready_rooms(name)) == ROOMS, within_s=60, explain=parts.text)
    yield name
    parts.delete(f"/schedulers/{name}")
    soon(lambda: parts.get(f"/schedulers/{name}").status == 404, within_s=40, explain=parts.text)
    assert [process for process in parts.rooms() if of_fleet(process, name)] == []


def patch(parts: Modules, name: str, *arguments: str) -> str:
    """Give the rooms of a new version other arguments; returns the operation."""
    command = fleet(name, 1, first_port=1)["spec"]["containers"][0]["command"]
    body = {"spec": {"containers": [{"command": [*command, *arguments]}]}}
    answer = ask(parts, "PATCH", f"/schedulers/{name}", body)
    assert answer.status == 200, answer.body
    return str(answer.body["operationId"])


def ask(parts: Modules, method: str, path: str, body: object) -> Any:
    return parts.ask(method, path, json.dumps(body).encode())


def operation(parts: Modules, name: str, operation_id: str) -> dict[str, Any]:
    shown = parts.get(f"/schedulers/{name}/operations/{operation_id}").body["operation"]
    assert isinstance(shown, dict)
    return shown


def ends_as(parts: Modules, name: str, operation_id: str, status: str) -> list[str]:
    """Wait for its end; returns its history."""

    def is_over() -> bool:
        return operation(parts, name, operation_id)["status"] not in ("pending", "in_progress")

    soon(is_over, within_s=60, explain=parts.text)
    shown = operation(parts, name, operation_id)
    history = [event["event"] for event in shown["executionHistory"]]
    assert shown["status"] == status, history
    return history


def validation_rooms(parts: Modules, name: str) -> list[str]:
    return [room["id"] for room in parts.rooms_of(name) if room["isValidationRoom"]]


def versions(parts: Modules, name: str) -> list[str]:
    found = parts.get(f"/schedulers/{name}/versions").body["versions"]
    return [each["version"] for each in found]


def scheduler(parts: Modules, name: str) -> dict[str, Any]:
    shown = parts.get(f"/schedulers/{name}").body["scheduler"]
    assert isinstance(shown, dict)
    return shown


def of_fleet(process: Any, name: str) -> bool:
    return bool(process.environ()["MAESTRO_SCHEDULER_NAME"] == name)


def is_as_before(parts: Modules, name: str, rooms: list[str]) -> bool:
    """The old version is active and in sync, with the very same rooms and no other process."""
    shown = scheduler(parts, name)
    running = {p.environ()["MAESTRO_ROOM_ID"] for p in parts.rooms() if of_fleet(p, name)}
    assert (shown["spec"]["version"], shown["state"]) == ("v1.0.0", "in-sync")
    assert versions(parts, name) == ["v1.0.0"]
    return sorted(parts.ready_rooms(name)) == sorted(rooms) == sorted(running)


def test_a_version_that_works_becomes_active(parts: Modules, name: str) -> None:
    # When rooms are to take longer to start
    edit = patch(parts, name, "--startup", "2")

    # Then one of them has to get ready, while the fleet stays as it is
    soon(lambda: validation_rooms(parts, name), within_s=20, explain=parts.text)
    assert scheduler(parts, name)["state"] == "creating"
    assert scheduler(parts, name)["spec"]["version"] == "v1.0.0"
    assert len(parts.ready_rooms(name)) == ROOMS
    history = ends_as(parts, name, edit, "finished")
    assert "1º Attempt: Game room validation success!" in history

    # And the version is active, and the room gone
    soon(lambda: scheduler(parts, name)["spec"]["version"] == "v2.0.0", within_s=20)
    soon(lambda: scheduler(parts, name)["state"] == "in-sync", within_s=20)
    soon(lambda: not validation_rooms(parts, name), within_s=20, explain=parts.text)
    assert versions(parts, name) == ["v2.0.0", "v1.0.0"]
    assert len(parts.ready_rooms(name)) >= ROOMS - 1

    # When the operator wants the old one back
    answer = ask(parts, "PUT", f"/schedulers/{name}", {"version": "v1.0.0"})
    assert answer.status == 200

    # Then it is
    ends_as(parts, name, answer.body["operationId"], "finished")
    assert scheduler(parts, name)["spec"]["version"] == "v1.0.0"


@pytest.mark.parametrize(
    ("misbehaviour", "told"),
    [("never-ready", "Got timeout waiting for the GRU"), ("crash=0.2", "is entering in error")],
)
def test_a_version_that_fails(parts: Modules, name: str, misbehaviour: str, told: str) -> None:
    rooms = parts.ready_rooms(name)

    edit = patch(parts, name, f"--misbehave={misbehaviour}")

    history = ends_as(parts, name, edit, "error")
    assert [line for line in history if told in line]
    assert "All validation attempts have failed, operation aborted!" in history
    soon(lambda: is_as_before(parts, name, rooms), within_s=20, explain=parts.text)
    info = parts.get("/schedulers/info").body["schedulers"]
    assert "crashLoopReason" not in next(each for each in info if each["name"] == name)


def test_a_version_that_is_cancelled(parts: Modules, name: str) -> None:
    # Given a version of which a room is being tried
    rooms = parts.ready_rooms(name)
    edit = patch(parts, name, "--misbehave=never-ready")
    soon(lambda: validation_rooms(parts, name), within_s=20, explain=parts.text)

    # Then nobody else may edit meanwhile
    refused = ask(parts, "PATCH", f"/schedulers/{name}", {"maxSurge": "2"})
    assert (refused.status, refused.body["code"]) == (400, 9)
    assert refused.body["message"] == (
        "cannot patch scheduler: there is already an ongoing version operation "
        f"(id: {edit}) for scheduler {name}"
    )

    # When it is cancelled
    path = f"/schedulers/{name}/operations/{edit}/cancel"
    answer = ask(parts, "POST", path, {})
    assert (answer.status, answer.body) == (200, {})

    # Then nothing of it is left, and it cannot be cancelled again
    history = ends_as(parts, name, edit, "canceled")
    assert "Operation canceled" in history
    soon(lambda: is_as_before(parts, name, rooms), within_s=20, explain=parts.text)
    again = ask(parts, "POST", path, {})
    assert (again.status, again.body["code"]) == (409, 10)
    assert ask(parts, "PATCH", f"/schedulers/{name}", {"maxSurge": "2"}).status == 200
    soon(lambda: versions(parts, name) == ["v1.1.0", "v1.0.0"], within_s=20)


def test_a_worker_that_dies_meanwhile(parts: Modules, name: str) -> None:
    # Given a version of which a room is being tried
    edit = patch(parts, name, "--startup", "2")
    soon(lambda: validation_rooms(parts, name), within_s=20, explain=parts.text)

    # When every worker dies, and another one starts
    parts.kill_module("worker")
    parts.start_module("worker")

    # Then the version is active, and the room gone
    ends_as(parts, name, edit, "finished")
    soon(lambda: scheduler(parts, name)["spec"]["version"] == "v2.0.0", within_s=40)
    soon(lambda: not validation_rooms(parts, name), within_s=20, explain=parts.text)
    soon(lambda: scheduler(parts, name)["state"] == "in-sync", within_s=20)
