"""The rooms outlive what started them, so they are ended by a command of their own."""

import subprocess
import sys
import threading
from collections.abc import Mapping

GRACE_S = 3
DEADLINE_S = 4.5
POLL_S = 0.05


def stop_all(env: Mapping[str, str], *, hurry: threading.Event) -> None:
    """End all rooms of the folder; in a hurry, without a grace period."""
    if not hurry.is_set() and command(env, GRACE_S, hurry=hurry):
        return
    command(env, 0, hurry=threading.Event())


def command(env: Mapping[str, str], grace_s: int, *, hurry: threading.Event) -> bool:
    """Run it within its time; False when it was given up."""
    stop = [sys.executable, "-m", "maestro", "rooms", "stop-all", "--timeout", str(grace_s)]
    child = subprocess.Popen(  # noqa: S603
        stop, env=dict(env), stdin=subprocess.DEVNULL, start_new_session=True
    )
    waited = 0.0
    while child.poll() is None and waited < DEADLINE_S and not hurry.wait(POLL_S):
        waited += POLL_S
    if child.poll() is None:
        child.kill()
        child.wait()
        return False
    return True
