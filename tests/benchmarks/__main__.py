"""`make bench`: all figures, one benchmark after the other, each on a stand of its own."""

import logging
import sys

import structlog

from tests.benchmarks import (
    allocations,
    command_line,
    controller,
    events,
    healing,
    health,
    kubernetes,
    management,
    metrics,
    operations,
    pings,
    scale_out,
)

BENCHMARKS = {
    "operations": operations.run,
    "pings": pings.run,
    "allocations": allocations.run,
    "events": events.run,
    "health": health.run,
    "healing": healing.run,
    "controller": controller.run,
    "kubernetes": kubernetes.run,
    "management": management.run,
    "command-line": command_line.run,
    "metrics": metrics.run,
    "scale-out": scale_out.run,
}

if __name__ == "__main__":
    # What is logged on the way would hide the figures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n== {name}", flush=True)
        BENCHMARKS[name]()
