"""A newcomer starts Maestro, asks for a fleet, watches it, and deletes it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator

import grpc
import pytest

from tests.acceptance.bodies import fleet
from tests.acceptance.system import System, running, soon
from tests.contract import calls
from tests.contract.scheduler_cases import BROKEN, changed, json_path


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running() as system:
        yield system


def test_a_fleet_is_created_watched_and_deleted_without_a_trace(system: System) -> None:
    # When an operator asks for five rooms, the way v10's documentation does
    body = json.dumps(fleet("arena", 5, first_port=21000)).encode()
    answer = system.ask("POST", "/schedulers", body)
    assert answer.status == 200
    assert answer.body["scheduler"]["state"] == "creating"
    assert answer.body["scheduler"]["spec"]["version"] == "v1.0.0"

    # Then the operation ends well and five rooms get ready
    soon(lambda: len(system.ready_rooms("arena")) == 5, within_s=60, explain=system.text)
    operations = system.get("/schedulers/arena/operations?stage=final").body["operations"]
    create = next(each for each in operations if each["definitionName"] == "create_scheduler")
    assert create["status"] == "finished"
    shown = system.get(f"/schedulers/arena/operations/{create['id']}").body["operation"]
    events = [event["event"] for event in shown["executionHistory"]]
    assert events == ["Created", "Starting operation", "Operation finished"]
    assert system.get("/schedulers/arena").body["scheduler"]["state"] == "in-sync"
    info = system.get("/schedulers/info").body["schedulers"]
    assert [each["roomsReady"] for each in info if each["name"] == "arena"] == [5]
    assert len(system.rooms()) == 5

    # And the gauges say so too
    gauge = 'maestro_worker_gru_ready{game="sample",scheduler="arena"} 5.0'
    soon(lambda: gauge in system.text_of("metrics_reporter", "/metrics"), within_s=30)

    # When the operator deletes it
    deletion = system.delete("/schedulers/arena").body["operationId"]

    # Then no process, no row, and no key but its own record is left
    def is_deleted() -> bool:
        answer = system.get(f"/schedulers/arena/operations/{deletion}")
        return bool(answer.body["operation"]["status"] == "finished")

    soon(is_deleted, within_s=60, explain=system.text)
    assert system.get("/schedulers/arena").status == 404
    soon(lambda: not system.rooms(), within_s=10)
    soon(
        lambda: {key for key in system.stored_keys() if "arena" in key} <= own(deletion),
        within_s=10,
    )
    assert system.rows() == 0


def test_one_id_is_followed_through_all_processes_and_no_secret_is_told(system: System) -> None:
    # Given a fleet with a secret in it, of a caller who has another one
    body = fleet("followed", 1, first_port=21500)
    body["spec"]["containers"][0]["environment"] = [{"name": "KEY", "value": "the-rooms-secret"}]
    headers = {"X-Request-Id": "follow-me", "Authorization": "Bearer the-callers-secret"}

    # When it is asked for under a name
    assert system.ask("POST", "/schedulers", json.dumps(body).encode(), headers).status == 200
    soon(lambda: system.ready_rooms("followed"), within_s=60, explain=system.text)
    room = system.rooms_of("followed")[0]["id"]

    # Then the lines of the request, and of every operation that it led to, tell the name
    lines = system.lines()
    told = [line for line in lines if line.get("request_id") == "follow-me"]
    assert {line["module"] for line in told} >= {"management-api", "worker"}
    assert [line["outcome"] for line in told if line["event"] == "audit"] == ["200"]
    ended = {line["definition"]: line for line in told if line["event"] == "operation_ended"}
    assert ended.keys() >= {"create_scheduler", "health_controller", "add_rooms"}

    # And from the operation it goes on to the room, and to whoever watches it
    operation = ended["add_rooms"]["operation"]
    seen = [line for line in lines if line.get("room") == room]
    changes = [line for line in seen if line["event"] == "instance_changed"]
    assert {line["module"] for line in changes} == {"runtime-watcher"}
    assert {line["operation"] for line in changes} == {operation}
    record = json.loads((system.folder / "rooms" / "followed" / room / "room.json").read_text())
    assert (record["operation"], record["request_id"]) == (operation, "follow-me")

    # And nobody told a secret, nor anything that is no line of JSON
    everything = json.dumps(lines) + system.text()
    assert "the-rooms-secret" not in everything
    assert "the-callers-secret" not in everything
    system.delete("/schedulers/followed")
    soon(lambda: system.get("/schedulers/followed").status == 404, within_s=30)


def own(operation: str) -> set[str]:
    """What may stay of a deleted scheduler: the record of its deletion."""
    base = "maestro:{arena}:"
    return {f"{base}operation:{operation}", f"{base}history:{operation}", f"{base}final"}


def test_an_operator_applies_a_file_scales_rolls_back_and_deletes(
    system: System, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "arena.json"
    env = dict(os.environ) | {
        "MAESTRO_MANAGEMENT_API_URL": f"http://127.0.0.1:{system.ports['management_api']}",
        "MAESTRO_CLI_CONFIG": str(tmp_path / "contexts.json"),
    }

    def maestro(*arguments: str) -> list[str]:
        command = [sys.executable, "-m", "maestro", "schedulers", *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stderr}\n{system.text()}"
        return done.stdout.splitlines()

    def versions() -> list[str]:
        """Of the rooms that are ready."""
        rooms = system.rooms_of("applied")
        return [room["version"] for room in rooms if room["status"] == "ready"]

    # When a file is applied, then the command ends once all rooms are ready
    file.write_text(json.dumps(fleet("applied", 2, first_port=21500)))
    assert maestro("apply", "-f", str(file)) == ["applied created", "applied done"]
    assert versions() == ["v1.0.0"] * 2
    assert maestro("apply", "-f", str(file)) == ["applied unchanged"]

    # When rooms are to be made of something else, then all of them are, once it ends
    changed = fleet("applied", 2, first_port=21500)
    changed["spec"]["containers"][0]["environment"] = [{"name": "MAP", "value": "desert"}]
    file.write_text(json.dumps(changed))
    assert "spec.containers[0].environment" in maestro("apply", "-f", str(file))[0]
    assert versions() == ["v2.0.0"] * 2

    # When it is scaled, rolled back and deleted, then each is done when the command ends
    maestro("scale", "applied", "3")
    assert len(versions()) == 3
    assert "back to v2.0.0" in maestro("rollback", "applied")[0]
    assert versions() == ["v2.0.0"] * 2
    assert maestro("delete", "applied", "--yes")[-1] == "applied done"
    assert system.get("/schedulers/applied").status == 404


def test_grpc_tells_what_http_tells(system: System) -> None:
    body = fleet("called", 0, first_port=21200)
    with grpc.insecure_channel(f"127.0.0.1:{system.ports['management_api_grpc']}") as channel:
        grpc.channel_ready_future(channel).result(30)
        call = calls.over_grpc(channel)
        created = call("CreateScheduler", body)
        shown = call("GetScheduler", {"schedulerName": "called"})
        again = call("CreateScheduler", body)

        assert created.body["scheduler"]["spec"]["version"] == "v1.0.0"
        assert again.code == 6
        told = calls.without_null(system.get("/schedulers/called").body)
        assert shown.body["scheduler"] == told["scheduler"] | {
            "state": shown.body["scheduler"]["state"]
        }

        assert call("DeleteScheduler", {"schedulerName": "called"}).body["operationId"]
    soon(lambda: system.get("/schedulers/called").status == 404, within_s=30)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_with_its_own_content_type_is_understood(system: System) -> None:
    body = json.dumps(fleet("curled", 0, first_port=21100))
    url = f"http://127.0.0.1:{system.ports['management_api']}/schedulers"
    command = ["curl", "--silent", "--request", "POST", url, "--data-raw", body]
    answer = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(answer.stdout)["scheduler"]["name"] == "curled"
    system.delete("/schedulers/curled")
    soon(lambda: system.get("/schedulers/curled").status == 404, within_s=30)


def test_bad_bodies_are_refused_with_the_field_and_leave_nothing_behind(system: System) -> None:
    before = system.rows(), system.get("/schedulers").body
    for path, value in BROKEN:
        answer = system.post("/schedulers", changed((path, value)))
        fields = [
            each["field"] for detail in answer.body["details"] for each in detail["fieldViolations"]
        ]
        assert answer.status == 400, (path, value)
        assert json_path(path) in fields, (path, value, fields)
    assert (system.rows(), system.get("/schedulers").body) == before


def test_a_room_without_command_is_refused_by_the_local_runtime(system: System) -> None:
    body = fleet("silent", 1, first_port=21200)
    body["spec"]["containers"][0]["command"] = []
    answer = system.post("/schedulers", body)
    assert answer.status == 400
    assert "spec.containers[0].command" in answer.body["message"]


def test_names_that_are_taken_or_unknown_are_refused(system: System) -> None:
    body = fleet("taken", 0, first_port=21300)
    assert system.post("/schedulers", body).status == 200
    again = system.post("/schedulers", body)
    assert (again.status, again.body["code"]) == (409, 6)
    assert again.body["message"] == "error creating scheduler taken: name already exists"
    unknown = (
        "nobody",
        "nobody/rooms",
        "nobody/versions",
        "taken/rooms/nobody",
        "taken/operations/x",
    )
    for path in unknown:
        answer = system.get(f"/schedulers/{path}")
        assert (answer.status, answer.body["code"]) == (404, 5), path
    assert system.delete("/schedulers/nobody").status == 404


def test_every_module_is_alive_and_ready(system: System) -> None:
    for module in ("management_api", "rooms_api", "runtime_watcher", "worker",
                   "metrics_reporter", "events_forwarder", "beat"):  # fmt: skip
        assert system.text_of(module, "/healthz") == "OK"
        assert system.text_of(module, "/readyz") == "OK"


def test_data_last_over_stops_and_kills() -> None:
    with running() as system:
        # Given a fleet of two rooms
        assert system.post("/schedulers", fleet("lasting", 2, first_port=21400)).status == 200
        soon(lambda: len(system.ready_rooms("lasting")) == 2, within_s=60, explain=system.text)

        # When everything but the rooms is killed
        rooms = system.ready_rooms("lasting")
        system.kill()
        assert len(system.rooms()) == 2

        # Then the next start finds the very same rooms
        system.start()
        assert system.get("/schedulers/lasting").body["scheduler"]["state"] == "in-sync"
        soon(lambda: system.ready_rooms("lasting") == rooms, within_s=60, explain=system.text)

        # When it is stopped
        assert system.stop() == 0
        # Then nothing runs any more
        assert system.processes() == []

        # And the next start makes two new rooms of the same fleet
        system.start()

        def are_new() -> bool:
            ready = system.ready_rooms("lasting")
            return len(ready) == 2 and not set(ready) & set(rooms)

        soon(are_new, within_s=90, explain=system.text)
