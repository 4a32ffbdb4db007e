"""Every call that a worker makes of a port is a step, at which something can be made to happen."""

from collections.abc import Callable
from typing import Any

#: After this every lease of a worker that died is over.
LEASE_S = 16


class Dead(BaseException):
    """The worker is gone, and says nothing more."""


class Steps:
    """Counts what workers ask of ports, and does something at one of these calls."""

    def __init__(self) -> None:
        self.count = 0
        self.running = False
        self.at: int | None = None
        self.action: Callable[[], object] = int
        self.after = False

    def watch(self, port: Any) -> Any:
        return _Watched(port, self)

    def take(self, call: Callable[[], object]) -> object:
        if not self.running:
            return call()
        is_it = self.count == self.at
        self.count += 1
        if is_it and not self.after:
            self.action()
        answer = call()
        if is_it and self.after:
            self.action()
        return answer


class _Watched:
    def __init__(self, port: Any, steps: Steps) -> None:
        self._port = port
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        return lambda *args, **options: self._steps.take(lambda: found(*args, **options))


def die() -> None:
    """What a worker does whose process is killed."""
    raise Dead
