"""What a killed `maestro dev` left running is ended, and nothing else."""

import json
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from maestro.cli.development import environment, groups, leftovers
from tests.waiting import eventually

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts shell commands in sessions of their own, and ends them."""
    started = []

    def run(command: str, **variables: str) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(
            ["/bin/sh", "-c", command],
            env={"PATH": os.defpath, **variables},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(child)
        return child

    yield run
    for child in started:
        groups.kill({child.pid})
        child.communicate()


def ended(child: "subprocess.Popen[bytes]") -> bool:
    try:
        child.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return False
    return True


def end(file: pathlib.Path) -> list[str]:
    return leftovers.end(file, folder=file.parent, stores=("postgres",))


def test_recorded_processes_are_ended(tmp_path: pathlib.Path, start: Start) -> None:
    file = tmp_path / "processes.json"
    recorded, other = start("sleep 60"), start("sleep 60")
    leftovers.Record(file).add("worker", recorded.pid)

    assert end(file) == ["worker"]

    assert ended(recorded)
    assert other.poll() is None
    assert not file.exists()


def test_an_id_that_was_used_again_is_left_alone(tmp_path: pathlib.Path, start: Start) -> None:
    file = tmp_path / "processes.json"
    stranger = start("sleep 60")
    began = psutil.Process(stranger.pid).create_time() - 100
    file.write_text(json.dumps([{"name": "worker", "pid": stranger.pid, "began": began}]))

    assert end(file) == []

    assert stranger.poll() is None


@pytest.mark.parametrize("ours", [True, False])
def test_children_of_a_dead_leader_are_ended_if_they_are_ours(
    tmp_path: pathlib.Path, start: Start, ours: bool
) -> None:
    # Given a process that was killed and whose child lives on,
    file = tmp_path / "processes.json"
    folder = str(tmp_path if ours else tmp_path / "other")
    leader = start("sleep 60 & echo $!; wait", **{environment.MARK: folder})
    assert leader.stdout is not None
    child = int(leader.stdout.readline())
    eventually(lambda: psutil.Process(child).name() == "sleep")
    leftovers.Record(file).add("worker", leader.pid)
    leader.kill()
    leader.wait()

    # when the next start looks for leftovers,
    end(file)

    # then the child is ended when its environment names our folder.
    assert groups.is_dead(child) is ours


def test_stores_are_ended_last_and_in_order(tmp_path: pathlib.Path, start: Start) -> None:
    file, order = tmp_path / "processes.json", tmp_path / "order"
    record = leftovers.Record(file)
    for name, number in (("postgres", "INT"), ("worker", "TERM")):
        trap = f"trap 'echo {name} >> {order}; exit' {number}; echo; while :; do sleep 0.05; done"
        child = start(trap)
        assert child.stdout is not None
        child.stdout.readline()
        record.add(name, child.pid)

    end(file)

    assert order.read_text().split() == ["worker", "postgres"]


@pytest.mark.parametrize("content", [None, "", "{}", "[{}]", "[1]", '{"a": 1}'])
def test_an_unreadable_record_names_nobody(tmp_path: pathlib.Path, content: str | None) -> None:
    file = tmp_path / "processes.json"
    if content is not None:
        file.write_text(content)

    assert end(file) == []


def test_a_process_that_is_gone_is_not_recorded(tmp_path: pathlib.Path, start: Start) -> None:
    file = tmp_path / "processes.json"
    gone = start("exit")
    gone.wait()

    leftovers.Record(file).add("worker", gone.pid)

    assert leftovers.recorded(file) == {}


def test_who_does_not_listen_is_killed_with_its_children(start: Start) -> None:
    stubborn = start("trap '' TERM; sleep 60 & echo; while :; do sleep 0.05; done")
    assert stubborn.stdout is not None
    stubborn.stdout.readline()

    began = time.monotonic()
    groups.stop({stubborn.pid}, seconds=0.3)

    assert time.monotonic() - began < 2
    assert stubborn.wait(timeout=1) == -signal.SIGKILL
    assert groups.members({stubborn.pid}) == set()


def test_who_listens_is_not_waited_for(start: Start) -> None:
    child = start("sleep 60")

    began = time.monotonic()
    groups.stop({child.pid}, seconds=30)

    assert time.monotonic() - began < 2
    assert child.wait(timeout=1) == -signal.SIGTERM
