"""Ending all rooms of a folder, by files and processes alone: no store is needed for it."""

import datetime
import pathlib
import time
from collections.abc import Callable

from maestro.runtime.local import places, removal, rounds

REASON = "Maestro is stopped"
_POLL_S = 0.05


def stop_all(
    root: pathlib.Path,
    *,
    installation: str | None,
    timeout_s: float,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """
    End and remove all rooms of one installation, or of all; what is not over in time is killed.

    The schedulers' folders stay.
    """
    deadline = time.monotonic() + timeout_s
    _end(root, installation, most_s=max(timeout_s, 0))
    while _is_anything_left(root, installation):
        if time.monotonic() >= deadline:
            return _end(root, installation, most_s=0)
        rounds.go(places.schedulers(root, installation), now=datetime.datetime.now(datetime.UTC))
        wait(_POLL_S)
    return None


def _end(root: pathlib.Path, installation: str | None, *, most_s: float) -> None:
    rooms = [
        room for place in places.schedulers(root, installation) for room in places.below(place)
    ]
    removal.end_all(rooms, reason=REASON, most_s=most_s)


def _is_anything_left(root: pathlib.Path, installation: str | None) -> bool:
    return any(places.below(place) for place in places.schedulers(root, installation))
