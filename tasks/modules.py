"""The modules that Celery runs: worker, metrics-reporter, beat and Flower."""

import sys

import structlog

from maestro import errors, processes
from maestro.bootstrap import Maestro
from maestro.domain import urls
from maestro.domain.figures import Report
from maestro.internal import InternalServer
from maestro.metrics.fleets import Fleets
from maestro.ports import tasks as names
from tasks import node
from tasks.worker import OPERATIONS_NODE

log = structlog.get_logger(__name__)


def worker(maestro: Maestro, internal: InternalServer) -> int:
    """Two nodes: one executes operations, the other runs short tasks."""
    nodes = (OPERATIONS_NODE, names.SYSTEM)
    with internal.showing_metrics_of_children() as environment:
        return processes.run(
            {name: [sys.executable, "-m", "tasks.node", name] for name in nodes},
            stop_timeout_s=maestro.settings.stop_timeout_s,
            environment=environment,
        )


def metrics_reporter(maestro: Maestro, internal: InternalServer) -> int:
    """One node in this very process, which also shows what was reported, by whichever node."""
    internal.show_also(Fleets(lambda: _newest(maestro)))
    node.run(names.METRICS, names.METRICS, threads=1)
    return 0


def _newest(maestro: Maestro) -> Report | None:
    """Nothing while Redis is away: that is true, and what was shown before is not any more."""
    try:
        return maestro.reports.read()
    except errors.Unavailable as error:
        log.warning("report_not_read", reason=str(error))
        return None


def beat(maestro: Maestro, internal: InternalServer) -> int:
    """Ask for tasks at intervals, while no other beat does."""
    from tasks.app import app

    app.Beat(scheduler_cls="tasks.beat:LeadingScheduler", loglevel="WARNING", quiet=True).run()
    return 0


def flower(maestro: Maestro, internal: InternalServer) -> int:
    """
    Show queues and tasks in a browser until told to stop.

    Its options never are on the command line of the process, where everybody may read a password.
    """
    from tasks.app import app

    settings = maestro.settings
    auth = settings.flower_basic_auth.get_secret_value()
    if auth and not all(each.partition(":")[2] for each in auth.split(",")):
        log.error("cannot_start", reason="MAESTRO_FLOWER_BASIC_AUTH must be NAME:PASSWORD")
        return 1
    if not (auth or urls.is_loopback(settings.flower_host)):
        log.warning("anybody_may_look", host=settings.flower_host)
    options = {
        "address": settings.flower_host,
        "port": settings.flower_port,
        "persistent": "False",
        # Else it would set up logging anew.
        "logging": "none",
    } | ({"basic_auth": auth} if auth else {})
    try:
        app.start(["--quiet", "flower", *(f"--{name}={value}" for name, value in options.items())])
    except OSError as error:
        log.error("cannot_listen", reason=str(error))
        return 1
    return 0
