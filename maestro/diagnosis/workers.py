"""Whether there are workers for all schedulers."""

from collections.abc import Callable, Iterable, Iterator

from maestro import errors
from maestro.domain import findings, serving
from maestro.domain.findings import Check, Finding
from maestro.domain.serving import Served

NAME = "workers"
ADVICE = "start a worker without MAESTRO_WORKER_SCHEDULERS, or one that names them"
SHOWN = 5


def check(schedulers: Callable[[], Iterable[str]], workers: Callable[[], list[Served]]) -> Check:
    """Both are asked when the check is."""
    return Check(name=NAME, ask=lambda: _ask(schedulers, workers))


def _ask(
    schedulers: Callable[[], Iterable[str]], workers: Callable[[], list[Served]]
) -> Iterator[Finding]:
    try:
        names, there = list(schedulers()), workers()
    except errors.Unavailable:
        # The checks of the stores say why.
        return
    unserved = serving.unserved(names, there)
    if not unserved:
        yield findings.ok(NAME, f"{len(names)} schedulers are served")
        return
    more = f" and {len(unserved) - SHOWN} more" if len(unserved) > SHOWN else ""
    found = f"no worker serves {', '.join(unserved[:SHOWN])}{more}"
    yield findings.warning(NAME, found, ADVICE)
