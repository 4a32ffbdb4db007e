"""One server process of this machine: how it is started, when it is ready, how it is stopped."""

import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

from maestro.embedded import accounts

#: A PostgreSQL that crashed replays its log before it accepts connections.
READY_S = 60.0
STOP_S = 10.0
POLL_S = 0.02
TAIL_LINES = 20


class ServerFailedError(Exception):
    """A server did not start; the text ends with the last lines of its log."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A prepared server: its data folder exists and `command` may be run."""

    name: str
    command: tuple[str, ...]
    account: accounts.Account
    log: pathlib.Path
    #: Asks for an orderly end without waiting for clients.
    stop_signal: signal.Signals
    #: Whether the process with this id accepts connections: not another one on the same port.
    ready: Callable[[int], bool]


@contextlib.contextmanager
def running(server: Server, *, ready_s: float = READY_S) -> Iterator[None]:
    """Run a server for the length of a block."""
    with server.log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603
            server.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **server.account.options(),
        )
    try:
        wait_until_ready(server, child.pid, ended=lambda: child.poll() is not None, ready_s=ready_s)
        yield
    finally:
        stop(child, server.stop_signal)


def wait_until_ready(
    server: Server, pid: int, *, ended: Callable[[], bool], ready_s: float = READY_S
) -> None:
    """Return when the server accepts connections; raise when it ended or takes too long."""
    deadline = time.monotonic() + ready_s
    while not ended():
        if server.ready(pid):
            return
        if time.monotonic() > deadline:
            said = tail(server.log)
            raise ServerFailedError(f"{server.name} is not ready after {ready_s:g} s\n{said}")
        time.sleep(POLL_S)
    raise ServerFailedError(f"{server.name} ended instead of starting\n{tail(server.log)}")


def stop(child: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    """End a child surely, in order if it lets us."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(stop_signal)
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def tail(log: pathlib.Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log file."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""
