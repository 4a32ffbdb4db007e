"""
How rooms end: they are marked on disk first, then their keeper is told.

Whatever is interrupted in between is found by its mark (`rounds`).
"""

import math
import pathlib
import signal
from collections.abc import Iterable

from maestro.runtime.local import ledger, places, processes, records, survivors

DISAPPEARED = "disappeared"
NEVER_STARTED = "was never started"


def end(room: pathlib.Path, *, uid: str, grace_s: float, reason: str) -> bool:
    """
    Have a room end, and removed after that; returns at once. False when it does not exist.

    Without a grace period it is killed together with its keeper, which may be frozen.
    """
    with ledger.turn(room.parent.parent) as turn:
        order, state = records.order_of(room), records.state_of(room)
        if order is None or state is None or uid not in ("", order.uid):
            return False
        if state.is_over or not state.keeper:
            places.remove_room(turn, room)
            return True
        state = mark(turn, room, state, grace_s=grace_s, reason=reason)
    tell(room, state)
    return True


def end_all(place: pathlib.Path, *, reason: str, most_s: float = math.inf) -> None:
    """Have all rooms of a scheduler end, within their own grace periods and `most_s`."""
    for room in places.below(place):
        if order := records.order_of(room):
            end(room, uid=order.uid, grace_s=min(order.grace_s, most_s), reason=reason)


def mark(
    turn: ledger.Turn, room: pathlib.Path, state: records.State, *, grace_s: float, reason: str
) -> records.State:
    """Mark a room for removal; only a shorter grace period changes a mark."""
    if state.is_deleted and state.delete_grace_s <= grace_s:
        return state
    return turn.save(
        room,
        state._replace(
            status=records.TERMINATING,
            description=reason,
            is_deleted=True,
            delete_grace_s=grace_s,
        ),
    )


def tell(room: pathlib.Path, state: records.State) -> None:
    """Tell the keeper of a marked room; do its work if there is none."""
    if state.delete_grace_s <= 0:
        processes.send(state.keeper, signal.SIGKILL)
    elif processes.send(state.keeper, signal.SIGTERM):
        return
    bury([room])


def bury(rooms: Iterable[pathlib.Path]) -> None:
    """Bring rooms to their end whose keepers were killed, or never were."""
    orders = {room: order for room in rooms if (order := records.order_of(room))}
    states = {room: records.state_of(room) for room in orders}
    survivors.end({order.uid: list(_children(states[room])) for room, order in orders.items()})
    for room, order in orders.items():
        with ledger.turn(room.parent.parent) as turn:
            _conclude(turn, room, order.uid)


def _children(state: records.State | None) -> Iterable[str]:
    return state.children.values() if state else ()


def _conclude(turn: ledger.Turn, room: pathlib.Path, uid: str) -> None:
    order, state = records.order_of(room), records.state_of(room)
    if order is None or state is None or order.uid != uid or processes.is_running(state.keeper):
        return
    if state.is_deleted:
        places.remove_room(turn, room)
    elif not state.is_over:
        why = DISAPPEARED if state.keeper else NEVER_STARTED
        turn.save(room, state._replace(status=records.ERROR, description=why, is_over=True))
