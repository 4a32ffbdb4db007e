"""Which change is major, and which number comes next."""

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro.domain import schedulers, versions
from maestro.domain.schedulers import Container, Scheduler
from maestro.domain.versions import Version
from tests import make, strategies

Edit = Callable[[Scheduler], Scheduler]


def active() -> Scheduler:
    """A scheduler in which everything that can be set is set."""
    container = make.container(
        environment=(schedulers.Environment(name="MODE", value="duel"),),
        ports=(make.container_port(), make.container_port(name="query", port=7778)),
    )
    return make.scheduler(
        spec=make.spec(containers=(container,), toleration="games", affinity="games"),
        autoscaling=make.autoscaling(),
        forwarders=(make.forwarder(options=schedulers.ForwarderOptions(metadata={"a": 1})),),
        annotations={"team": "duels"},
        labels={"team": "duels"},
        match_allocation=schedulers.MatchAllocation(max_matches=2),
    )


def setting(**changes: Any) -> Edit:
    return lambda scheduler: dataclasses.replace(scheduler, **changes)


def in_spec(**changes: Any) -> Edit:
    return lambda scheduler: dataclasses.replace(
        scheduler, spec=dataclasses.replace(scheduler.spec, **changes)
    )


def in_container(**changes: Any) -> Edit:
    def edit(scheduler: Scheduler) -> Scheduler:
        first, *others = scheduler.spec.containers
        changed = dataclasses.replace(first, **changes)
        return in_spec(containers=(changed, *others))(scheduler)

    return edit


def in_first_port(**changes: Any) -> Edit:
    def edit(scheduler: Scheduler) -> Scheduler:
        first, *others = scheduler.ports
        return in_container(ports=(dataclasses.replace(first, **changes), *others))(scheduler)

    return edit


def in_forwarder(**changes: Any) -> Edit:
    def edit(scheduler: Scheduler) -> Scheduler:
        (only,) = scheduler.forwarders
        changed = dataclasses.replace(only, **changes)
        return dataclasses.replace(scheduler, forwarders=(changed,))

    return edit


SIDECAR: Container = make.container(name="sidecar", ports=())

MINOR: dict[str, Edit] = {
    "nothing at all": setting(),
    "the surge": setting(max_surge="1"),
    "the number of rooms": setting(rooms_replicas=50),
    "no autoscaling any more": setting(autoscaling=None),
    "autoscaling switched off": setting(autoscaling=make.autoscaling(enabled=False)),
    "autoscaling bounds": setting(autoscaling=make.autoscaling(min=2, max=20)),
    "the autoscaling cooldown": setting(autoscaling=make.autoscaling(cooldown_s=1)),
    "the autoscaling policy": setting(
        autoscaling=make.autoscaling(
            policy=schedulers.Policy(type="fixedBuffer", parameters=make.fixed_buffer())
        )
    ),
    "the matches of a room": setting(match_allocation=schedulers.MatchAllocation(max_matches=9)),
    "the game": setting(game="another-game"),
    "the name": setting(name="another-arena"),
    "the uid": setting(uid=make.uid("another-arena")),
    "the state": setting(state=schedulers.SchedulerState.IN_SYNC),
    "the version before": setting(rollback_version="v0.9.0"),
    "the time of creation": setting(created_at=None),
    "the time of the last downscale": setting(last_downscale_at=make.NOW),
    "the version": in_spec(version="v7.0.0"),
    "the host port of a port": in_first_port(host_port=40005),
}

MAJOR: dict[str, Edit] = {
    "the port range": setting(port_range=schedulers.PortRange(start=40000, end=40100)),
    "no port range any more": setting(port_range=None),
    "an annotation's value": setting(annotations={"team": "raids"}),
    "one more annotation": setting(annotations={"team": "duels", "tier": "1"}),
    "no annotations": setting(annotations={}),
    "a label's value": setting(labels={"team": "raids"}),
    "no labels": setting(labels={}),
    "no forwarders": setting(forwarders=()),
    "one more forwarder": setting(forwarders=(*active().forwarders, make.forwarder(name="second"))),
    "a forwarder's name": in_forwarder(name="other"),
    "a forwarder switched off": in_forwarder(enabled=False),
    "a forwarder's type": in_forwarder(forward_type="other"),
    "a forwarder's address": in_forwarder(address="elsewhere:80"),
    "a forwarder's timeout": in_forwarder(
        options=schedulers.ForwarderOptions(timeout_ms=5, metadata={"a": 1})
    ),
    "a forwarder's metadata": in_forwarder(options=schedulers.ForwarderOptions(metadata={"a": 2})),
    "the grace period": in_spec(termination_grace_period_ns=1),
    "the toleration": in_spec(toleration="raids"),
    "no toleration": in_spec(toleration=""),
    "the affinity": in_spec(affinity="raids"),
    "the restart policy": in_spec(restart_policy="Always"),
    "one more container": in_spec(containers=(*active().spec.containers, SIDECAR)),
    "the order of containers": in_spec(containers=(SIDECAR, *active().spec.containers)),
    "no containers": in_spec(containers=()),
    "a container's name": in_container(name="other"),
    "a container's image": in_container(image="registry.example.com/arena:2"),
    "a container's pull policy": in_container(image_pull_policy="Always"),
    "a container's command": in_container(command=("./arena", "--fast")),
    "no command": in_container(command=()),
    "a container's requests": in_container(
        requests=schedulers.Resources(memory="65Mi", cpu="100m")
    ),
    "a container's limits": in_container(limits=schedulers.Resources(memory="1Gi", cpu="1")),
    "a variable's value": in_container(
        environment=(schedulers.Environment(name="MODE", value="raid"),)
    ),
    "where a variable comes from": in_container(
        environment=(
            schedulers.Environment(
                name="MODE",
                value_from=schedulers.ValueFrom(
                    field_ref=schedulers.FieldRef(field_path="metadata.name")
                ),
            ),
        )
    ),
    "one variable less": in_container(environment=()),
    "a port's name": in_first_port(name="other"),
    "a port's number": in_first_port(port=7000),
    "a port's protocol": in_first_port(protocol="tcp"),
    "a port's own range": in_first_port(host_port_range=schedulers.PortRange(start=1000, end=2000)),
    "one more port": in_container(
        ports=(*active().ports, make.container_port(name="admin", port=7779))
    ),
    "one port less": in_container(ports=active().ports[:1]),
    "no ports": in_container(ports=()),
}


class TestKind:
    @pytest.mark.parametrize("edit", MINOR.values(), ids=MINOR.keys())
    def test_rooms_keep_running_when_this_changes(self, edit: Edit) -> None:
        assert not versions.is_major(active(), edit(active()))

    @pytest.mark.parametrize("edit", MAJOR.values(), ids=MAJOR.keys())
    def test_rooms_are_replaced_when_this_changes(self, edit: Edit) -> None:
        assert versions.is_major(active(), edit(active()))

    @pytest.mark.parametrize("edit", MAJOR.values(), ids=MAJOR.keys())
    def test_rooms_are_replaced_when_it_changes_back(self, edit: Edit) -> None:
        assert versions.is_major(edit(active()), active())

    def test_minor_changes_together_are_still_minor(self) -> None:
        changed = active()
        for edit in MINOR.values():
            changed = edit(changed)

        assert not versions.is_major(active(), changed)

    def test_one_major_change_among_minor_ones_is_major(self) -> None:
        changed = MAJOR["a container's image"](MINOR["the surge"](active()))

        assert versions.is_major(active(), changed)

    def test_the_order_of_labels_does_not_matter(self) -> None:
        one = make.scheduler(labels={"a": "1", "b": "2"})
        other = make.scheduler(labels={"b": "2", "a": "1"})

        assert not versions.is_major(one, other)

    def test_a_share_that_reads_the_same_is_the_same(self) -> None:
        one = make.occupancy("0.3").room_occupancy
        other = make.occupancy("0.30").room_occupancy

        assert one == other
        assert one is not None
        assert one.ready_target == Decimal("0.3")

    @given(strategies.SCHEDULERS)
    def test_no_scheduler_differs_from_itself(self, scheduler: Scheduler) -> None:
        again = dataclasses.replace(scheduler, created_at=None)

        assert not versions.is_major(scheduler, again)

    @settings(max_examples=25)
    @given(strategies.SCHEDULERS, strategies.SCHEDULERS)
    def test_a_change_is_as_great_forth_as_back(self, one: Scheduler, other: Scheduler) -> None:
        assert versions.is_major(one, other) == versions.is_major(other, one)


class TestNextNumber:
    @pytest.mark.parametrize(
        ("active", "existing", "minor", "major"),
        [
            ("v1.0.0", ["v1.0.0"], "v1.1.0", "v2.0.0"),
            ("v1.1.0", ["v1.0.0", "v1.1.0"], "v1.2.0", "v2.0.0"),
            # After a switch back, numbers that were used are not used again.
            ("v1.0.0", ["v1.0.0", "v1.1.0", "v2.0.0"], "v1.2.0", "v3.0.0"),
            ("v1.0.0", ["v2.3.0", "v1.0.0", "v7.1.0"], "v1.1.0", "v8.0.0"),
            ("v2.0.0", ["v1.0.0", "v1.9.0", "v2.0.0"], "v2.1.0", "v3.0.0"),
            # Numbers, not text: 10 comes after 9.
            ("v1.9.0", ["v1.9.0", "v1.10.0"], "v1.11.0", "v2.0.0"),
            ("v9.0.0", ["v9.0.0", "v10.0.0"], "v9.1.0", "v11.0.0"),
            # The active one counts even when the list does not show it.
            ("v3.4.0", [], "v3.5.0", "v4.0.0"),
            ("v1.0.5", ["v1.0.5"], "v1.1.0", "v2.0.0"),
        ],
    )
    def test_the_next_version_comes_after_all_of_its_kind(
        self, active: str, existing: list[str], minor: str, major: str
    ) -> None:
        assert versions.next_version(active, existing, major=False) == minor
        assert versions.next_version(active, existing, major=True) == major

    def test_the_first_version_is_one(self) -> None:
        assert versions.FIRST == "v1.0.0"

    @given(strategies.VERSIONS, st.lists(strategies.VERSIONS), st.booleans())
    def test_a_number_is_never_used_twice(
        self, active: str, existing: list[str], major: bool
    ) -> None:
        new = versions.next_version(active, existing, major=major)

        assert new not in {active, *existing}
        assert Version.parse(new) > Version.parse(active)

    @given(strategies.VERSIONS, st.lists(strategies.VERSIONS))
    def test_a_minor_version_keeps_the_major_number(self, active: str, existing: list[str]) -> None:
        new = versions.next_version(active, existing, major=False)

        assert Version.parse(new).major == Version.parse(active).major

    @given(strategies.VERSIONS, st.lists(strategies.VERSIONS))
    def test_a_major_version_has_a_number_of_its_own(
        self, active: str, existing: list[str]
    ) -> None:
        new = versions.next_version(active, existing, major=True)

        majors = {Version.parse(one).major for one in (active, *existing)}
        assert Version.parse(new).major not in majors


class TestReading:
    @pytest.mark.parametrize(
        ("text", "version"),
        [
            ("v1.2.3", Version(1, 2, 3)),
            ("1.2.3", Version(1, 2, 3)),
            ("v1.2", Version(1, 2)),
            ("v1", Version(1, 0)),
            ("1", Version(1, 0)),
            ("v1.2.3-beta.1", Version(1, 2, 3)),
            ("v1.2.3+build", Version(1, 2, 3)),
            ("v10.20.30", Version(10, 20, 30)),
        ],
    )
    def test_versions_are_read_leniently(self, text: str, version: Version) -> None:
        assert Version.parse(text) == version

    @pytest.mark.parametrize(
        "text",
        ["", "v", "latest", "v1.", "v1.2.3.4", "vv1", "V1.0.0", " v1.0.0", "v-1.0.0", "v\u0661"],
    )
    def test_what_is_no_version_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a version"):
            Version.parse(text)

    @given(strategies.VERSIONS)
    def test_a_version_reads_as_it_is_written(self, text: str) -> None:
        assert str(Version.parse(text)) == text
