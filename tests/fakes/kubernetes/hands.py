"""What all hands on the cluster share: its parts, and how to act on them."""

import datetime
from collections.abc import Callable
from typing import TypeVar

from tests.fakes.kubernetes import kubelet
from tests.fakes.kubernetes.api import Answer, Api, Call
from tests.fakes.kubernetes.faults import Faults
from tests.fakes.kubernetes.life import Life
from tests.fakes.kubernetes.rights import Rights
from tests.fakes.kubernetes.server import Server
from tests.fakes.kubernetes.state import State
from tests.fakes.kubernetes.timeline import Timeline
from tests.fakes.kubernetes.watching import Streams

T = TypeVar("T")


class Hands:
    """One cluster, not yet reachable."""

    def __init__(self, now: Callable[[], datetime.datetime]) -> None:
        self._state = State(lambda: now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        self._timeline = Timeline(self._state.changed)
        self._life = Life(self._state, self._timeline)
        self._rights = Rights()
        self._streams = Streams(self._state)
        self._api = Api(self._state, self._life, self._rights, self._streams)
        self._faults = Faults()
        self._server = Server(self._answer, self._faults.take)

    def _answer(self, call: Call) -> Answer:
        return self._do(lambda: self._api.answer(call))

    def _do(self, act: Callable[[], T]) -> T:
        """Act while nobody else does, and then let follow what follows."""
        with self._state.changed:
            try:
                return act()
            finally:
                self._timeline.settle()

    def _change(self, namespace: str, pod: str, step: kubelet.Step) -> None:
        self._do(lambda: self._life.change((namespace, pod), step))
