"""`make bench`: all figures, one benchmark after the other, each on a stand of its own."""

import sys

from tests.benchmarks import events, healing, health, operations, pings

BENCHMARKS = {
    "operations": operations.run,
    "pings": pings.run,
    "events": events.run,
    "health": health.run,
    "healing": healing.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n== {name}", flush=True)
        BENCHMARKS[name]()
