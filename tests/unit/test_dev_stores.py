"""A store that dies is noticed; one that is stopped is not mourned."""

import contextlib
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from maestro.cli.development import steps, stores
from maestro.embedded import accounts, servers


@pytest.fixture
def server(tmp_path: pathlib.Path) -> servers.Server:
    program = "import time; print('last words', flush=True); time.sleep(60)"
    return servers.Server(
        name="Store",
        command=(sys.executable, "-c", program),
        account=accounts.Account(),
        log=tmp_path / "store.log",
        stop_signal=signal.SIGTERM,
        ready=lambda pid: (tmp_path / "store.log").read_text() != "",
    )


@contextlib.contextmanager
def watched(server: servers.Server, failures: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    heard = threading.Event()

    def failed(reason: str) -> None:
        failures.append(reason)
        heard.set()

    with servers.running(server) as child, stores.watched(server, child, failed=failed):
        yield child
        if child.returncode:
            heard.wait(5)


def test_a_dying_store_is_told_of_with_its_last_words(server: servers.Server) -> None:
    failures: list[str] = []

    with watched(server, failures) as child:
        child.kill()
        child.wait()

    assert failures == ["Store ended unexpectedly\nlast words"]


def test_a_store_that_is_stopped_is_none(server: servers.Server) -> None:
    failures: list[str] = []

    with watched(server, failures):
        pass

    assert failures == []


def test_a_step_tells_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with steps.step("preparing"):
        assert capsys.readouterr().out == "preparing ..."

    assert capsys.readouterr().out == " 0.0 s\n"


def test_a_step_that_fails_ends_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), steps.step("preparing"):
        raise ValueError("no")

    assert capsys.readouterr().out == "preparing ...\n"
