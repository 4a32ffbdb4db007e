"""
Free TCP ports for servers that tests start.

They lie below those that the system gives to connections: a client that tries again and again to
reach a server which is away would else get that very port one day, be connected to itself, and keep
the server from coming back.
"""

import itertools
import os
import random
import socket

FIRST = 10_000
#: So many for each of the processes that share the tests, of which there are a few.
EACH, PROCESSES = 1_600, 3
_process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES
_first = FIRST + _process * EACH
_begin = random.randrange(EACH)
#: Whoever gets one may take its time to use it: it comes again after all others.
_turns = itertools.cycle(_first + (_begin + number) % EACH for number in range(EACH))


def free_port() -> int:
    """A port nobody listens on now, and which nobody gets soon."""
    return next(port for port in _turns if is_free(port))


def free_ports(count: int) -> list[int]:
    """Several, each another one."""
    return [free_port() for _ in range(count)]


def is_free(port: int) -> bool:
    """Whether nobody listens there now."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
