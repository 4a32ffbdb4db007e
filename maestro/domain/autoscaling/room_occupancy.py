"""
Keep a share of all match slots free (contract 5.2, 5.3).

Fractions, as a float would now and then add a room: 35 matches at 0.3 are 50 rooms, not 51.
"""

from fractions import Fraction
from math import ceil

from maestro.domain.autoscaling.load import Load
from maestro.domain.autoscaling.policy import Shrinking, Wish
from maestro.domain.schedulers import PolicyParameters, RoomOccupancy


def wish(parameters: PolicyParameters, load: Load) -> Wish:
    """So many rooms that, with all matches running, the target share of slots is free."""
    target = _occupancy(parameters).ready_target
    slots = ceil(load.matches / (1 - Fraction(target)))
    return Wish(
        rooms=ceil(Fraction(slots, load.max_matches)),
        formula=f"ceil(ceil({load.matches} / (1 - {target})) / {load.max_matches})",
        inputs={
            "matches": load.matches,
            "maxMatches": load.max_matches,
            "readyTarget": float(target),
            "freeSlots": load.free_slots,
        },
    )


def may_shrink(parameters: PolicyParameters, load: Load, wish: Wish) -> Shrinking:
    """Only when clearly more slots are free than wanted, so that a fleet does not swing."""
    occupancy = _occupancy(parameters)
    wanted = ceil(wish.rooms * load.max_matches * Fraction(occupancy.ready_target))
    threshold = occupancy.down_threshold
    free = load.free_slots
    return Shrinking(
        allowed=free != 0 and Fraction(wanted, free) <= Fraction(threshold),
        reason=f"{wanted} slots wanted free / {free} free, at most {threshold}",
    )


def _occupancy(parameters: PolicyParameters) -> RoomOccupancy:
    if parameters.room_occupancy is None:
        raise ValueError("no parameters of roomOccupancy")
    return parameters.room_occupancy
