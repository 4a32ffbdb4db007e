"""
The lock file of a PostgreSQL. It says whether the server is ready; and it stays behind a server
that was killed, naming a process id which may meanwhile belong to anybody, and then PostgreSQL
refuses to start.
"""

import contextlib
import pathlib
import time

import psutil

SESSIONS_S = 10.0
#: The last line, since PostgreSQL 10.
STATUS = 7


def clear(data: pathlib.Path) -> None:
    """Remove the lock if the one who made it is gone."""
    if not is_server(owner(data), data):
        wait_for_sessions(data)
        file(data).unlink(missing_ok=True)


def owner(data: pathlib.Path) -> int:
    """The process that holds the lock, or held it; 0 if there is none."""
    first = lines(data)[:1]
    return int(first[0]) if first and first[0].isdigit() else 0


def says_ready(data: pathlib.Path, pid: int) -> bool:
    """Whether this process holds the lock and accepts connections."""
    return owner(data) == pid and lines(data)[STATUS:] == ["ready"]


def lines(data: pathlib.Path) -> list[str]:
    """What the lock says."""
    try:
        return [line.strip() for line in file(data).read_text().splitlines()]
    except OSError:
        return []


def file(data: pathlib.Path) -> pathlib.Path:
    """Where it is."""
    return data / "postmaster.pid"


def is_server(pid: int, data: pathlib.Path) -> bool:
    """Whether a process is a PostgreSQL of this data: all of them, and only they, work in it."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return (
            process.name().startswith("postgres") and pathlib.Path(process.cwd()) == data.resolve()
        )
    return False


def wait_for_sessions(data: pathlib.Path) -> None:
    """Sessions see the death of their server by themselves; a new one must not start before."""
    deadline = time.monotonic() + SESSIONS_S
    while any(is_server(pid, data) for pid in psutil.pids()) and time.monotonic() < deadline:
        time.sleep(0.05)
