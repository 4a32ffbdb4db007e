"""`maestro start MODULE`: one module of Maestro, with its internal port."""

import importlib
import sys
from collections.abc import Callable

import click
import structlog

from maestro import logs
from maestro.bootstrap import Maestro
from maestro.cli.modules import MODULES, internal_port
from maestro.config import Settings
from maestro.internal import InternalServer
from maestro.version import VERSION

log = structlog.get_logger(__name__)


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
    # Flower shows what the broker tells, and needs no store.
    checks = {} if module == "flower" else dict(maestro.checks)
    if module in ("events-forwarder", "rooms-api"):
        # They go on while PostgreSQL is away, so they must not be taken out of service for it.
        del checks["postgres"]
    with InternalServer(
        settings.internal_host,
        internal_port(settings, module),
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
