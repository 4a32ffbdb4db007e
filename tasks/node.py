"""
A node of Celery: as a process, `python -m tasks.node operations`, or in one that runs already.

The module `worker` has two, so that a short task never waits behind an operation.
"""

import sys

from maestro import logs
from maestro.config import Settings
from maestro.ports import tasks as names
from tasks.worker import OPERATIONS_NODE


def run(name: str, queue: str, *, threads: int) -> None:
    """Take tasks from a queue, and from those that are added, until told to stop."""
    from tasks.app import app

    options = ["--pool", "threads", "--concurrency", str(threads), "--hostname", f"{name}@%h"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    app.worker_main(["--quiet", "worker", "--queues", queue, *options, *quiet])


def main() -> None:
    """The node of the worker that the command line names."""
    settings = Settings()
    # At once: Celery warns of things before it asks for logs.
    logs.configure(level=settings.log_level, style=settings.log_format, module="worker")
    if sys.argv[1:] == [names.SYSTEM]:
        run(names.SYSTEM, names.SYSTEM, threads=settings.system_threads)
    else:
        run(OPERATIONS_NODE, names.NO_SCHEDULER, threads=settings.worker_threads)


if __name__ == "__main__":
    main()
