"""Parts of which a process has one, whichever thread asks first."""

import functools
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Building one part asks for others.
_building = threading.RLock()


def once(build: Callable[[], T]) -> Callable[[], T]:
    """Build it when it is first asked for; who asks meanwhile waits. `functools.cache` does not."""
    built = functools.cache(build)

    @functools.wraps(build)
    def get() -> T:
        with _building:
            return built()

    return get
