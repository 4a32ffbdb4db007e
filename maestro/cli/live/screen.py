"""
The table on a terminal: drawn over and over below what was printed before. It
changes no mode of the terminal, not even the cursor, so that nothing has to be restored however
we end.
"""

import collections
import contextlib
import os
import threading
from collections.abc import Mapping
from typing import TextIO

from rich import console, control, live

from maestro.cli.live import board, overview, poller
from maestro.cli.remote.asking import Api

PER_SECOND = 4
#: Printed at the end, when nothing is drawn over any more.
LAST_LINES = 40


class Screen(live.Live):
    """The table on a terminal. Drawing has a thread of its own, so no line waits for it."""

    def __init__(
        self, output: TextIO, fleets: poller.Poller, places: Mapping[str, str], *, ending: str
    ) -> None:
        self._events: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
        self._guard = threading.Lock()
        self._fleets = fleets
        self._places = places
        self._ending = ending
        # What is no terminal for rich, for whatever reason, never comes here.
        terminal = console.Console(file=output, force_terminal=True, force_interactive=True)
        self._size = terminal.size
        super().__init__(
            console=terminal,
            transient=True,
            refresh_per_second=PER_SECOND,
            vertical_overflow="crop",
            get_renderable=self._draw,
        )

    def take(self, line: str) -> None:
        """Note that something happened."""
        with self._guard:
            self._events.append(line)

    def last(self) -> list[str]:
        """The last lines."""
        with self._guard:
            return list(self._events)

    def start(self, refresh: bool = False) -> None:
        with contextlib.suppress(OSError):
            super().start(refresh)
            self.console.show_cursor()

    def refresh(self) -> None:
        # A closed terminal is no reason to leave the processes alone.
        with contextlib.suppress(OSError):
            super().refresh()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            super().stop()

    def _draw(self) -> console.RenderableType:
        size = self.console.size
        if size != self._size:
            # The terminal moved our lines to where we do not find them.
            self._size = size
            self.console.control(control.Control.clear(), control.Control.home())
        shown = overview.Overview(
            fleets=self._fleets.fleets,
            answers=self._fleets.answers,
            events=tuple(self.last()),
            places=self._places,
            ending=self._ending,
        )
        return board.render(shown, width=size.width, height=size.height - 1)


def is_possible(output: TextIO) -> bool:
    """Whether lines can be drawn over."""
    return output.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def follow(api: Api, output: TextIO) -> None:
    """Show the fleets of an API until Ctrl-C. Raises Away and Refused when it does not tell."""
    api.get("schedulers", "info")
    fleets = poller.Poller(api)
    screen = Screen(output, fleets, {"Management API": api.url}, ending="Ctrl-C ends this")
    try:
        fleets.start()
        screen.start()
        threading.Event().wait()
    except KeyboardInterrupt:
        # That is how one ends to look.
        pass
    finally:
        fleets.close()
        screen.stop()
