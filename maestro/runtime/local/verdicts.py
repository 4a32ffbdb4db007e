"""
What the end of a container says about its room.

Known to the keeper: nothing but the standard library is imported here.
"""

import signal
from typing import NamedTuple

from maestro.runtime.local import records


class Verdict(NamedTuple):
    """How a room ended, and why."""

    status: str
    description: str


def of(container: str, exit_code: int) -> Verdict:
    """The verdict on an exit code; `container` is named where the room has several."""
    if exit_code == 0:
        return Verdict(records.TERMINATING, _about(container, "Completed"))
    return failed(container, reason(exit_code))


def failed(container: str, why: str) -> Verdict:
    """The verdict when a container failed, or could not be started."""
    return Verdict(records.ERROR, _about(container, why))


def reason(exit_code: int) -> str:
    """Why a process ended, in words."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    number = -exit_code
    known = number in set(signal.Signals)
    name = f" ({signal.Signals(number).name})" if known else ""
    return f"killed by signal {number}{name}"


def _about(container: str, text: str) -> str:
    return f'container "{container}": {text}' if container else text
