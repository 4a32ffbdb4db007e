"""Free TCP ports for servers that tests start."""

import contextlib
import socket


def free_port() -> int:
    """A port nobody listens on now; the system does not hand it out again at once."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Several, each another one."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
