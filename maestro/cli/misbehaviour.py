"""
What a room should not do, done on demand: `maestro demo-room --misbehave KIND[=SECONDS]`.

For seeing how Maestro heals a fleet, and for the tests that prove it.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import click

from maestro.client import RoomClient

KINDS = {
    "never-ready": "say nothing at all",
    "silent": "stop pinging",
    "wrong-status": "ping a status that does not exist",
    "crash": "exit with code 1",
    "exit": "exit with code 0",
    "freeze": "stop itself with SIGSTOP",
    "occupied": "become occupied for ever",
    "ignore-sigterm": "ping on and go on when asked to end",
}
HELP = "Repeatable; after so many seconds: " + "; ".join(
    f"{kind}: {text}" for kind, text in KINDS.items()
)
WRONG = "happy"
A_DAY_S = 86400.0


class Misbehaviour(NamedTuple):
    """What to do wrong, and how many seconds after the start."""

    kind: str
    after_s: float


class MisbehaviourType(click.ParamType[Misbehaviour]):
    """`crash=5` or, for what happens at once, `never-ready`."""

    name = "KIND[=SECONDS]"

    def convert(self, value: Any, param: Any, ctx: Any) -> Misbehaviour:
        kind, _, seconds = str(value).partition("=")
        if kind not in KINDS:
            self.fail(f"{kind!r} is none of {', '.join(KINDS)}", param, ctx)
        try:
            return Misbehaviour(kind, max(0.0, float(seconds or 0)))
        except ValueError:
            self.fail(f"{seconds!r} is no number of seconds", param, ctx)


class BadRoomClient(RoomClient):
    """One whose pings stop being heard, or make no sense, when a kind of misbehaviour says so."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._silent = False
        self._wrong = False

    def say(self, status: str, **told: Any) -> None:
        super().say("" if self._silent else WRONG if self._wrong else status, **told)

    def end(self) -> None:
        # Neither does it say good bye.
        if self._silent:
            self.say("")
        else:
            super().end()

    def be_silent(self) -> None:
        """Say nothing from now on."""
        self._silent = True
        self.say("")

    def be_wrong(self) -> None:
        """Say nonsense from now on."""
        self._wrong = True
        self.say(WRONG)


def arrange(misbehaviours: Sequence[Misbehaviour], room: BadRoomClient) -> None:
    """Let each happen in its time."""
    actions: dict[str, Callable[[], object]] = {
        "never-ready": room.be_silent,
        "silent": room.be_silent,
        "wrong-status": room.be_wrong,
        "crash": lambda: os._exit(1),
        "exit": lambda: os._exit(0),
        "freeze": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    }
    for kind, after_s in misbehaviours:
        if kind == "ignore-sigterm":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        elif kind in actions and not after_s:
            actions[kind]()
        elif kind in actions:
            timer = threading.Timer(after_s, actions[kind])
            timer.daemon = True
            timer.start()


def plan(misbehaviours: Sequence[Misbehaviour]) -> Iterator[tuple[int, float]] | None:
    """How many matches run, and for how many seconds; None: as a good room does."""
    for kind, after_s in misbehaviours:
        if kind == "occupied":
            return iter([(0, after_s), (1, A_DAY_S)])
    return None
