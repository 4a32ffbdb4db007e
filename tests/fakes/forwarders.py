"""Forwarders in memory."""

from collections.abc import Callable

from maestro.domain.forwarding.answers import OK, Answer
from maestro.ports.events import Call


class FakeForwarders:
    """The Forwarders of tests: those that are not told otherwise take everything."""

    def __init__(self) -> None:
        #: Every call that was begun.
        self.calls: list[Call] = []
        #: Name of a forwarder → what it answers.
        self.answers: dict[str, Answer] = {}
        #: Names of forwarders that answer when they are told to.
        self.slow: set[str] = set()
        self._waiting: list[tuple[Call, Callable[[Answer], None]]] = []
        self.closed = False

    def begin(self, call: Call, then: Callable[[Answer], None]) -> None:
        self.calls.append(call)
        if call.forwarder.name in self.slow:
            self._waiting.append((call, then))
        else:
            then(self._answer(call))

    def answer_slow(self) -> None:
        """Let those answer that wait."""
        waiting, self._waiting = self._waiting, []
        for call, then in waiting:
            then(self._answer(call))

    def _answer(self, call: Call) -> Answer:
        return self.answers.get(call.forwarder.name, Answer(code=OK))

    def close(self) -> None:
        self.closed = True
