"""
What `/metrics` of a module shows: its own metrics, of schedulers that exist, from processes that
live.
"""

import contextlib
import functools
import os
import pathlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Protocol

import prometheus_client
from prometheus_client import Metric, multiprocess
from prometheus_client.registry import Collector

from maestro.metrics.declaring import CATALOGUE, Module

#: Files of gauges that end with their process.
_LIVE_GAUGES = re.compile(r"gauge_live\w+_(\d+)\.db")


class Source(Protocol):
    """Whoever gives metrics."""

    def collect(self) -> Iterable[Metric]: ...


class Children:
    """The metrics of the processes below this one, which they keep in files of a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = pathlib.Path(folder)
        self._collector = multiprocess.MultiProcessCollector(  # type: ignore[no-untyped-call]
            prometheus_client.CollectorRegistry(), path=folder
        )

    def collect(self) -> Iterable[Metric]:
        """Counters of processes that ended count on; their gauges do not."""
        for file in self._folder.glob("gauge_live*.db"):
            named = _LIVE_GAUGES.fullmatch(file.name)
            if named and not _lives(int(named[1])):
                file.unlink(missing_ok=True)
        # A process that ends meanwhile takes its file away; whoever asks next sees the rest.
        with contextlib.suppress(FileNotFoundError):
            return list(self._collector.collect())  # type: ignore[no-untyped-call]
        return ()


class Shown(Collector):
    """What is shown of a source."""

    def __init__(
        self, source: Source, module: str, schedulers: Callable[[], Collection[str] | None]
    ) -> None:
        """`schedulers` gives the names of those that exist; None when nobody knows."""
        self._source = source
        self._module = Module(module)
        self._schedulers = schedulers

    def collect(self) -> Iterator[Metric]:
        # Asked for once, and only by modules that tell of schedulers.
        existing = functools.cache(self._schedulers)
        for family in self._source.collect():
            declared = CATALOGUE.get(family.name)
            if declared is None:
                yield family
            elif self._module in declared.modules:
                if "scheduler" in declared.labels and (names := existing()) is not None:
                    family.samples = [
                        sample
                        for sample in family.samples
                        if sample.labels["scheduler"] in names or not sample.labels["scheduler"]
                    ]
                yield family


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
