"""
How many rooms a fleet should have: fixed, or following demand by a policy (contract 5.2, 5.3).

Pure and exact. A new policy is a module beside these, and one line in `POLICIES`.
"""

import dataclasses
import datetime
from collections.abc import Mapping

from maestro.domain.autoscaling import fixed_buffer, room_occupancy
from maestro.domain.autoscaling.load import Load
from maestro.domain.autoscaling.policy import Policy, Shrinking, Wish
from maestro.domain.schedulers import Autoscaling, Scheduler

POLICIES: Mapping[str, Policy] = {
    "roomOccupancy": room_occupancy,
    "fixedBuffer": fixed_buffer,
}

#: What stands for the policy of a fleet of fixed size.
FIXED = "roomsReplicas"
#: Numbers of rooms have 32 bits on the wire, whatever rooms say of their matches.
MOST_ROOMS = 2**31 - 1


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How many rooms a fleet should have, and how that came about."""

    policy: str
    wish: Wish
    desired: int
    #: What changed the wish, in words.
    bounds: tuple[str, ...] = ()


def size_of(scheduler: Scheduler, load: Load) -> Size:
    """What the scheduler wants for such a load."""
    scaling = scheduler.autoscaling
    if scaling is None or not scaling.enabled:
        replicas = scheduler.rooms_replicas
        wish = Wish(rooms=replicas, formula=FIXED, inputs={FIXED: replicas})
        return Size(policy=FIXED, wish=wish, desired=replicas)
    wish = POLICIES[scaling.policy.type].wish(scaling.policy.parameters, load)
    wish = dataclasses.replace(wish, rooms=min(wish.rooms, MOST_ROOMS))
    if wish.rooms < scaling.min:
        bound = (f"raised to min {scaling.min}",)
        return Size(policy=scaling.policy.type, wish=wish, desired=scaling.min, bounds=bound)
    if 0 <= scaling.max < wish.rooms:
        bound = (f"lowered to max {scaling.max}",)
        return Size(policy=scaling.policy.type, wish=wish, desired=scaling.max, bounds=bound)
    return Size(policy=scaling.policy.type, wish=wish, desired=wish.rooms)


def may_shrink(
    scheduler: Scheduler, load: Load, size: Size, *, now: datetime.datetime
) -> Shrinking:
    """Whether a fleet that is larger than its size may become smaller now."""
    scaling = scheduler.autoscaling
    if scaling is None or not scaling.enabled:
        return Shrinking(allowed=True, reason="")
    answer = POLICIES[size.policy].may_shrink(scaling.policy.parameters, load, size.wish)
    if not answer.allowed:
        return Shrinking(allowed=False, reason=f"down threshold: {answer.reason}")
    until = _cooldown_until(scaling, scheduler.last_downscale_at)
    if until and until > now:
        return Shrinking(allowed=False, reason=f"cooldown until {until:%H:%M:%S} UTC")
    return answer


def _cooldown_until(
    scaling: Autoscaling, last: datetime.datetime | None
) -> datetime.datetime | None:
    return last + datetime.timedelta(seconds=scaling.cooldown_s) if last else None
