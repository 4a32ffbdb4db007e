"""`maestro start MODULE`: one module of Maestro, with its internal port."""

import importlib
import sys
from collections.abc import Callable

import click
import structlog

from maestro import logs
from maestro.bootstrap import Maestro
from maestro.config import Settings
from maestro.internal import InternalServer
from maestro.version import VERSION

log = structlog.get_logger(__name__)

#: Module → where its main function is. It gets the parts of the process, runs until the process
#: is told to stop, and returns the exit code.
MODULES = {
    "beat": "tasks.modules:beat",
    "events-forwarder": "maestro.cli.forwarder:events_forwarder",
    "flower": "tasks.modules:flower",
    "management-api": "api.modules:management_api",
    "metrics-reporter": "tasks.modules:metrics_reporter",
    "rooms-api": "api.modules:rooms_api",
    "runtime-watcher": "maestro.cli.watcher:runtime_watcher",
    "worker": "tasks.modules:worker",
}


@click.command()
@click.argument("module", type=click.Choice(sorted(MODULES)))
def start(module: str) -> None:
    """
    Start one MODULE and keep it running until it is told to stop.

    It answers /healthz, /readyz and /metrics on its internal port.
    """
    settings = Settings()
    logs.configure(level=settings.log_level, style=settings.log_format, module=module)
    log.info("starting", version=VERSION)
    maestro = Maestro(settings)
    port = getattr(settings, f"{module.replace('-', '_')}_internal_port")
    # Flower shows what the broker tells, and needs no store.
    checks = {} if module == "flower" else dict(maestro.checks)
    if module in ("events-forwarder", "rooms-api"):
        # They go on while PostgreSQL is away, so they must not be taken out of service for it.
        del checks["postgres"]
    with InternalServer(
        settings.internal_host,
        port,
        module=module,
        checks=checks,
        schedulers=list if module == "flower" else maestro.operations.schedulers,
    ) as internal:
        sys.exit(_main(module)(maestro, internal))


def _main(module: str) -> Callable[[Maestro, InternalServer], int]:
    path, _, function = MODULES[module].partition(":")
    main: Callable[[Maestro, InternalServer], int] = getattr(
        importlib.import_module(path), function
    )
    return main
