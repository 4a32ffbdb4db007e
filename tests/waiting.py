"""Waiting for what other threads, processes or servers do, with an end to it."""

import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: A real cluster pulls images, and takes its time to let namespaces go.
PATIENCE_S = 120.0 if os.environ.get("MAESTRO_TEST_KUBECONFIG") else 10.0


def eventually(
    condition: Callable[[], T],
    *,
    within_s: float = PATIENCE_S,
    every_s: float = 0.005,
    explain: Callable[[], str] = str,
) -> T:
    """What `condition` answers once that is true of anything; explains when it never is."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {answer!r} after {within_s} s\n{explain()}")
        pause.wait(every_s)
    return answer
