"""Two beats run as processes, and one ticks; whoever it is may be killed or frozen."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa

from tests import ports
from tests.waiting import eventually

#: A database of the server that holds nothing but the messages of these beats.
BROKER_DATABASE = "13"
START_S = 60.0


class Beats:
    """Beats that tick quickly, and what they sent."""

    def __init__(self, redis_url: str, prefix: str) -> None:
        url = sa.make_url(redis_url)
        broker = url.set(database=BROKER_DATABASE).render_as_string(False)
        self._settings = {
            "MAESTRO_REDIS_URL": redis_url,
            "MAESTRO_REDIS_PREFIX": prefix,
            "MAESTRO_BROKER_URL": broker,
            "MAESTRO_METRICS_INTERVAL_S": "0.2",
            "MAESTRO_BEAT_LEASE_S": "1",
        }
        self.broker = redis.Redis.from_url(broker)
        self._clear()
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> int:
        """Start one; returns its number."""
        port = {"MAESTRO_BEAT_INTERNAL_PORT": str(ports.free_port())}
        process = subprocess.Popen(
            [sys.executable, "-m", "maestro", "start", "beat"],
            env=dict(os.environ) | self._settings | port,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process.pid

    def signal(self, pid: int, number: signal.Signals) -> None:
        (process,) = (each for each in self._processes if each.pid == pid)
        process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            process.wait(20)

    def ticks(self) -> list[int]:
        """Who sent each message that waits, oldest first."""
        messages = [json.loads(each) for each in self.broker.lrange("metrics", 0, -1)]
        assert all(each["headers"]["expires"] for each in messages)
        origins = [each["headers"]["origin"] for each in messages]
        return [int(each.removeprefix("gen").split("@")[0]) for each in reversed(origins)]

    def wait_for_ticks(self, pid: int, amount: int = 3) -> list[int]:
        """Who ticked, from now on, until this one did so often."""
        self.broker.delete("metrics")
        eventually(
            lambda: self.ticks().count(pid) >= amount,
            within_s=START_S,
            every_s=0.05,
            explain=lambda: f"{pid} did not tick: {self.ticks()}",
        )
        return self.ticks()

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self._clear()
        self.broker.close()

    def _clear(self) -> None:
        queues = ("metrics", "system")
        self.broker.delete(*queues, *(f"_kombu.binding.{queue}" for queue in queues))


@pytest.fixture
def beats(redis_url: str, redis_prefix: str) -> Iterator[Beats]:
    beats = Beats(redis_url, redis_prefix)
    yield beats
    beats.end()


def test_one_ticks_whatever_happens_to_the_others(beats: Beats) -> None:
    first = beats.start()
    beats.wait_for_ticks(first)
    second = beats.start()
    third = beats.start()
    # When the one that ticks is killed
    others = {second, third}
    beats.signal(first, signal.SIGKILL)
    beats.broker.delete("metrics")
    eventually(lambda: others & set(beats.ticks()), within_s=START_S, every_s=0.05)
    # Then exactly one of the others ticks
    (leader,) = set(beats.ticks())
    (waiting,) = others - {leader}
    assert set(beats.wait_for_ticks(leader, 10)) == {leader}
    # When that one is frozen
    beats.signal(leader, signal.SIGSTOP)
    beats.wait_for_ticks(waiting)
    # Then it does not tick when it wakes up, but for a message that was half sent
    beats.signal(leader, signal.SIGCONT)
    assert beats.wait_for_ticks(waiting, 10).count(leader) <= 1
    assert set(beats.wait_for_ticks(waiting, 10)) == {waiting}
    # And takes over when the other one is stopped
    beats.signal(waiting, signal.SIGTERM)
    assert set(beats.wait_for_ticks(leader, 10)) == {leader}
