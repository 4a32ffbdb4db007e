"""
What to do about the size of a fleet: add rooms, remove some, or replace older ones.

Brings together how many rooms are wanted (`autoscaling`), which are of the wrong version
(`rollout`) and which cannot be created (`shortage`), and says why. Pure.
"""

import dataclasses
import datetime
from collections.abc import Collection, Sequence

from maestro.domain import autoscaling, rollout, shortage
from maestro.domain.autoscaling import Size
from maestro.domain.autoscaling.load import Load, load_of
from maestro.domain.decisions import Decision
from maestro.domain.operations import RemovalReason
from maestro.domain.rollout import Progress, Step, Survey
from maestro.domain.rooms import Room
from maestro.domain.schedulers import Scheduler
from maestro.domain.shortage import Shortage

PAUSED = "the fleet is paused"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """Everything that the size of a fleet is decided by."""

    scheduler: Scheduler
    #: Those that count.
    rooms: Sequence[Room]
    #: Ids of those of which nobody knows how they are.
    silent: Collection[str] = ()
    #: Versions of which rooms are to be replaced.
    old_versions: Collection[str] = ()
    #: Why no rooms may be created, and why none may be removed; empty when they may.
    no_additions: str = ""
    no_removals: str = ""
    #: How long matches in older rooms are waited for.
    match_timeout_s: float
    progress: Progress | None = None
    shortage: Shortage | None = None
    now: datetime.datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be done now; at most one of the three."""

    decision: Decision
    add: int = 0
    #: How many more are wanted, but cannot be created as it seems.
    held_back: int = 0
    remove: int = 0
    #: Rooms to remove although players are in them.
    evict: tuple[str, ...] = ()
    reason: RemovalReason = RemovalReason.SCALE_DOWN
    #: What a rollout that is under way waits for.
    waits_for: str = ""
    progress: Progress | None = None
    shortage: Shortage | None = None

    @property
    def is_downscale(self) -> bool:
        """Whether a cooldown begins with it."""
        return bool(self.remove) and self.reason is RemovalReason.SCALE_DOWN


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """What a view comes to."""

    load: Load
    size: Size
    survey: Survey
    surge: int


def plan(view: View, *, resumed_at: datetime.datetime | None = None) -> Plan:
    """What to do about the fleet now, and why."""
    seen = _look(view)
    progress = rollout.with_progress(
        view.progress,
        seen.survey,
        to=view.scheduler.version,
        old_versions=view.old_versions,
        now=view.now,
    )
    missing = _missing(seen, is_rollout=progress is not None and not _stands_still(view))
    short = shortage.standing(
        view.shortage, version=view.scheduler.version, missing=missing, resumed_at=resumed_at
    )
    add = 0 if view.no_additions else shortage.addable(missing, short, now=view.now)
    if progress is None or _stands_still(view):
        planned = _resize(view, seen, missing=missing, add=add, short=short)
    else:
        planned, progress = _replace(view, seen, progress, missing=missing, add=add, short=short)
    return dataclasses.replace(planned, progress=progress, shortage=short)


def while_paused(view: View) -> Decision:
    """What is decided about a fleet that is to be left alone: nothing, and that is told."""
    paused = dataclasses.replace(view, no_additions=PAUSED, no_removals=PAUSED)
    return plan(paused).decision


def _look(view: View) -> _Seen:
    matches = view.scheduler.match_allocation.max_matches
    load = load_of(view.rooms, max_matches=matches, now=view.now)
    size = autoscaling.size_of(view.scheduler, load)
    survey = rollout.survey(
        view.rooms, old_versions=view.old_versions, silent=view.silent, now=view.now
    )
    surge = rollout.surge(view.scheduler.max_surge, size.desired)
    return _Seen(load=load, size=size, survey=survey, surge=surge)


def _stands_still(view: View) -> bool:
    """Whether older rooms stay for now, and count as any other."""
    return bool(view.no_additions or view.no_removals)


def _missing(seen: _Seen, *, is_rollout: bool) -> int:
    desired = seen.size.desired
    if is_rollout:
        return rollout.missing(seen.survey, desired=desired, surge=seen.surge)
    return max(0, desired - seen.load.rooms)


def _resize(view: View, seen: _Seen, *, missing: int, add: int, short: Shortage | None) -> Plan:
    """Rooms as they are, but not as many as wanted."""
    bounds = list(_rollout_bounds(view, seen))
    if missing:
        return _addition(view, seen, missing=missing, add=add, short=short, bounds=bounds)
    surplus = seen.load.rooms - seen.size.desired
    return _reduction(view, seen, surplus, bounds=bounds)


def _replace(
    view: View,
    seen: _Seen,
    progress: Progress,
    *,
    missing: int,
    add: int,
    short: Shortage | None,
) -> tuple[Plan, Progress]:
    bounds = list(_rollout_bounds(view, seen))
    may_evict = rollout.may_evict(progress, match_timeout_s=view.match_timeout_s, now=view.now)
    step = rollout.step(seen.survey, desired=seen.size.desired, add=add, may_evict=may_evict)
    if step.only_matches_left and progress.waiting_since is None:
        progress = dataclasses.replace(progress, waiting_since=view.now)
    if step.add or (missing and not step.remove and not step.evict):
        planned = _addition(view, seen, missing=missing, add=add, short=short, bounds=bounds)
    elif step.remove or step.evict:
        planned = _replacement(view, seen, step, bounds=bounds)
    else:
        surplus = seen.survey.new - seen.size.desired
        idle = f"waits for {step.waits_for}"
        planned = _reduction(view, seen, surplus, bounds=bounds, otherwise=idle)
    waits_for = step.waits_for
    if missing > add and short:
        waits_for = short.reason
    return dataclasses.replace(planned, waits_for=waits_for), progress


def _rollout_bounds(view: View, seen: _Seen) -> Sequence[str]:
    if not seen.survey.old:
        return ()
    versions = ", ".join(seen.survey.old_versions)
    what = f"rolling update of {seen.survey.old} rooms from {versions}"
    if _stands_still(view):
        return (f"{what} stands still",)
    return (f"{what}: surge {seen.surge}",)


def _addition(
    view: View,
    seen: _Seen,
    *,
    missing: int,
    add: int,
    short: Shortage | None,
    bounds: list[str],
) -> Plan:
    if view.no_additions:
        return Plan(decision=_decision(view, seen, bounds, f"no rooms added: {view.no_additions}"))
    if add < missing and short:
        bounds.append(
            f"{missing - add} more tried again at {short.retry_at:%H:%M:%S} UTC: {short.reason}"
        )
    outcome = f"add {add} rooms" if add else "no rooms added yet"
    decision = _decision(view, seen, bounds, outcome)
    return Plan(decision=decision, add=add, held_back=missing - add)


def _replacement(view: View, seen: _Seen, step: Step, *, bounds: list[str]) -> Plan:
    outcome = f"replace {step.remove} rooms"
    if step.evict:
        outcome = f"replace {len(step.evict)} rooms with players in them"
    return Plan(
        decision=_decision(view, seen, bounds, outcome),
        remove=step.remove,
        evict=step.evict,
        reason=RemovalReason.ROLLING_UPDATE_REPLACE,
    )


def _reduction(
    view: View,
    seen: _Seen,
    surplus: int,
    *,
    bounds: list[str],
    otherwise: str = "nothing to do",
) -> Plan:
    if surplus <= 0:
        return Plan(decision=_decision(view, seen, bounds, otherwise))
    if view.no_removals:
        return Plan(decision=_decision(view, seen, bounds, f"none removed: {view.no_removals}"))
    gate = autoscaling.may_shrink(view.scheduler, seen.load, seen.size, now=view.now)
    if not gate.allowed:
        return Plan(decision=_decision(view, seen, bounds, f"none removed: {gate.reason}"))
    # An operation that finds nobody to remove would begin a cooldown all the same.
    amount = min(surplus, seen.load.rooms - seen.load.in_use)
    if not amount:
        in_use = f"none removed: all {seen.load.in_use} rooms are in use"
        return Plan(decision=_decision(view, seen, bounds, in_use))
    decision = _decision(view, seen, bounds, f"remove {amount} rooms")
    return Plan(decision=decision, remove=amount)


def _decision(view: View, seen: _Seen, bounds: Sequence[str], outcome: str) -> Decision:
    return Decision(
        at=view.now,
        policy=seen.size.policy,
        inputs=seen.size.wish.inputs,
        formula=seen.size.wish.formula,
        raw=seen.size.wish.rooms,
        desired=seen.size.desired,
        bounds=(*seen.size.bounds, *bounds),
        available=seen.load.rooms,
        outcome=outcome,
    )
