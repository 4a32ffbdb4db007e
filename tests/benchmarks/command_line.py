"""How long commands take that operators type and scripts call, next to Python itself."""

import os
import statistics
import subprocess
import sys
import time

from tests import make
from tests.installation import installation

TIMES = 20
COMMANDS = {
    "python -c pass": ("-c", "pass"),
    "maestro --help": ("-m", "maestro", "--help"),
    "maestro schedulers list": ("-m", "maestro", "schedulers", "list"),
    "maestro schedulers apply, unchanged": ("-m", "maestro", "schedulers", "apply", "-f", "-"),
}


def run() -> None:
    """Print one line per command, each started anew against an API on this machine."""
    with installation() as site:
        site.maestro.management.schedulers.create(make.scheduler())
        site.move()
        site.moves = False
        env = dict(os.environ) | {"MAESTRO_MANAGEMENT_API_URL": site.url}
        shown = (sys.executable, "-m", "maestro", "schedulers", "get", "arena", "-o", "yaml")
        given = subprocess.check_output(shown, env=env)
        for title, arguments in COMMANDS.items():
            _measure(title, [sys.executable, *arguments], env, given)


def _measure(title: str, command: list[str], env: dict[str, str], given: bytes) -> None:
    took = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        subprocess.run(command, env=env, input=given, stdout=subprocess.DEVNULL, check=True)
        took.append((time.perf_counter() - begin) * 1000)
    print(f"{title}: median {statistics.median(took):.0f} ms, fastest {min(took):.0f} ms")
