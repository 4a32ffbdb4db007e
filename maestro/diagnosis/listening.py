"""Whether our modules can listen on their ports: free ones, each for one module only."""

import contextlib
import errno
import itertools
import os
import socket
from collections.abc import Iterator, Mapping, Sequence

import psutil

from maestro.config import Settings, variable
from maestro.domain import findings
from maestro.domain.findings import Check, Finding

NAME = "ports"
#: Our packages, as command lines name what is to be run.
OURS = ("maestro.", "tasks.", "api.")

#: Host and port.
Place = tuple[str, int]


def check(settings: Settings) -> Check:
    """All ports of this machine that are settings."""
    return Check(name=NAME, ask=lambda: _ask(places(settings)))


def places(settings: Settings) -> dict[str, Place]:
    """Where each module listens, by the name of the setting."""
    values = settings.model_dump()
    return {name: (_host(name, values), values[name]) for name in values if name.endswith("_port")}


def clashes(places: Mapping[str, Place]) -> Iterator[Finding]:
    """Ports that two modules would fight over, were they on one machine."""
    for one, other in itertools.combinations(sorted(places), 2):
        if places[one] == places[other]:
            found = f"{variable(one)} and {variable(other)} are both {places[one][1]}"
            yield findings.warning(NAME, found, "give each module a port of its own")


def in_the_way(name: str, place: Place, code: int, command: Sequence[str]) -> Finding | None:
    """What keeps a module from listening; None when that is the module itself."""
    host, port = place
    advice = f"set {variable(name)} to another port"
    if code != errno.EADDRINUSE:
        found = f"nobody can listen on {host}:{port} here: {os.strerror(code)}"
        return findings.warning(NAME, found, f"{advice}, or correct the host")
    if is_ours(command):
        return None
    who = command[0] if command else "a process that we may not see"
    return findings.warning(NAME, f"{port} is in use by {who}", f"stop that, or {advice}")


def is_ours(command: Sequence[str]) -> bool:
    """Whether a command line is that of a module of Maestro."""
    return any(os.path.basename(part) == "maestro" or part.startswith(OURS) for part in command)


def _ask(places: Mapping[str, Place]) -> Iterator[Finding]:
    codes = {name: trouble(*place) for name, place in places.items()}
    taken = {name: code for name, code in codes.items() if code}
    found = list(clashes(places))
    for name, code in sorted(taken.items()):
        finding = in_the_way(name, places[name], code, _owner(places[name][1]))
        found += [finding] if finding else []
    if not found:
        free = len(places) - len(taken)
        found = [findings.ok(NAME, f"{free} free, {len(taken)} in use by Maestro")]
    yield from found


def _host(name: str, values: Mapping[str, object]) -> str:
    if name.endswith("_internal_port"):
        return str(values["internal_host"])
    # A module listens for gRPC where it listens for HTTP.
    return str(values[name.removesuffix("_port").removesuffix("_grpc") + "_host"])


def trouble(host: str, port: int) -> int:
    """The number of the error that listening there would meet; 0 for none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except socket.gaierror:
            return errno.EADDRNOTAVAIL
        except OSError as error:
            return error.errno or errno.EADDRINUSE
    return 0


def _owner(port: int) -> list[str]:
    """The command line of whoever listens there; empty when we may not know."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            is_it = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
            if is_it and connection.pid:
                return psutil.Process(connection.pid).cmdline()
    return []
