"""How many rooms whoever maintains nodes has to leave running (contract 6.2, decision 30). Pure."""

from decimal import Decimal

LEAST_SAFETY = Decimal("0.05")


def protected_rooms(rooms: int, *, safety: float) -> int:
    """
    All but the share `safety` of a fleet, rounded down; none of a single room, which could never
    be moved otherwise.
    """
    share = Decimal(str(safety))
    if not LEAST_SAFETY <= share < 1:
        share = LEAST_SAFETY
    return int(rooms * (1 - share)) if rooms >= 2 else 0
