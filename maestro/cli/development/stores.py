"""The stores of `maestro dev`. They outlive all other processes; when one dies, all of it ends."""

import contextlib
import dataclasses
import functools
import subprocess
import threading
from collections.abc import Callable, Collection, Iterator, Mapping

import click

from maestro.cli.development import folder as folders
from maestro.cli.development import leftovers, logfiles, steps
from maestro.embedded import postgres, redis, servers

NAMES = ("postgres", "redis")
STOP_S = 1.5


def needed(decided: Collection[str]) -> list[str]:
    """The stores to run: none whose URL the user gave."""
    uses = {"postgres": {"postgres_url"}, "redis": {"redis_url", "broker_url"}}
    return [name for name in NAMES if uses[name] & set(decided)]


@contextlib.contextmanager
def running(
    names: Collection[str],
    folder: folders.Folder,
    ports: Mapping[str, int],
    record: leftovers.Record,
    *,
    failed: Callable[[str], None],
) -> Iterator[None]:
    """Run these stores for the length of a block."""
    with contextlib.ExitStack() as stack:
        for name in names:
            server = prepared(name, folder, ports[name])
            with steps.step(f"starting {server.name} on port {ports[name]}"):
                started = functools.partial(record.add, name)
                store = servers.running(server, started=started, stop_s=STOP_S)
                child = stack.enter_context(store)
            stack.enter_context(watched(server, child, failed=failed))
        yield


def prepared(name: str, folder: folders.Folder, port: int) -> servers.Server:
    """A store whose data exist and whose log begins anew."""
    notes: list[str] = []
    if name == "postgres":
        with steps.step("preparing PostgreSQL"):
            server = postgres.server(folder.postgres, port, announce=notes.append)
    else:
        server = redis.server(folder.redis, port)
    for note in notes:
        click.echo(note)
    log = folder.logs / f"{name}.log"
    logfiles.rotate(log)
    return dataclasses.replace(server, log=log)


@contextlib.contextmanager
def watched(
    server: servers.Server, child: subprocess.Popen[bytes], *, failed: Callable[[str], None]
) -> Iterator[None]:
    """Tell when a store ends within the block."""
    asked = threading.Event()

    def watch() -> None:
        child.wait()
        if not asked.is_set():
            failed(f"{server.name} ended unexpectedly\n{servers.tail(server.log)}")

    threading.Thread(target=watch, daemon=True).start()
    yield
    asked.set()
