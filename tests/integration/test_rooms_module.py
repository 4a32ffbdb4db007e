"""The module rooms-api as processes, with a PostgreSQL and a broker that were never there."""

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import grpc
import psutil
import pytest
import redis

from maestro.domain.rooms import InstanceStatus, RoomStatus
from maestro.embedded import redis as embedded
from tests import make
from tests.contract import calls
from tests.contract.calls import Answer
from tests.contract.conftest import Stores, in_redis
from tests.contract.test_room_store import register, runtime_says
from tests.ports import free_port
from tests.waiting import eventually

START_S = 60
STOP_S = 15
ROOMS = [f"arena-{number}" for number in range(4)]
PING = {"status": "ready", "timestamp": "12312312313"}
NOT_STORED, STORED = {"success": False}, {"success": True}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Module:
    """`maestro start rooms-api`, and the Redis that only it and the test know."""

    process: "subprocess.Popen[bytes]"
    output: pathlib.Path
    ports: dict[str, int]
    redis: redis.Redis
    stores: Stores

    def text(self) -> str:
        """What it printed."""
        return self.output.read_text(errors="replace")

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Status and body of an answer over HTTP; status 0 when there is none."""
        url = f"http://127.0.0.1:{self.ports['rooms_api']}/scheduler/arena/rooms/{path}"
        request = urllib.request.Request(url, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)
        except OSError as error:
            return 0, str(error)

    def ping(self, room: str = ROOMS[0], **said: Any) -> Any:
        """What a ping is answered."""
        status, body = self.ask("PUT", f"{room}/ping", json.dumps(PING | said).encode())
        return body if status == 200 else (status, body)

    def call(self, name: str, **request: Any) -> Answer:
        """What is answered over gRPC."""
        with grpc.insecure_channel(f"127.0.0.1:{self.ports['rooms_api_grpc']}") as channel:
            return calls.over_grpc(channel)(name, {"schedulerName": "arena", **request})

    def internal(self, path: str) -> tuple[int, str]:
        """What the internal port answers."""
        url = f"http://127.0.0.1:{self.ports['rooms_api_internal']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        _, text = self.internal("/metrics")
        lines = [line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.split()[-1]) for line in lines)

    @contextlib.contextmanager
    def redis_frozen(self) -> Iterator[None]:
        """Redis accepts connections and answers nothing."""
        pid = int(self.redis.info("server")["process_id"])
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Module]:
    folder = tmp_path_factory.mktemp("rooms-api")
    names = ("rooms_api", "rooms_api_grpc", "rooms_api_internal")
    ports = {name: free_port() for name in names}
    env = {f"MAESTRO_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    with contextlib.ExitStack() as running:
        url = running.enter_context(embedded.running(folder / "redis", free_port()))
        client = running.enter_context(redis.Redis.from_url(url, decode_responses=True))
        env |= {
            "MAESTRO_POSTGRES_URL": f"postgresql+psycopg2://nobody@127.0.0.1:{free_port()}/nothing",
            "MAESTRO_BROKER_URL": f"redis://127.0.0.1:{free_port()}/0",
            "MAESTRO_REDIS_URL": url,
        }
        output = folder / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "maestro", "start", "rooms-api"],
                env=dict(os.environ) | env,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        running.callback(_end, process)
        module = Module(
            process=process,
            output=output,
            ports=ports,
            redis=client,
            stores=in_redis(client, prefix="maestro"),
        )
        _fill(module.stores)
        eventually(lambda: module.ping() == STORED, within_s=START_S, explain=module.text)
        eventually(
            lambda: module.call("UpdateRoomWithPing", roomName=ROOMS[0], **PING).code == 0,
            within_s=START_S,
            explain=module.text,
        )
        yield module


def _fill(stores: Stores) -> None:
    """A fleet whose rooms run."""
    stores.rooms.configure(make.scheduler())
    register(stores, stores.begin(), *ROOMS)
    for room in ROOMS:
        runtime_says(stores, room, InstanceStatus.READY)


def _end(process: "subprocess.Popen[bytes]") -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        assert process.wait(STOP_S) == 0
    finally:
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def test_pings_are_stored_while_nothing_but_redis_is_there(module: Module) -> None:
    for room in ROOMS:
        # Every one of these changes the status, so that workers would have to be woken.
        assert [module.ping(room, status=status) for status in ("occupied", "ready")] == [
            STORED
        ] * 2
        answer = module.call("UpdateRoomWithPing", roomName=room, status="ready")
        assert answer == Answer(body=STORED)
    assert {module.stores.rooms.get("arena", room).status for room in ROOMS} == {RoomStatus.READY}
    assert module.internal("/readyz") == (200, "OK")


def test_a_ping_as_curl_sends_it(module: Module) -> None:
    body = b'{"status": "ready","timestamp": "12312312313"}'

    for kind in ("application/x-www-form-urlencoded", "application/json", ""):
        headers = {"Content-Type": kind}
        assert module.ask("PUT", f"{ROOMS[0]}/ping", body, **headers) == (200, STORED)


def test_a_ping_in_chunks_is_stored(module: Module) -> None:
    body = json.dumps(PING | {"metadata": {"in": "chunks"}}).encode()
    head = b"PUT /scheduler/arena/rooms/arena-0/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", module.ports["rooms_api"]), 30) as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        for part in (body[:9], body[9:], b""):
            connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.endswith(b'{"success":true}')
    assert module.stores.rooms.get("arena", ROOMS[0]).metadata == {"in": "chunks"}


def test_pings_that_are_too_large_to_be_stored_are_heartbeats(module: Module) -> None:
    fits = {"text": "a" * 60_000}
    assert module.ping(metadata=fits) == STORED
    assert module.stores.rooms.get("arena", ROOMS[0]).metadata == fits

    assert module.ping(metadata={"text": "a" * 500_000}, runningMatches=-5) == STORED

    room = module.stores.rooms.get("arena", ROOMS[0])
    assert (room.metadata, room.running_matches) == (fits, 0)


def test_what_was_set_right_is_counted(module: Module) -> None:
    corrected = (
        "maestro_api_ping_negative_matches_total",
        "maestro_api_ping_metadata_not_stored_total",
    )
    before = [module.metric(name) for name in corrected]
    failures = module.metric("maestro_api_ping_handler_update_room_failures_total")

    assert module.ping(runningMatches=-1) == STORED
    assert module.ping(metadata={"text": "a" * 70_000}) == STORED
    module.call("UpdateRoomWithPing", roomName=ROOMS[0], status="ready", runningMatches="-1")
    assert module.ping("nobody") == NOT_STORED

    assert [module.metric(name) for name in corrected] == [before[0] + 2, before[1] + 1]
    assert module.metric("maestro_api_ping_handler_update_room_failures_total") == failures + 1


def test_players_and_matchmakers_are_answered(module: Module) -> None:
    assert module.ping(ROOMS[1]) == STORED
    status, address = module.ask("GET", f"{ROOMS[1]}/address")
    assert (status, address) == (200, module.call("GetRoomAddress", roomName=ROOMS[1]).body)
    assert address["host"]

    status, first = module.ask("POST", "allocate", b"{}")
    second = module.call("AllocateRoom")

    assert (status, second.code) == (200, 0)
    assert first["roomId"] != second.body["roomId"]


def test_pings_are_answered_while_redis_does_not_answer_and_stored_afterwards(
    module: Module,
) -> None:
    with module.redis_frozen():
        for _ in range(3):
            assert module.ping() == NOT_STORED
            assert module.call("UpdateRoomWithPing", roomName=ROOMS[0], status="ready").body == (
                NOT_STORED
            )
        status, _ = module.ask("POST", "allocate")
        assert status == 503
        assert module.internal("/readyz")[0] == 503

    eventually(lambda: module.ping() == STORED, within_s=START_S)
    eventually(
        lambda: module.call("UpdateRoomWithPing", roomName=ROOMS[0], status="ready").body == STORED
    )
    eventually(lambda: module.internal("/readyz") == (200, "OK"), within_s=START_S)


def test_pings_are_stored_by_a_redis_that_came_back_as_another(module: Module) -> None:
    module.redis.script_flush()
    module.redis.client_kill_filter(_type="normal", skipme=True)

    assert module.ping() == STORED


def test_a_late_ping_of_a_deleted_room_writes_nothing(module: Module) -> None:
    before = set(module.redis.scan_iter("*"))

    assert module.ping("arena-deleted") == NOT_STORED

    assert set(module.redis.scan_iter("*")) <= before


def test_all_of_that_is_no_defect(module: Module) -> None:
    assert "Traceback" not in module.text()
    assert "anybody_may_allocate" not in module.text()
