"""A Redis Cluster, and a Redis with replicas that sentinels watch, on this machine."""

import contextlib
import dataclasses
import functools
import os
import pathlib
import signal
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import redis

from maestro.embedded import redis as embedded
from maestro.embedded import servers
from tests import ports
from tests.waiting import eventually

SLOTS = 16384
#: Until a server that says nothing counts as gone.
SILENT_MS = 1500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Node:
    """One server process."""

    port: int
    pid: int

    def client(self) -> Any:
        """What asks this server, whatever its role."""
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=10)

    def signal(self, number: signal.Signals) -> None:
        """Have the system tell it something."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a word."""
        self.signal(signal.SIGKILL)


@contextlib.contextmanager
def node(
    folder: pathlib.Path, options: Mapping[str, str], *, port: int | None = None
) -> Iterator[Node]:
    """One server with options of its own."""
    port = port or ports.free_port()
    prepared = embedded.server(folder, port)
    given = tuple(part for name, value in options.items() for part in (f"--{name}", *value.split()))
    whole = (*prepared.command, *given)
    with servers.running(dataclasses.replace(prepared, command=whole)) as process:
        yield Node(port=port, pid=process.pid)


@contextlib.contextmanager
def cluster(folder: pathlib.Path, *, replicas: bool = False) -> Iterator[list[Node]]:
    """Three servers that share the slots, and, if asked for, a replica of each behind them."""
    options = {
        "cluster-enabled": "yes",
        "cluster-node-timeout": str(SILENT_MS),
        "cluster-require-full-coverage": "no",
        "repl-diskless-sync-delay": "0",
    }
    with contextlib.ExitStack() as running:
        nodes = [
            running.enter_context(node(folder / str(number), options, port=_with_bus()))
            for number in range(6 if replicas else 3)
        ]
        _join(nodes)
        yield nodes


def cluster_url(nodes: Sequence[Node]) -> str:
    """What a state store in the cluster is called, by some of its servers."""
    return "redis+cluster://" + ",".join(f"127.0.0.1:{each.port}" for each in nodes)


def _with_bus() -> int:
    """A free port whose bus, ten thousand above it, is free as well."""
    return next(port for port in iter(ports.free_port, None) if ports.is_free(port + 10_000))


def _join(nodes: Sequence[Node]) -> None:
    clients = [each.client() for each in nodes]
    primaries, replicas = clients[:3], clients[3:]
    for number, primary in enumerate(primaries):
        slots = range(number * SLOTS // 3, (number + 1) * SLOTS // 3)
        primary.execute_command("CLUSTER ADDSLOTS", *slots)
        primary.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
    for each in nodes[1:]:
        clients[0].execute_command("CLUSTER MEET", "127.0.0.1", each.port)
    for client in clients:
        eventually(functools.partial(_knows_all, client, len(nodes)), within_s=30)
    for replica, primary in zip(replicas, primaries, strict=False):
        replica.execute_command("CLUSTER REPLICATE", primary.execute_command("CLUSTER MYID"))
    for replica in replicas:
        eventually(functools.partial(_follows, replica), within_s=30)
    for client in clients:
        client.close()


def _knows_all(client: Any, amount: int) -> bool:
    info: Any = client.execute_command("CLUSTER INFO")
    owners: Any = client.execute_command("CLUSTER SLOTS")
    return (
        info["cluster_state"] == "ok"
        and int(info["cluster_known_nodes"]) == amount
        and len(owners) == 3
    )


def _follows(client: Any) -> bool:
    info: Any = client.info("replication")
    return bool(info.get("master_link_status") == "up")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Watched:
    """A primary, its replicas, and the URL by which sentinels lead to whoever is primary."""

    primary: Node
    replicas: Sequence[Node]
    sentinels: Sequence[Node]

    @property
    def url(self) -> str:
        """The state store of an installation."""
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.sentinels)
        return f"redis+sentinel://{hosts}/maestro"


@contextlib.contextmanager
def watched(folder: pathlib.Path, *, sentinels: int = 1, replicas: int = 1) -> Iterator[Watched]:
    """A primary and its replicas, watched by sentinels that agree by majority."""
    quorum = sentinels // 2 + 1
    quick = {"repl-diskless-sync-delay": "0", "repl-ping-replica-period": "1"}
    with contextlib.ExitStack() as running:
        primary = running.enter_context(node(folder / "primary", quick))
        following = quick | {"replicaof": f"127.0.0.1 {primary.port}"}
        spares = [
            running.enter_context(node(folder / f"replica-{each}", following))
            for each in range(replicas)
        ]
        for each in spares:
            with each.client() as client:
                eventually(functools.partial(_follows, client), within_s=30)
        watchers = [
            running.enter_context(_sentinel(folder / f"sentinel-{each}", primary.port, quorum))
            for each in range(sentinels)
        ]
        for each in watchers:
            with each.client() as client:
                eventually(functools.partial(_sees, client, replicas, sentinels), within_s=30)
        yield Watched(primary=primary, replicas=spares, sentinels=watchers)


@contextlib.contextmanager
def _sentinel(folder: pathlib.Path, primary: int, quorum: int) -> Iterator[Node]:
    port = ports.free_port()
    folder.mkdir()
    file = folder / "sentinel.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor maestro 127.0.0.1 {primary} {quorum}\n"
        f"sentinel down-after-milliseconds maestro {SILENT_MS}\n"
        "sentinel failover-timeout maestro 10000\n"
    )
    prepared = embedded.server(folder, port)
    command = (str(embedded.binary()), str(file), "--sentinel")
    with servers.running(dataclasses.replace(prepared, command=command)) as process:
        yield Node(port=port, pid=process.pid)


def _sees(sentinel: Any, replicas: int, sentinels: int) -> bool:
    seen = sentinel.sentinel_master("maestro")
    return bool(seen["num-slaves"] == replicas and seen["num-other-sentinels"] == sentinels - 1)
