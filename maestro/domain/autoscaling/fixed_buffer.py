"""
Keep a number of rooms beyond those in use (contract 5.2, 5.3).

A room that hosts several matches is in use from its first one: a buffer of rooms that others play
in already would be none for a match that needs a room.
"""

from maestro.domain.autoscaling.load import Load
from maestro.domain.autoscaling.policy import Shrinking, Wish
from maestro.domain.schedulers import FixedBuffer, PolicyParameters


def wish(parameters: PolicyParameters, load: Load) -> Wish:
    """All rooms in use, and the buffer."""
    amount = _buffer(parameters).amount
    return Wish(
        rooms=load.in_use + amount,
        formula=f"{load.in_use} + {amount}",
        inputs={"roomsInUse": load.in_use, "amount": amount},
    )


def may_shrink(parameters: PolicyParameters, load: Load, wish: Wish) -> Shrinking:
    """Whenever there are more."""
    _buffer(parameters)
    return Shrinking(
        allowed=load.rooms > wish.rooms, reason=f"{load.rooms} rooms, {wish.rooms} wanted"
    )


def _buffer(parameters: PolicyParameters) -> FixedBuffer:
    if parameters.fixed_buffer is None:
        raise ValueError("no parameters of fixedBuffer")
    return parameters.fixed_buffer
