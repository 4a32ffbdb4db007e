"""
How processes of Maestro end, and modules that consist of several: their parent starts them, and
ends them together.

The parent holds no connection, so that a child begins with a clean slate. A child whose parent is
killed is told to stop, as a successor needs its port.
"""

import os
import signal
import subprocess
import threading
import types
from collections.abc import Mapping, Sequence

import structlog

from maestro.runtime.local import kinship

log = structlog.get_logger(__name__)


def told_to_stop() -> threading.Event:
    """Set once this process is told to stop. Must be called from the main thread."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def run(
    commands: Mapping[str, Sequence[str]],
    *,
    stop_timeout_s: float,
    environment: Mapping[str, str] = types.MappingProxyType({}),
) -> int:
    """
    Run the commands until one ends or this process is told to stop; returns the exit code.

    The others are told to stop then, and killed after the timeout. They find what this process
    has in its environment, and `environment`. Must be called from the main thread.
    """
    stopping = told_to_stop()
    env = {**os.environ, **environment}
    children = {name: _start(command, env) for name, command in commands.items()}
    for name, child in children.items():
        threading.Thread(target=_await, args=(name, child, stopping), daemon=True).start()
    stopping.wait()
    ended = [child.returncode for child in children.values() if child.poll() is not None]
    _stop(children, stop_timeout_s)
    # That one ended by itself is a failure even if it did so without complaint.
    return (ended[0] or 1) if ended else 0


def _start(command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603
        command, env=env, preexec_fn=lambda: kinship.die_with(parent, signal.SIGTERM)
    )


def _await(name: str, child: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    code = child.wait()
    if not stopping.is_set():
        log.error("process_ended", process=name, exit_code=code)
        stopping.set()


def _stop(children: Mapping[str, subprocess.Popen[bytes]], timeout_s: float) -> None:
    for child in children.values():
        child.terminate()
    for name, child in children.items():
        try:
            child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            log.warning("process_killed", process=name)
            child.kill()
            child.wait()
