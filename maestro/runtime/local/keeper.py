"""
The keeper of one room: starts its containers, waits for them, and writes down what becomes of them.

A process of its own, started by `keepers` and independent of every other process of Maestro. It
must stay small, one runs per room: it imports nothing but the standard library.
"""

import contextlib
import math
import os
import pathlib
import selectors
import signal
import subprocess
import time

from maestro.runtime.local import containers, kinship, ledger, places, processes, records, verdicts

#: Pause after a failed attempt to write the state (the disk may be full), or to kill.
_AGAIN_S = 1.0
#: How often we look whether the folder was wiped.
_LOOK_S = 10.0


def main(room: str) -> None:
    """Keep the room in this folder, out of sight of the process that started us."""
    # The parent ends at once, so that whoever waits for it has no zombie to care for later.
    if os.fork():
        os._exit(0)
    kinship.name_self("maestro-keeper")
    kinship.adopt_orphans()
    Keeper(pathlib.Path(room)).run()


class Keeper:
    """One room, from its start to its end."""

    def __init__(self, room: pathlib.Path) -> None:
        self._room = room
        self._root = room.parent.parent
        self._identity = processes.identity(os.getpid())
        self._containers: list[containers.Container] = []
        self._running: dict[int, containers.Container] = {}
        self._is_stopping = False
        #: When patience ends with what still runs.
        self._deadline = math.inf
        self._verdict: verdicts.Verdict | None = None
        #: Of the state, not written yet.
        self._unsaved: dict[str, object] = {}
        self._selector = selectors.DefaultSelector()
        self._signals = self._listen()

    def run(self) -> None:
        """Returns when the room is over."""
        order = records.order_of(self._room)
        if order is None or not self._claim():
            return
        self._start(order)
        while self._running:
            self._wait()
            self._collect()
            self._enforce()
            if self._running:
                self._save()
        self._finish()

    def _listen(self) -> int:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        # The mask is inherited, and who started us may have blocked some in its threads.
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        self._selector.register(reader, selectors.EVENT_READ)
        return reader

    def _claim(self) -> bool:
        """Whether the room is ours: each has one keeper, however many were started."""
        with ledger.turn(self._root) as turn:
            state = records.state_of(self._room)
            if state is None or state.keeper or state.is_over:
                return False
            turn.save(self._room, state._replace(keeper=self._identity))
        return True

    def _start(self, order: records.Order) -> None:
        self._grace_s = order.grace_s
        self._alone = len(order.containers) == 1
        for wanted in order.containers:
            try:
                container = containers.start(wanted, self._room)
            except (containers.CannotStartError, subprocess.SubprocessError) as error:
                return self._decide(verdicts.failed(self._of(wanted["name"]), str(error)))
            self._containers.append(container)
            self._running[container.pid] = container
            self._selector.register(container.pipe, selectors.EVENT_READ, container)
        children = {container.name: container.identity for container in self._containers}
        self._note(status=records.READY, children=children)
        return None

    def _of(self, container: str) -> str:
        return "" if self._alone else container

    def _wait(self) -> None:
        pause = _AGAIN_S if self._unsaved else _LOOK_S
        timeout = min(self._deadline - time.monotonic(), pause)
        for key, _ in self._selector.select(max(0, timeout)):
            with contextlib.suppress(BlockingIOError):
                if key.data is None:
                    self._hear()
                elif not key.data.copy_output():
                    self._selector.unregister(key.fileobj)

    def _hear(self) -> None:
        heard = os.read(self._signals, 4096)
        if {signal.SIGTERM, signal.SIGINT} & set(heard):
            if not self._is_stopping:
                self._note(status=records.TERMINATING)
            self._stop()

    def _stop(self) -> None:
        """Ask what runs to end. Asked again: only a shorter time counts."""
        self._deadline = min(self._deadline, time.monotonic() + self._patience_s())
        if not self._is_stopping:
            self._is_stopping = True
            for container in self._running.values():
                container.ask_to_end()

    def _patience_s(self) -> float:
        with contextlib.suppress(OSError):
            state = records.state_of(self._room)
            if state and state.is_deleted:
                return state.delete_grace_s
        return self._grace_s

    def _collect(self) -> None:
        """Take note of processes that ended: containers, and orphans that we adopted."""
        while pid := _ended_child():
            container = self._running.pop(pid, None)
            if container is None:
                os.waitpid(pid, 0)
            else:
                self._decide(verdicts.of(self._of(container.name), container.collect()))

    def _decide(self, verdict: verdicts.Verdict) -> None:
        """The first container that ends decides for the room, and ends the others."""
        if self._verdict is None:
            self._verdict = verdict
            self._unsaved.update(verdict._asdict())
            self._stop()

    def _enforce(self) -> None:
        if time.monotonic() >= self._deadline or not self._room.exists():
            for container in self._running.values():
                container.kill()
            self._deadline = time.monotonic() + _AGAIN_S

    def _finish(self) -> None:
        while strays := kinship.children():
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)
        for container in self._containers:
            container.close()
        self._note(exits={each.name: each.exit_code for each in self._containers}, is_over=True)
        while self._unsaved:
            time.sleep(_AGAIN_S)
            self._save()

    def _note(self, **changes: object) -> None:
        self._unsaved.update(changes)
        self._save()

    def _save(self) -> None:
        """Write what is not written yet; on failure, the next call tries again."""
        if not self._unsaved:
            return
        with contextlib.suppress(OSError):
            # A folder that was wiped: nobody knows this room any more.
            if self._room.exists():
                with ledger.turn(self._root) as turn:
                    self._write(turn)
            self._unsaved.clear()

    def _write(self, turn: ledger.Turn) -> None:
        state = records.state_of(self._room)
        if state is None or state.keeper != self._identity:
            return
        changes = dict(self._unsaved)
        if state.is_deleted:
            # What Maestro said last stands: the room is terminating, for the reason given.
            changes.pop("status", None)
            changes.pop("description", None)
        state = turn.save(self._room, state._replace(**changes))  # type: ignore[arg-type]
        if state.is_deleted and state.is_over:
            places.remove_room(turn, self._room)


def _ended_child() -> int:
    """A child that ended and was not waited for; 0 if there is none."""
    with contextlib.suppress(ChildProcessError):
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return ended.si_pid if ended else 0
    return 0
