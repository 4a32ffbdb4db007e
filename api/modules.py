"""The modules that answer requests: a parent without connections, and servers as its children."""

import sys

import structlog

from maestro import processes
from maestro.bootstrap import Maestro
from maestro.config import Settings
from maestro.domain import urls
from maestro.internal import InternalServer

log = structlog.get_logger(__name__)


def management_api(maestro: Maestro, internal: InternalServer) -> int:
    """Serve operators until told to stop."""
    settings = maestro.settings
    warn_if_anybody_may_manage(settings)
    return _run("api.management", internal, settings.stop_timeout_s)


def rooms_api(maestro: Maestro, internal: InternalServer) -> int:
    """Serve rooms and matchmakers until told to stop."""
    settings = maestro.settings
    warn_if_anybody_may_allocate(settings)
    return _run("api.rooms", internal, settings.stop_timeout_s)


def warn_if_anybody_may_manage(settings: Settings) -> None:
    """Say so when others than this machine can change fleets, and need no token."""
    is_open = not settings.management_token.get_secret_value()
    if is_open and not urls.is_loopback(settings.management_api_host):
        log.warning("anybody_may_manage", host=settings.management_api_host)


def warn_if_anybody_may_allocate(settings: Settings) -> None:
    """Say so when others than this machine can ask for rooms, and need no token."""
    is_open = not settings.allocation_token.get_secret_value()
    if is_open and not urls.is_loopback(settings.rooms_api_host):
        log.warning("anybody_may_allocate", host=settings.rooms_api_host)


def _run(package: str, internal: InternalServer, stop_timeout_s: float) -> int:
    # Processes of their own, because granian forks, which no thread of gRPC may survive.
    commands = {
        "http": [sys.executable, "-m", f"{package}.serve_http"],
        "grpc": [sys.executable, "-m", f"{package}.serve_rpc"],
    }
    with internal.showing_metrics_of_children() as environment:
        return processes.run(commands, stop_timeout_s=stop_timeout_s, environment=environment)
