"""What a container engine learns about the module in a container."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from maestro.config import Settings, variable
from maestro.internal import InternalServer
from tests.ports import free_ports

PORTS = [name for name in Settings.model_fields if name.endswith("_internal_port")]


@pytest.fixture
def ports() -> dict[str, int]:
    """An internal port for each module, on none of which anybody listens."""
    return dict(zip(PORTS, free_ports(len(PORTS)), strict=True))


@contextlib.contextmanager
def running(port: int, illness: str = "") -> Iterator[None]:
    with InternalServer("127.0.0.1", port, module="worker", checks={}, schedulers=list) as internal:
        internal.illness = lambda: illness
        yield


def healthcheck(
    ports: dict[str, int], *arguments: str, host: str = "127.0.0.1"
) -> subprocess.CompletedProcess[str]:
    variables = {variable(name): str(port) for name, port in ports.items()}
    return subprocess.run(
        [sys.executable, "-m", "maestro", "healthcheck", *arguments],
        env=dict(os.environ) | variables | {"MAESTRO_INTERNAL_HOST": host},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_module_that_works(ports: dict[str, int]) -> None:
    with running(ports["worker_internal_port"]):
        done = healthcheck(ports)

    assert (done.returncode, done.stdout) == (0, "worker: OK\n")


def test_a_module_that_is_ill(ports: dict[str, int]) -> None:
    with running(ports["runtime_watcher_internal_port"], "the watch is stuck"):
        done = healthcheck(ports)

    assert done.returncode == 1
    assert done.stdout == "runtime-watcher: Service Unavailable: the watch is stuck\n"


def test_nobody_there(ports: dict[str, int]) -> None:
    done = healthcheck(ports)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nobody answers: beat, ")


def test_another_module_than_the_one_that_is_asked_for(ports: dict[str, int]) -> None:
    with running(ports["worker_internal_port"]):
        done = healthcheck(ports, "beat")

    assert (done.returncode, done.stderr) == (1, "nobody answers: beat\n")


def test_a_module_that_listens_everywhere_is_asked_on_loopback(ports: dict[str, int]) -> None:
    with running(ports["beat_internal_port"]):
        done = healthcheck(ports, "beat", host="0.0.0.0")  # noqa: S104

    assert (done.returncode, done.stdout) == (0, "beat: OK\n")
