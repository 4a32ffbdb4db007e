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
def running(
    server: Server,
    *,
    ready_s: float = READY_S,
    stop_s: float = STOP_S,
    started: Callable[[int], object] = lambda pid: None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for the length of a block; `started` hears at once of its process."""
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
        started(child.pid)
        wait_until_ready(server, child, ready_s=ready_s)
        yield child
    finally:
        stop(server, child, stop_s=stop_s)


def wait_until_ready(
    server: Server, child: subprocess.Popen[bytes], *, ready_s: float = READY_S
) -> None:
    """Return when the server accepts connections; raise when it ended or takes too long."""
    deadline = time.monotonic() + ready_s
    while child.poll() is None:
        if server.ready(child.pid):
            return
        if time.monotonic() > deadline:
            said = tail(server.log)
            raise ServerFailedError(f"{server.name} is not ready after {ready_s:g} s\n{said}")
        time.sleep(POLL_S)
    raise ServerFailedError(f"{server.name} ended instead of starting\n{tail(server.log)}")


def stop(server: Server, child: subprocess.Popen[bytes], *, stop_s: float = STOP_S) -> None:
    """End it surely, in order if it lets us; an impatient Ctrl-C does not leave it running."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(server.stop_signal)
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(stop_s)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def tail(log: pathlib.Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log file."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""
