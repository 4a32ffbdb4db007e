"""The modules that answer requests: a parent without connections, and servers as its children."""

import sys
from collections.abc import Sequence

from maestro import processes
from maestro.bootstrap import Maestro
from maestro.internal import InternalServer


def management_api(maestro: Maestro, internal: InternalServer) -> int:
    """Serve operators until told to stop."""
    settings = maestro.settings
    http = _granian(
        "api.management.wsgi:app",
        settings.management_api_host,
        settings.management_api_port,
        threads=settings.api_threads,
    )
    # A process of its own, because granian forks, which no thread of gRPC may survive.
    grpc = [sys.executable, "-m", "api.management.serve_rpc"]
    return processes.run({"http": http, "grpc": grpc}, stop_timeout_s=settings.stop_timeout_s)


def rooms_api(maestro: Maestro, internal: InternalServer) -> int:
    """Serve rooms and matchmakers until told to stop."""
    settings = maestro.settings
    server = _granian(
        "api.rooms.wsgi:app",
        settings.rooms_api_host,
        settings.rooms_api_port,
        threads=settings.api_threads,
    )
    return processes.run({"http": server}, stop_timeout_s=settings.stop_timeout_s)


def _granian(factory: str, host: str, port: int, *, threads: int) -> Sequence[str]:
    program = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", factory]
    where = ["--host", host, "--port", str(port)]
    quiet = ["--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5"]
    return [*program, *where, "--blocking-threads", str(threads), *quiet]
