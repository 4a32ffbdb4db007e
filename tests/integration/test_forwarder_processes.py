"""The events-forwarder as real processes: killed in the middle, two at once, stopped politely."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest
import redis

from maestro.domain.schedulers import ForwarderOptions
from maestro.storage.redis import client as connection
from tests import make, ports, sink
from tests.contract.conftest import Stores, in_redis
from tests.sink import Sink
from tests.talking import claim, says, start
from tests.waiting import eventually

ROOMS = [f"arena-{number}" for number in range(200)]


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connection.create(redis_url, timeout_s=10) as client:
        yield client


@pytest.fixture
def stores(client: redis.Redis, redis_prefix: str) -> Stores:
    return in_redis(client, prefix=redis_prefix)


@pytest.fixture
def matchmaker() -> Iterator[Sink]:
    with sink.listening() as found:
        yield found


@pytest.fixture
def environment(redis_url: str, redis_prefix: str) -> dict[str, str]:
    """Settings of the processes."""
    settings = {
        "redis_url": redis_url,
        "redis_prefix": redis_prefix,
        # Nobody asks it.
        "postgres_url": "postgresql+psycopg2://nobody@127.0.0.1:1/nothing",
        "lease_ttl_s": "1",
        "lease_renewal_s": "0.3",
        "room_creation_timeout_s": "0.5",
        "events_concurrency": "4",
        "log_format": "json",
    }
    named = {f"MAESTRO_{name.upper()}": value for name, value in settings.items()}
    return {**os.environ, **named}


@contextlib.contextmanager
def forwarder(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process, and its internal port."""
    port = ports.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "maestro", "start", "events-forwarder"],
        env=environment | {"MAESTRO_EVENTS_FORWARDER_INTERNAL_PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process, port
    finally:
        process.kill()
        process.wait(10)


def fleet(stores: Stores, matchmaker: Sink) -> None:
    """Rooms that all pinged, and whose ends all wait to be told."""
    to = make.forwarder(address=matchmaker.address, options=ForwarderOptions(timeout_ms=5000))
    stores.rooms.configure(make.scheduler(forwarders=(to,)))
    grant = stores.begin()
    start(stores, grant, *ROOMS)
    for room in ROOMS:
        says(stores, room)
    claim(stores, grant, *ROOMS)


def is_drained(stores: Stores) -> bool:
    return stores.outbox.states(["arena"])[0].length == 0


def test_a_forwarder_killed_in_the_middle_loses_nothing(
    stores: Stores, matchmaker: Sink, environment: dict[str, str]
) -> None:
    fleet(stores, matchmaker)
    matchmaker.hanging.update(ROOMS[50::4])
    with forwarder(environment) as (process, _):
        eventually(lambda: len(matchmaker.taken) > 20, within_s=30)
        process.kill()
        process.wait(10)
    assert not is_drained(stores)
    matchmaker.release()

    with forwarder(environment):
        eventually(lambda: is_drained(stores), within_s=30)

    for room in ROOMS:
        told = matchmaker.of(room)
        assert told[-1] == "terminated", room
        assert "ready" in told, room


def test_two_forwarders_at_once_tell_everything_one_after_the_other(
    stores: Stores, matchmaker: Sink, environment: dict[str, str]
) -> None:
    with forwarder(environment), forwarder(environment):
        fleet(stores, matchmaker)
        eventually(lambda: is_drained(stores), within_s=30)
    for room in ROOMS:
        assert matchmaker.of(room) == ["ready", "terminated"], room


def test_a_forwarder_that_is_stopped_ends_what_it_began_and_gives_back_what_it_held(
    stores: Stores, matchmaker: Sink, environment: dict[str, str], client: redis.Redis,
    redis_prefix: str,
) -> None:  # fmt: skip
    fleet(stores, matchmaker)
    with forwarder(environment) as (process, port):
        eventually(lambda: is_drained(stores), within_s=30)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            assert answer.read() == b"OK"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            assert answer.read() == b"OK"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    counted = "maestro_api_success_room_event_forwarding_total"
    assert f'{counted}{{code="OK",game="arena-game",scheduler="arena"}} 400.0' in metrics
    assert 'method="SendRoomStatus",service="GRPCForwarder"' in metrics
    assert "maestro_outboxes_held 1.0" in metrics
    assert not client.exists(f"{redis_prefix}:{{arena}}:outbox:lease")
    assert not client.exists(f"{redis_prefix}:draining")


def test_dead_letters_are_shown_and_replayed_by_a_command(
    stores: Stores, matchmaker: Sink, environment: dict[str, str]
) -> None:
    matchmaker.codes["arena-7"] = 404
    fleet(stores, matchmaker)
    with forwarder(environment | {"MAESTRO_EVENTS_REFUSALS": "1"}):
        eventually(lambda: is_drained(stores), within_s=30)
        matchmaker.codes.clear()

        def ask(*options: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "maestro", "events", "dead-letters", "arena", *options],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )

        shown = json.loads(ask("--json").stdout)
        assert [(each["room"], each["eventType"]) for each in shown] == [
            ("arena-7", "resync"), ("arena-7", "status"),
        ]  # fmt: skip
        assert shown[1]["reason"].endswith("with code NotFound")
        assert json.loads(ask().stdout) == shown
        replayed = ask("--replay")
        assert json.loads(replayed.stdout) == shown
        assert "2 events wait" in replayed.stderr
        eventually(lambda: matchmaker.of("arena-7") == ["ready", "terminated"], within_s=30)
        assert json.loads(ask("--json").stdout) == []
