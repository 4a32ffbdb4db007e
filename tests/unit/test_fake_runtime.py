"""The runtime in memory does as a test tells it; that it is one, the contract suite shows."""

import pytest

from maestro.domain.rooms import InstanceStatus
from maestro.errors import RuntimeRefused, Unavailable
from tests import make
from tests.fakes.runtime import FakeRuntime
from tests.local_rooms import found


@pytest.fixture
def runtime() -> FakeRuntime:
    """A runtime with a place for the scheduler `arena`."""
    runtime = FakeRuntime()
    runtime.create_scheduler(make.scheduler())
    return runtime


def test_a_call_may_fail_before_it_does_anything(runtime: FakeRuntime) -> None:
    runtime.fail_next("create_room", Unavailable("busy"), RuntimeRefused("no"))

    for error in (Unavailable, RuntimeRefused):
        with pytest.raises(error):
            runtime.create_room(make.new_room(), make.scheduler())

    assert found(runtime) is None
    runtime.create_room(make.new_room(), make.scheduler())


def test_a_call_may_fail_after_it_did_what_was_asked(runtime: FakeRuntime) -> None:
    runtime.fail_next("create_room", Unavailable("no answer"), after=True)

    with pytest.raises(Unavailable):
        runtime.create_room(make.new_room(), make.scheduler())

    assert found(runtime)


def test_rooms_stay_as_the_test_wants_them(runtime: FakeRuntime) -> None:
    runtime.holds_starts = runtime.holds_deletions = True
    runtime.create_room(make.new_room(), make.scheduler())
    assert status(runtime) is InstanceStatus.PENDING

    runtime.set_status("arena", "arena-1", InstanceStatus.READY)
    assert status(runtime) is InstanceStatus.READY

    runtime.delete_room("arena", "arena-1", uid="", grace_period_s=5, reason="scale_down")
    assert status(runtime) is InstanceStatus.TERMINATING
    assert runtime.deletions == [("arena", "arena-1", 5, "scale_down")]

    runtime.gone("arena", "arena-1")
    assert found(runtime) is None


def status(runtime: FakeRuntime) -> InstanceStatus | None:
    instance = found(runtime)
    return instance.status if instance else None
