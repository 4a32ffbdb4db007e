"""
The processes of the Procfile under honcho's manager. One that ends unasked ends all of them; they
are stopped in order: first who takes requests, then who plans work, then who does it.
"""

import datetime
import functools
import pathlib
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from honcho import environ, manager, process
from honcho.printer import Message

from maestro.cli.development import groups, printer

#: Names and seconds; whoever is not named belongs to the last stage.
STAGES = (
    ({"management-api", "rooms-api", "flower"}, 3.0),
    ({"beat"}, 1.0),
    ({"worker", "runtime-watcher", "metrics-reporter"}, 4.0),
    (None, 3.0),
)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ASKED = "asked to stop (Ctrl-C again: at once)"
#: Processes that write faster than a terminal shows have to wait.
QUEUED_LINES = 10_000


def procfile() -> Mapping[str, str]:
    """The command of each process."""
    file = pathlib.Path(__file__).with_name("Procfile")
    return dict(environ.parse_procfile(file.read_text()).processes)


class Process(process.Process):  # type: ignore[misc]
    """One process, in a session of its own, so that Ctrl-C reaches only us."""

    def __init__(self, cmd: str, *, started: Callable[[str, int], None], **options: Any) -> None:
        # Without a shell in between, signals reach the process itself.
        super().__init__(f"exec {cmd}", **options)
        self._child_ctor = functools.partial(process.Popen, stdin=subprocess.DEVNULL)
        self._started = started

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Report the start, each line, and the end, even if somebody inherited our pipe."""
        self._events = events
        self._child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._started(self.name, self._child.pid)
        self._send_message({"pid": self._child.pid}, type="start")
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        self._child.wait()
        reader.join(timeout=1)
        self._send_message({"returncode": self._child.returncode}, type="stop")

    def _read(self) -> None:
        with self._child.stdout as output:
            for line in output:
                self._send_message(line)


class Manager(manager.Manager):  # type: ignore[misc]
    """Runs the processes until they are asked to stop, or one of them ends."""

    def __init__(
        self, screen: printer.Printer, *, started: Callable[[str, int], None] = lambda *_: None
    ) -> None:
        super().__init__(screen)
        self._process_ctor = functools.partial(Process, started=started)
        # Threads wait for the processes. Honcho's forks would outlive a kill of ours.
        self.events: queue.Queue[Message] = queue.Queue(QUEUED_LINES)
        #: Why everything stops, when nobody asked for it.
        self.failure: str | None = None
        #: Somebody asked a second time.
        self.hurry = threading.Event()
        self._asked = False
        self._terminating = False

    def say(self, text: str) -> None:
        """Show something among the lines of the processes."""
        self.events.put(
            Message(
                type="line",
                data=text,
                time=datetime.datetime.now(),
                name=manager.SYSTEM_PRINTER_NAME,
                colour=None,
            )
        )

    def fail(self, reason: str) -> None:
        """Stop, as the rest is of no use without what failed."""
        self.failure = self.failure or reason
        self.terminate()

    def terminate(self) -> None:
        """Begin the stop; honcho calls this also when a process ended by itself."""
        if self._terminating:
            return
        self._terminating = True
        if not self._asked:
            self.failure = self.failure or self._obituary()
        threading.Thread(target=self._stop_in_order, daemon=True).start()

    def kill(self) -> None:
        """Nothing: honcho has one deadline for all, each of our stages has its own."""

    def finish(self) -> None:
        """Make sure that nothing is left, whatever happened."""
        groups.kill(self._pids().values())

    def _pids(self) -> dict[str, int]:
        known = self._processes.items()
        return {name: entry["pid"] for name, entry in known if "pid" in entry}

    def _start(self) -> None:
        when_asked_to_stop(self._on_signal)
        for entry in self._processes.values():
            threading.Thread(target=entry["obj"].run, args=(self.events,), daemon=True).start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            self.hurry.set()
        self._asked = True
        self.terminate()

    def _stop_in_order(self) -> None:
        self.say(f"{(self.failure or ASKED).partition(chr(10))[0]}; everything stops")
        while not self._all_started():
            self.hurry.wait(groups.POLL_S)
        left = self._pids()
        for names, seconds in STAGES:
            stage = {pid for name, pid in left.items() if names is None or name in names}
            groups.stop(stage, seconds=seconds, hurry=self.hurry)
            left = {name: pid for name, pid in left.items() if pid not in stage}

    def _obituary(self) -> str | None:
        for name, entry in self._processes.items():
            if "returncode" in entry:
                return f"{name} {ending(entry['returncode'])}\n{self._printer.tail(name)}"
        return None


def when_asked_to_stop(handler: Callable[[int, FrameType | None], object]) -> None:
    """Call this for every way to ask; but `nohup` keeps its meaning."""
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def ending(returncode: int) -> str:
    """How a process ended."""
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended unexpectedly with exit code {returncode}"
