"""
Partial changes of a scheduler: what a patch names is replaced, the rest stays (contract 1.7).

None is "not named"; an empty text, list or map is a value, and clears.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeVar

from maestro.domain.schedulers import (
    Autoscaling,
    Container,
    ContainerPort,
    Environment,
    Forwarder,
    MatchAllocation,
    Policy,
    PolicyParameters,
    PortRange,
    Resources,
    Scheduler,
    Spec,
)

T = TypeVar("T", Autoscaling, Container, Scheduler, Spec)

_NO_RESOURCES = Resources(memory="", cpu="")
#: What a container that a patch adds is before the patch; rules tell what is missing.
_EMPTY_CONTAINER = Container(
    name="", image="", image_pull_policy="", requests=_NO_RESOURCES, limits=_NO_RESOURCES
)
_NO_AUTOSCALING = Autoscaling(
    enabled=False, min=0, max=0, policy=Policy(type="", parameters=PolicyParameters())
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ContainerPatch:
    """Changes of the container at the same place in the list."""

    name: str | None = None
    image: str | None = None
    image_pull_policy: str | None = None
    command: tuple[str, ...] | None = None
    environment: tuple[Environment, ...] | None = None
    requests: Resources | None = None
    limits: Resources | None = None
    ports: tuple[ContainerPort, ...] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SpecPatch:
    """Changes of what one room is made of; containers are changed or added, never removed."""

    termination_grace_period_ns: int | None = None
    containers: tuple[ContainerPatch, ...] = ()
    toleration: str | None = None
    affinity: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named, in no container either."""
        containers = all(container == ContainerPatch() for container in self.containers)
        return containers and dataclasses.replace(self, containers=()) == SpecPatch()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AutoscalingPatch:
    """Changes of automatic scaling; the policy as a whole."""

    enabled: bool | None = None
    min: int | None = None
    max: int | None = None
    policy: Policy | None = None
    cooldown_s: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named."""
        return self == AutoscalingPatch()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SchedulerPatch:
    """Changes of a scheduler."""

    spec: SpecPatch | None = None
    port_range: PortRange | None = None
    max_surge: str | None = None
    rooms_replicas: int | None = None
    autoscaling: AutoscalingPatch | None = None
    forwarders: tuple[Forwarder, ...] | None = None
    annotations: Mapping[str, str] | None = None
    labels: Mapping[str, str] | None = None
    match_allocation: MatchAllocation | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named; an object in which nothing is named is nothing."""
        rest = dataclasses.replace(self, spec=None, autoscaling=None)
        inner = [each for each in (self.spec, self.autoscaling) if each is not None]
        return rest == SchedulerPatch() and all(each.is_empty for each in inner)


def patched(scheduler: Scheduler, patch: SchedulerPatch) -> Scheduler:
    """The scheduler as the patch wants it; whether that is acceptable is not asked here."""
    changed = _replaced(scheduler, patch, besides=("spec", "autoscaling"))
    if patch.spec:
        changed = dataclasses.replace(changed, spec=_spec(scheduler.spec, patch.spec))
    if patch.autoscaling:
        before = scheduler.autoscaling or _NO_AUTOSCALING
        changed = dataclasses.replace(changed, autoscaling=_replaced(before, patch.autoscaling))
    return changed


def _spec(spec: Spec, patch: SpecPatch) -> Spec:
    added = len(patch.containers) - len(spec.containers)
    before = (*spec.containers, *[_EMPTY_CONTAINER] * added)
    # Containers beyond those that the patch lists stay as they are.
    changes = (*patch.containers, *[ContainerPatch()] * -added)
    containers = tuple(map(_replaced, before, changes))
    changed = _replaced(spec, patch, besides=("containers",))
    return dataclasses.replace(changed, containers=containers)


def _replaced(value: T, patch: object, *, besides: Sequence[str] = ()) -> T:
    """The value with every field that the patch names, but those besides."""
    named = {
        field.name: getattr(patch, field.name)
        for field in dataclasses.fields(patch)  # type: ignore[arg-type]
        if field.name not in besides and getattr(patch, field.name) is not None
    }
    return dataclasses.replace(value, **named)
