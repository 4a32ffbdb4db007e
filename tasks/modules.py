"""The modules that Celery runs: worker, metrics-reporter and beat."""

import sys
from collections.abc import Sequence

from maestro import processes
from maestro.bootstrap import Maestro
from maestro.internal import InternalServer
from maestro.ports import tasks as names
from tasks import worker as threads


def worker(maestro: Maestro, internal: InternalServer) -> int:
    """
    Two nodes: one executes operations, the other runs short tasks.

    So a short task never waits behind an operation.
    """
    settings = maestro.settings
    return processes.run(
        {
            threads.OPERATIONS_NODE: _node(
                threads.OPERATIONS_NODE, names.NO_SCHEDULER, threads_=settings.worker_threads
            ),
            names.SYSTEM: _node(names.SYSTEM, names.SYSTEM, threads_=settings.system_threads),
        },
        stop_timeout_s=settings.stop_timeout_s,
    )


def metrics_reporter(maestro: Maestro, internal: InternalServer) -> int:
    """One node in this very process, which also serves the gauges that it sets."""
    from tasks.app import app

    app.worker_main(_node(names.METRICS, names.METRICS, threads_=1)[5:])
    return 0


def beat(maestro: Maestro, internal: InternalServer) -> int:
    """Ask for tasks at intervals, while no other beat does."""
    from tasks.app import app

    app.Beat(scheduler_cls="tasks.beat:LeadingScheduler", loglevel="WARNING").run()
    return 0


def _node(name: str, queue: str, *, threads_: int) -> Sequence[str]:
    options = ["--pool", "threads", "--concurrency", str(threads_), "--hostname", f"{name}@%h"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    program = [sys.executable, "-m", "celery", "--app", "tasks.app:app"]
    return [*program, "worker", "--queues", queue, *options, *quiet]
