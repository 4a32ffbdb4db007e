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
    state = _marked(room, uid=uid, grace_s=grace_s, reason=reason)
    if state and not is_told(state):
        bury([room])
    return state is not None


def end_all(rooms: Iterable[pathlib.Path], *, reason: str, most_s: float = math.inf) -> None:
    """Have rooms end, within their own grace periods and `most_s`; returns at once."""
    untold = []
    for room in rooms:
        if order := records.order_of(room):
            grace_s = min(order.grace_s, most_s)
            state = _marked(room, uid=order.uid, grace_s=grace_s, reason=reason)
            if state and not is_told(state):
                untold.append(room)
    bury(untold)


def _marked(room: pathlib.Path, *, uid: str, grace_s: float, reason: str) -> records.State | None:
    """Mark a room, or remove it if nothing of it runs; None if there is no such room."""
    with ledger.turn(room.parent.parent) as turn:
        order, state = records.order_of(room), records.state_of(room)
        if order is None or state is None or uid not in ("", order.uid):
            return None
        if state.is_over or not state.keeper:
            places.remove_room(turn, room)
            return state._replace(is_over=True)
        return mark(turn, room, state, grace_s=grace_s, reason=reason)


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


def is_told(state: records.State) -> bool:
    """Tell the keeper of a marked room; False when somebody else must do its work."""
    if state.is_over:
        return True
    if state.delete_grace_s <= 0:
        processes.send(state.keeper, signal.SIGKILL)
        return False
    return processes.send(state.keeper, signal.SIGTERM)


def bury(rooms: Iterable[pathlib.Path]) -> None:
    """Bring rooms to their end whose keepers were killed, or never were."""
    orders = {room: order for room in rooms if (order := records.order_of(room))}
    if not orders:
        return
    known = [state for room in orders if (state := records.state_of(room))]
    survivors.end(
        uids={order.uid for order in orders.values()},
        known=[who for state in known for who in (state.keeper, *state.children.values())],
    )
    for room, order in orders.items():
        with ledger.turn(room.parent.parent) as turn:
            _conclude(turn, room, order.uid)


def _conclude(turn: ledger.Turn, room: pathlib.Path, uid: str) -> None:
    order, state = records.order_of(room), records.state_of(room)
    if order is None or state is None or order.uid != uid or processes.is_running(state.keeper):
        return
    if state.is_deleted:
        places.remove_room(turn, room)
    elif not state.is_over:
        why = DISAPPEARED if state.keeper else NEVER_STARTED
        turn.save(room, state._replace(status=records.ERROR, description=why, is_over=True))
