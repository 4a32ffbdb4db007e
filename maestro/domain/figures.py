"""What a health check saw of a fleet, in numbers: for those who draw curves of it. Pure."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from maestro.domain.decisions import Decision
from maestro.domain.health import Verdict
from maestro.domain.rooms import InstanceStatus, Room
from maestro.domain.schedulers import Scheduler

#: Name of a metric → its series: the values of its labels, in their order, and its value.
Report = Mapping[str, Sequence[tuple[tuple[str, ...], float]]]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Numbers of one fleet at one moment; None for what it does not have, or nobody decided."""

    instances: Mapping[InstanceStatus, int]
    running_matches: int
    max_matches: int
    ready_target: float | None
    fixed_buffer: int | None
    desired_rooms: int | None
    current_rooms: int | None
    #: Rooms that should be gone by now, and rooms that end and are within their time.
    termination_timeouts: int
    properly_terminated: int


def figures_of(
    scheduler: Scheduler,
    rooms: Iterable[Room],
    verdicts: Mapping[str, Verdict],
    decision: Decision | None,
) -> Figures:
    """The numbers of a fleet, given what is made of each of its rooms."""
    rooms = list(rooms)
    instances = Counter(room.instance_status for room in rooms)
    made_of = Counter(verdicts[room.id] for room in rooms)
    return Figures(
        instances={status: instances[status] for status in InstanceStatus},
        running_matches=sum(room.running_matches for room in rooms),
        max_matches=scheduler.match_allocation.max_matches,
        ready_target=_ready_target(scheduler),
        fixed_buffer=_fixed_buffer(scheduler),
        desired_rooms=decision.desired if decision else None,
        current_rooms=decision.available if decision else None,
        termination_timeouts=made_of[Verdict.NOT_TERMINATED],
        properly_terminated=made_of[Verdict.LEAVING],
    )


def _ready_target(scheduler: Scheduler) -> float | None:
    scaling = scheduler.autoscaling
    occupancy = scaling.policy.parameters.room_occupancy if scaling and scaling.enabled else None
    return float(occupancy.ready_target) if occupancy else None


def _fixed_buffer(scheduler: Scheduler) -> int | None:
    scaling = scheduler.autoscaling
    buffer = scaling.policy.parameters.fixed_buffer if scaling and scaling.enabled else None
    return buffer.amount if buffer else None
