"""The processes of the Procfile: started together, stopped in order, ended together."""

import io
import os
import pathlib
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from maestro.cli.development import groups, printer, processes

MODULES = {
    "management-api",
    "rooms-api",
    "worker",
    "runtime-watcher",
    "events-forwarder",
    "metrics-reporter",
    "beat",
    "flower",
}


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def manager(tmp_path: pathlib.Path, output: io.StringIO) -> Iterator[processes.Manager]:
    """A manager that leaves the signals of the test run as they were."""
    handlers = {number: signal.getsignal(number) for number in processes.SIGNALS}
    screen = printer.Printer(output, tmp_path / "logs")
    manager = processes.Manager(screen)
    yield manager
    manager.finish()
    screen.close()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def loop(order: pathlib.Path, *, name: str, seconds: float = 0) -> str:
    """A process that says when it is asked to stop, and takes its time."""
    asked = f"trap 'echo {name} >> {order}; sleep {seconds}; exit 0' TERM"
    return f"""sh -c "{asked}; echo up; while :; do sleep 0.05; done" """


def when_up(manager: processes.Manager, number: signal.Signals, *, times: int = 1) -> None:
    """Send ourselves a signal once the processes run."""

    def send() -> None:
        while not manager._all_started():
            time.sleep(0.05)
        for _ in range(times):
            time.sleep(0.5)
            os.kill(os.getpid(), number)

    threading.Thread(target=send).start()


@pytest.mark.parametrize("number", processes.SIGNALS)
def test_whoever_takes_requests_stops_before_who_does_the_work(
    manager: processes.Manager, tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    order = tmp_path / "order"
    for name in ("worker", "beat", "management-api"):
        manager.add_process(name, loop(order, name=name))
    when_up(manager, number)

    manager.loop()

    assert order.read_text().split() == ["management-api", "beat", "worker"]
    assert manager.failure is None


def test_one_that_ends_unasked_ends_all_and_is_named(
    manager: processes.Manager, tmp_path: pathlib.Path, output: io.StringIO
) -> None:
    manager.add_process("worker", loop(tmp_path / "order", name="worker"))
    manager.add_process("beat", "sh -c 'echo oh no; exit 3'")

    manager.loop()

    assert manager.failure == "beat ended unexpectedly with exit code 3\noh no"
    assert "everything stops" in output.getvalue()
    assert (tmp_path / "order").read_text().split() == ["worker"]


def test_one_that_is_killed_is_named_with_the_signal(manager: processes.Manager) -> None:
    manager.add_process("beat", "sh -c 'kill -9 $$'")

    manager.loop()

    assert manager.failure == "beat was ended by SIGKILL\n"


def test_a_failure_elsewhere_ends_all(manager: processes.Manager, tmp_path: pathlib.Path) -> None:
    manager.add_process("worker", loop(tmp_path / "order", name="worker"))
    threading.Timer(0.5, manager.fail, ["Redis ended"]).start()

    manager.loop()

    assert manager.failure == "Redis ended"


def test_a_second_signal_does_not_wait(manager: processes.Manager, tmp_path: pathlib.Path) -> None:
    for name in ("management-api", "worker"):
        manager.add_process(name, loop(tmp_path / "order", name=name, seconds=30))
    when_up(manager, signal.SIGINT, times=2)

    began = time.monotonic()
    manager.loop()

    assert time.monotonic() - began < 3
    assert groups.members(manager._pids().values()) == set()


def test_an_inherited_pipe_does_not_hide_the_end(manager: processes.Manager) -> None:
    # The child detaches, as rooms do, but keeps the output of its parent.
    manager.add_process("worker", "sh -c 'setsid sleep 4 & exit 1'")

    began = time.monotonic()
    manager.loop()

    assert time.monotonic() - began < 3
    assert manager.failure


def test_each_process_leads_a_group_of_its_own(manager: processes.Manager) -> None:
    started: dict[str, int] = {}
    manager._process_ctor.keywords["started"] = started.__setitem__
    manager.add_process("worker", "sh -c 'echo up; sleep 60'")
    when_up(manager, signal.SIGTERM)

    manager.loop()

    assert started == manager._pids()
    assert started["worker"] != os.getpgrp()


def test_the_procfile_has_every_process() -> None:
    assert processes.procfile().keys() == MODULES


def test_commands_of_the_procfile_can_replace_their_shell() -> None:
    for command in processes.procfile().values():
        assert not set(command) & set(";|&<>"), command
