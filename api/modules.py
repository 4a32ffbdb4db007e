"""The modules that answer requests: a parent without connections, and servers as its children."""

import ipaddress
import sys
from collections.abc import Sequence

import structlog

from maestro import processes
from maestro.bootstrap import Maestro
from maestro.config import Settings
from maestro.internal import InternalServer

log = structlog.get_logger(__name__)


def management_api(maestro: Maestro, internal: InternalServer) -> int:
    """Serve operators until told to stop."""
    settings = maestro.settings
    warn_if_anybody_may_manage(settings)
    http = _granian(
        "api.management.wsgi:app",
        settings.management_api_host,
        settings.management_api_port,
        threads=settings.api_threads,
    )
    return _run(http, "api.management.serve_rpc", internal, settings.stop_timeout_s)


def rooms_api(maestro: Maestro, internal: InternalServer) -> int:
    """Serve rooms and matchmakers until told to stop."""
    settings = maestro.settings
    warn_if_anybody_may_allocate(settings)
    http = _granian(
        "api.rooms.wsgi:app",
        settings.rooms_api_host,
        settings.rooms_api_port,
        threads=settings.api_threads,
    )
    return _run(http, "api.rooms.serve_rpc", internal, settings.stop_timeout_s)


def warn_if_anybody_may_manage(settings: Settings) -> None:
    """Say so when others than this machine can change fleets, and need no token."""
    is_open = not settings.management_token.get_secret_value()
    if is_open and not _is_loopback(settings.management_api_host):
        log.warning("anybody_may_manage", host=settings.management_api_host)


def warn_if_anybody_may_allocate(settings: Settings) -> None:
    """Say so when others than this machine can ask for rooms, and need no token."""
    is_open = not settings.allocation_token.get_secret_value()
    if is_open and not _is_loopback(settings.rooms_api_host):
        log.warning("anybody_may_allocate", host=settings.rooms_api_host)


def _run(http: Sequence[str], rpc: str, internal: InternalServer, stop_timeout_s: float) -> int:
    # A process of its own, because granian forks, which no thread of gRPC may survive.
    commands = {"http": http, "grpc": [sys.executable, "-m", rpc]}
    with internal.showing_metrics_of_children() as environment:
        return processes.run(commands, stop_timeout_s=stop_timeout_s, environment=environment)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _granian(factory: str, host: str, port: int, *, threads: int) -> Sequence[str]:
    program = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", factory]
    where = ["--host", host, "--port", str(port)]
    quiet = ["--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5"]
    return [*program, *where, "--blocking-threads", str(threads), *quiet]
