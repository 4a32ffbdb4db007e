"""
Rounds through the rooms, for what nobody tells: keepers that were killed, and deletions that were
interrupted.
"""

import datetime
import pathlib
from collections.abc import Iterable

from maestro.runtime.local import places, processes, records, removal

#: A keeper takes its room over within this time, however busy the machine is.
START_S = 60.0


def go(schedulers: Iterable[pathlib.Path], *, now: datetime.datetime) -> None:
    """Write down of all rooms there what their keepers could not; end those that are marked."""
    lost = []
    for place in schedulers:
        for room in places.below(place):
            state = records.state_of(room)
            if state is None:
                continue
            if _is_lost(room, state, now) or (state.is_deleted and not removal.is_told(state)):
                lost.append(room)
    removal.bury(lost)


def _is_lost(room: pathlib.Path, state: records.State, now: datetime.datetime) -> bool:
    if state.is_over:
        return state.is_deleted
    if state.keeper:
        return not processes.is_running(state.keeper)
    order = records.order_of(room)
    return order is not None and _age_s(order, now) > START_S


def _age_s(order: records.Order, now: datetime.datetime) -> float:
    return (now - datetime.datetime.fromisoformat(order.created_at)).total_seconds()
