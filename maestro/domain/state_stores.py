"""Where the state lies: one Redis, a cluster, or one that sentinels watch. Pure."""

import dataclasses
import enum
import urllib.parse

from maestro.domain import urls


class Topology(enum.StrEnum):
    """What a URL of the state store leads to."""

    SERVER = "server"
    CLUSTER = "cluster"
    SENTINEL = "sentinel"


#: Scheme → what it leads to, the scheme of each server, and the port when none is named.
_SCHEMES = {
    "redis": (Topology.SERVER, "redis", 6379),
    "rediss": (Topology.SERVER, "rediss", 6379),
    "unix": (Topology.SERVER, "unix", 0),
    "redis+cluster": (Topology.CLUSTER, "redis", 6379),
    "rediss+cluster": (Topology.CLUSTER, "rediss", 6379),
    "redis+sentinel": (Topology.SENTINEL, "redis", 26379),
    "rediss+sentinel": (Topology.SENTINEL, "rediss", 26379),
}
#: Options of a URL of sentinels that are theirs, and not the server's.
_OF_SENTINELS = ("sentinel_username", "sentinel_password")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StateStore:
    """Where the state lies."""

    topology: Topology
    #: Of the one server; else one with everything but the place: user, password, options.
    server: str = dataclasses.field(repr=False)
    #: The nodes of a cluster, or the sentinels, that are asked first: host and port.
    nodes: tuple[tuple[str, int], ...] = ()
    #: What the sentinels call the primary server.
    service: str = ""
    #: How to sign in at the sentinels.
    sentinels: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)


def read(url: str) -> StateStore:
    """What a URL of the state store says. Raises ValueError, whose text repeats no secret."""
    scheme, found, rest = url.partition("://")
    if not found or scheme not in _SCHEMES:
        known = ", ".join(f"{each}://" for each in _SCHEMES)
        raise ValueError(f"must begin with one of {known}")
    topology, base, port = _SCHEMES[scheme]
    if topology is Topology.SERVER:
        return StateStore(topology=topology, server=url)
    if urls.is_torn(url):
        raise ValueError(f"is cut by a character of its password: {urls.ESCAPES}")
    parts = urllib.parse.urlsplit(f"//{rest}")
    sign_in, at, hosts = parts.netloc.rpartition("@")
    options = dict(urllib.parse.parse_qsl(parts.query))
    service, database = _within(topology, parts.path, options.pop("db", "0"))
    sentinels = {name: options.pop(name) for name in _OF_SENTINELS if name in options}
    query = f"?{urllib.parse.urlencode(options)}" if options else ""
    return StateStore(
        topology=topology,
        server=f"{base}://{sign_in}{at}host/{database}{query}",
        nodes=tuple(_place(host, port) for host in hosts.split(",")),
        service=service,
        sentinels={name.removeprefix("sentinel_"): value for name, value in sentinels.items()},
    )


def _within(topology: Topology, path: str, database: str) -> tuple[str, str]:
    """Service and database. Raises ValueError."""
    name = urllib.parse.unquote(path.strip("/"))
    if topology is Topology.CLUSTER:
        if {name or "0", database} != {"0"}:
            raise ValueError("names a database, and a Redis Cluster has only number 0")
        return "", "0"
    if not name or "/" in name:
        raise ValueError("must name the service after the hosts, as in HOST:PORT/SERVICE")
    if not database.isdecimal():
        raise ValueError("has a `db` that is no number")
    return name, database


def _place(text: str, port: int) -> tuple[str, int]:
    """Host and port. Raises ValueError."""
    try:
        parts = urllib.parse.urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port or port
    except ValueError:
        host = ""
    if not host:
        raise ValueError("must name its hosts as HOST:PORT,HOST:PORT")
    return host, port
