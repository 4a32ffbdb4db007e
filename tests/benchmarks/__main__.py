"""`make bench`: all figures, one benchmark after the other, each on a stand of its own."""

import sys

from tests.benchmarks import fleets, healing, health, kubernetes, operations, pings

BENCHMARKS = {
    "operations": operations.run,
    "pings": pings.run,
    "health": health.run,
    "healing": healing.run,
    "fleets": fleets.run,
    "kubernetes": kubernetes.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n== {name}", flush=True)
        BENCHMARKS[name]()
