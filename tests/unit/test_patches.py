"""What a patch makes of a scheduler: it replaces what it names, and touches nothing else."""

import dataclasses

import pytest
from hypothesis import given

from maestro.domain import schedulers
from maestro.domain.patches import (
    AutoscalingPatch,
    ContainerPatch,
    SchedulerPatch,
    SpecPatch,
    patched,
)
from maestro.domain.scheduler_rules import violations
from maestro.domain.schedulers import Scheduler
from tests import make, strategies


def containers(*changes: ContainerPatch) -> SchedulerPatch:
    return SchedulerPatch(spec=SpecPatch(containers=changes))


def all_of(scaling: schedulers.Autoscaling) -> AutoscalingPatch:
    """A patch that names all there is of automatic scaling."""
    return AutoscalingPatch(
        enabled=scaling.enabled,
        min=scaling.min,
        max=scaling.max,
        policy=scaling.policy,
        cooldown_s=scaling.cooldown_s,
    )


def everything(scheduler: Scheduler) -> SchedulerPatch:
    """A patch that names all there is of a scheduler."""
    spec, scaling = scheduler.spec, scheduler.autoscaling
    return SchedulerPatch(
        spec=SpecPatch(
            termination_grace_period_ns=spec.termination_grace_period_ns,
            toleration=spec.toleration,
            affinity=spec.affinity,
            containers=tuple(
                ContainerPatch(
                    **{
                        field.name: getattr(container, field.name)
                        for field in dataclasses.fields(container)
                    }
                )
                for container in spec.containers
            ),
        ),
        port_range=scheduler.port_range,
        max_surge=scheduler.max_surge,
        rooms_replicas=scheduler.rooms_replicas,
        autoscaling=all_of(scaling) if scaling else None,
        forwarders=scheduler.forwarders,
        annotations=scheduler.annotations,
        labels=scheduler.labels,
        match_allocation=scheduler.match_allocation,
    )


@given(strategies.SCHEDULERS)
def test_a_patch_that_names_nothing_changes_nothing(scheduler: Scheduler) -> None:
    assert patched(scheduler, SchedulerPatch()) == scheduler


@given(strategies.SCHEDULERS)
def test_a_patch_of_equal_values_changes_nothing(scheduler: Scheduler) -> None:
    assert patched(scheduler, everything(scheduler)) == scheduler


@given(strategies.SCHEDULERS, strategies.SCHEDULERS)
def test_what_no_patch_can_name_stays(before: Scheduler, wanted: Scheduler) -> None:
    after = patched(before, everything(wanted))

    for field in ("name", "uid", "game", "state", "rollback_version", "created_at", "version"):
        assert getattr(after, field) == getattr(before, field)
    assert after.spec.restart_policy == before.spec.restart_policy
    assert len(after.spec.containers) == max(
        len(before.spec.containers), len(wanted.spec.containers)
    )


class TestContainers:
    first = make.container(name="first", ports=(make.container_port(name="a"),))
    second = make.container(name="second", ports=(make.container_port(name="b"),))
    scheduler = make.scheduler(spec=make.spec(containers=(first, second)))

    def test_each_changes_the_one_at_its_place(self) -> None:
        patch = containers(ContainerPatch(), ContainerPatch(image="arena:2"))

        after = patched(self.scheduler, patch).spec.containers

        assert after == (self.first, dataclasses.replace(self.second, image="arena:2"))

    def test_those_that_are_not_listed_stay(self) -> None:
        after = patched(self.scheduler, containers(ContainerPatch(image="arena:2")))

        assert after.spec.containers[1] == self.second

    def test_further_ones_are_added(self) -> None:
        third = make.container(name="third", ports=())
        values = {field.name: getattr(third, field.name) for field in dataclasses.fields(third)}
        patch = containers(ContainerPatch(), ContainerPatch(), ContainerPatch(**values))

        assert patched(self.scheduler, patch).spec.containers == (self.first, self.second, third)

    def test_one_that_is_added_has_to_be_whole(self) -> None:
        patch = containers(ContainerPatch(), ContainerPatch(), ContainerPatch(name="third"))

        fields = {each.field for each in violations(patched(self.scheduler, patch))}

        assert fields == {
            f"spec.containers[2].{field}"
            for field in (
                "image", "imagePullPolicy", "requests.memory", "requests.cpu",
                "limits.memory", "limits.cpu",
            )
        }  # fmt: skip

    def test_an_empty_list_clears(self) -> None:
        patch = containers(ContainerPatch(command=(), environment=(), ports=()))

        first = patched(self.scheduler, patch).spec.containers[0]

        assert (first.command, first.environment, first.ports) == ((), (), ())

    def test_resources_are_replaced_as_a_whole(self) -> None:
        only_memory = schedulers.Resources(memory="32Mi", cpu="")

        after = patched(self.scheduler, containers(ContainerPatch(requests=only_memory)))

        assert [each.field for each in violations(after)] == ["spec.containers[0].requests.cpu"]


class TestAutoscaling:
    def test_it_is_merged_field_by_field(self) -> None:
        before = make.scheduler(autoscaling=make.autoscaling())

        after = patched(before, SchedulerPatch(autoscaling=AutoscalingPatch(max=50)))

        assert after.autoscaling == make.autoscaling(max=50)

    def test_where_there_is_none_it_has_to_be_whole(self) -> None:
        after = patched(make.scheduler(), SchedulerPatch(autoscaling=AutoscalingPatch(max=50)))

        fields = {each.field for each in violations(after)}

        assert fields == {"autoscaling.min", "autoscaling.policy.type"}

    def test_the_policy_is_replaced_as_a_whole(self) -> None:
        policy = schedulers.Policy(type="fixedBuffer", parameters=make.fixed_buffer())
        before = make.scheduler(autoscaling=make.autoscaling())

        after = patched(before, SchedulerPatch(autoscaling=AutoscalingPatch(policy=policy)))

        assert after.autoscaling == make.autoscaling(policy=policy)


@pytest.mark.parametrize(
    ("patch", "is_empty"),
    [
        (SchedulerPatch(), True),
        (SchedulerPatch(spec=SpecPatch()), True),
        (SchedulerPatch(autoscaling=AutoscalingPatch()), True),
        (containers(ContainerPatch(), ContainerPatch()), True),
        (SchedulerPatch(max_surge=""), False),
        (SchedulerPatch(rooms_replicas=0), False),
        (SchedulerPatch(forwarders=()), False),
        (SchedulerPatch(labels={}), False),
        (SchedulerPatch(spec=SpecPatch(toleration="")), False),
        (SchedulerPatch(autoscaling=AutoscalingPatch(enabled=False)), False),
        (containers(ContainerPatch(), ContainerPatch(command=())), False),
    ],
)
def test_a_patch_is_empty_when_it_names_nothing(patch: SchedulerPatch, is_empty: bool) -> None:
    assert patch.is_empty == is_empty
