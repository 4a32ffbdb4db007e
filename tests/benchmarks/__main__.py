"""`make bench`: all figures, one benchmark after the other, each on a stand of its own."""

import sys

from tests.benchmarks import (
    allocations,
    controller,
    events,
    healing,
    health,
    kubernetes,
    management,
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
    "scale-out": scale_out.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n== {name}", flush=True)
        BENCHMARKS[name]()
