"""
Modules that consist of several processes: their parent starts them, and ends them together.

The parent holds no connection, so that a child begins with a clean slate. A child whose parent is
killed is told to stop, as a successor needs its port.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import types
from collections.abc import Mapping, Sequence

import structlog

log = structlog.get_logger(__name__)

#: prctl(2): the signal a process gets when its parent dies. Only Linux has it.
_SET_DEATH_SIGNAL = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


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
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
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

    def die_with_parent() -> None:
        # Between fork and exec: nothing here may take a lock, or import.
        if _LIBC is not None:
            _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)

    return subprocess.Popen(command, env=env, preexec_fn=die_with_parent)  # noqa: S603


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
