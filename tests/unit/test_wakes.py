"""Waking workers for what pings bring about: never at the cost of a ping."""

import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from maestro import errors
from maestro.ports.storage import PingOutcome
from maestro.services.dispatch import Dispatch
from maestro.services.health_checks import HealthChecks
from maestro.services.wakes import Wakes
from tests import make
from tests.fakes.hints import FakeHints
from tests.fakes.maestro import FakeMaestro
from tests.waiting import eventually

WAKES = PingOutcome(known=True, wakes_operation=True)
WANTS_CHECK = PingOutcome(known=True, wants_check=True)


class SlowHints(FakeHints):
    """Hints that take as long as a test likes, as with a broker that is away."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_go_on = threading.Event(), threading.Event()
        self.defect: Exception | None = None

    def operations(self, scheduler: str, *, operation: str = "") -> None:
        self.asked.set()
        assert self.may_go_on.wait(30)
        if self.defect:
            raise self.defect
        super().operations(scheduler)


@pytest.fixture
def maestro() -> FakeMaestro:
    maestro = FakeMaestro()
    for name in ("arena", "other"):
        maestro.rooms.configure(make.scheduler(name=name))
    return maestro


@pytest.fixture
def hints() -> Iterator[SlowHints]:
    hints = SlowHints()
    yield hints
    hints.may_go_on.set()


def wakes(maestro: FakeMaestro, hints: FakeHints, *, most: int = 1000) -> Wakes:
    dispatch = Dispatch(maestro.operations, hints, maestro.clock, hint_ttl_s=5)
    checks = HealthChecks(
        schedulers=maestro.schedulers, dispatch=dispatch, clock=maestro.clock, interval_s=30
    )
    return Wakes(dispatch, checks, most=most)


def test_an_operation_that_waits_is_woken(maestro: FakeMaestro) -> None:
    hints = FakeHints()

    wakes(maestro, hints).tell("arena", WAKES)

    eventually(lambda: hints.for_operations == ["arena"])


def test_a_check_that_is_wanted_is_enqueued(maestro: FakeMaestro) -> None:
    hints = FakeHints()

    wakes(maestro, hints).tell("arena", WANTS_CHECK)

    eventually(lambda: hints.for_operations == ["arena"])
    assert list(maestro.operations.open_kinds("arena").values()) == ["health_controller"]


def test_nobody_is_woken_for_nothing(maestro: FakeMaestro) -> None:
    hints = FakeHints()
    waking = wakes(maestro, hints)

    waking.tell("arena", PingOutcome(known=True, status_changed=True))
    waking.tell("other", WAKES)

    eventually(lambda: hints.for_operations == ["other"])


def test_whoever_tells_does_not_wait_for_the_broker(maestro: FakeMaestro, hints: SlowHints) -> None:
    waking = wakes(maestro, hints)

    waking.tell("arena", WAKES)
    waking.tell("other", WAKES)

    assert hints.asked.wait(30)
    assert hints.for_operations == []
    hints.may_go_on.set()
    eventually(lambda: hints.for_operations == ["arena", "other"])


def test_what_is_too_much_is_dropped_and_said_once(maestro: FakeMaestro, hints: SlowHints) -> None:
    waking = wakes(maestro, hints, most=2)
    waking.tell("arena", WAKES)
    assert hints.asked.wait(30)

    with capture_logs() as logs:
        for _ in range(5):
            waking.tell("other", WAKES)

    assert [line["event"] for line in logs] == ["wakes_dropped"]
    hints.may_go_on.set()
    eventually(lambda: hints.for_operations == ["arena", "other"])


def test_it_goes_on_when_a_store_was_away(maestro: FakeMaestro) -> None:
    hints = FakeHints()
    waking = wakes(maestro, hints)
    asked, ask = threading.Event(), maestro.operations.may_hint

    def no_answer(scheduler: str, *, ttl_s: float) -> bool:
        asked.set()
        raise errors.Unavailable("away")

    maestro.operations.may_hint = no_answer  # type: ignore[method-assign]
    waking.tell("arena", WAKES)
    assert asked.wait(30)
    maestro.operations.may_hint = ask  # type: ignore[method-assign]

    waking.tell("other", WAKES)

    eventually(lambda: "other" in hints.for_operations)


def test_it_goes_on_after_a_defect(maestro: FakeMaestro, hints: SlowHints) -> None:
    waking = wakes(maestro, hints)
    hints.may_go_on.set()
    hints.defect = ZeroDivisionError()
    with capture_logs() as logs:
        waking.tell("arena", WAKES)
        eventually(lambda: any(line["event"] == "wakes_defect" for line in logs))
    hints.defect = None

    waking.tell("other", WAKES)

    eventually(lambda: hints.for_operations == ["other"])
