"""Following what happens to rooms, by looking often at the number of the last change."""

import pathlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from maestro.errors import Unavailable
from maestro.ports.runtime import TICK_S, ChangeKind, InstanceChange
from maestro.runtime.local import instances, ledger, records

POLL_S = 0.1
#: How often keepers are looked after that may have been killed.
ROUND_S = 1.0


class Watch:
    """One watch, from one number on."""

    def __init__(
        self,
        root: pathlib.Path,
        *,
        after: str,
        installation: str,
        go_round: Callable[[], None],
        wait: Callable[[float], None],
    ) -> None:
        self._root = root
        self._version = _parse(after)
        self._installation = installation
        self._go_round = go_round
        self._wait = wait

    def changes(self, timeout_s: float) -> Generator[Sequence[InstanceChange], None, None]:
        """What happens until the time is over."""
        seen: bytes | None = None
        told_at = time.monotonic()
        end = told_at + timeout_s
        next_round = 0.0
        while True:
            now = time.monotonic()
            if now >= next_round:
                self._go_round()
                next_round = now + ROUND_S
            glance = ledger.glance(self._root)
            if glance != seen or now - told_at >= TICK_S:
                news = self._news() if glance != seen else []
                seen, told_at = glance, now
                yield news
            if now >= end:
                return
            self._wait(min(POLL_S, end - now))

    def _news(self) -> list[InstanceChange]:
        floor, newest = ledger.bounds(self._root)
        if not floor <= self._version <= newest:
            raise Unavailable(f"no watch can continue from {self._version}: list again")
        # What is newer than `newest` comes next time, together with what else happened then.
        news = [
            (version, change)
            for version, change in (*self._present(), *self._gone())
            if self._version < version <= newest
        ]
        self._version = newest
        return [change for _, change in sorted(news, key=lambda each: each[0])]

    def _present(self) -> Iterator[tuple[int, InstanceChange]]:
        for order, state in instances.present(self._root, self._installation):
            yield state.version, _change(ChangeKind.PRESENT, order, state)

    def _gone(self) -> Iterator[tuple[int, InstanceChange]]:
        for order, state in ledger.gone(self._root, after=self._version):
            if order.installation == self._installation:
                yield state.version, _change(ChangeKind.GONE, order, state)


def _change(kind: ChangeKind, order: records.Order, state: records.State) -> InstanceChange:
    return InstanceChange(kind=kind, instance=instances.instance(order, state))


def _parse(version: str) -> int:
    try:
        return int(version)
    except ValueError as error:
        raise Unavailable(f"{version!r} is no place to continue from: list again") from error
