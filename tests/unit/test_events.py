"""Events of a fleet on their way to forwarders, on fakes, with a clock that the test moves."""

import threading

import pytest

from maestro.domain.forwarding.answers import Answer
from maestro.domain.operations import OperationStatus
from tests import make
from tests.fakes.maestro import FakeMaestro

MATCHMAKER, OTHER = make.forwarder(), make.forwarder(name="other", address="other:1")
AWAY, REFUSED = Answer(code="Unavailable", reached=False), Answer(code="NotFound")


@pytest.fixture
def fleet() -> FakeMaestro:
    """Three ready rooms, of which two forwarders heard."""
    maestro = FakeMaestro(events_refusals=3, events_age_s=600, events_poll_s=0.001)
    maestro.management.schedulers.create(make.scheduler(forwarders=(MATCHMAKER, OTHER)))
    maestro.settle()
    maestro.ping_all()
    maestro.deliver(2)
    assert heard(maestro) == {"matchmaker": ["ready"] * 3, "other": ["ready"] * 3}
    maestro.fake_forwarders.calls.clear()
    return maestro


def heard(maestro: FakeMaestro) -> dict[str, list[str]]:
    """What each forwarder was told, or would have been."""
    told: dict[str, list[str]] = {}
    for call in maestro.fake_forwarders.calls:
        metadata = call.message.room.metadata
        told.setdefault(call.forwarder.name, []).append(metadata["pingType"])
    return told


def length(maestro: FakeMaestro) -> int:
    return maestro.outbox.states(["arena"])[0].length


def rooms(maestro: FakeMaestro) -> list[str]:
    return [room.id for room in maestro.rooms.all("arena")]


class TestDeletion:
    def test_all_rooms_are_told_to_be_over_before_nothing_is_left(self, fleet: FakeMaestro) -> None:
        operation = fleet.management.schedulers.delete("arena")
        fleet.settle()
        # The rooms are gone, and their ends are still to be told.
        assert rooms(fleet) == []
        assert fleet.operations.get("arena", operation).status is OperationStatus.IN_PROGRESS
        fleet.deliver(2)
        fleet.settle()
        assert heard(fleet) == {"matchmaker": ["terminated"] * 3, "other": ["terminated"] * 3}
        assert fleet.operations.get("arena", operation).status is OperationStatus.FINISHED
        assert fleet.outbox.letters("arena") == []

    def test_what_nobody_takes_in_time_is_a_dead_letter(self, fleet: FakeMaestro) -> None:
        fleet.fake_forwarders.answers["other"] = AWAY
        operation = fleet.management.schedulers.delete("arena")
        fleet.settle()
        fleet.deliver(29)
        fleet.settle()
        assert fleet.operations.get("arena", operation).status is OperationStatus.IN_PROGRESS
        fleet.deliver(3)
        fleet.settle()
        assert fleet.operations.get("arena", operation).status is OperationStatus.FINISHED
        letters = fleet.outbox.letters("arena")
        assert [letter.forwarder.name for letter in letters] == ["other"] * 3
        assert {letter.reason for letter in letters} == {"its scheduler was deleted"}
        assert "Events that no forwarder took: 3" in fleet.history(operation)
        assert length(fleet) == 0

    def test_rooms_that_never_go_are_told_to_be_over(self, fleet: FakeMaestro) -> None:
        fleet.fake_runtime.holds_deletions = True
        fleet.fake_forwarders.answers = {"matchmaker": AWAY, "other": AWAY}
        operation = fleet.management.schedulers.delete("arena")
        for _ in range(20):
            fleet.pass_time(10)
            fleet.settle(rounds=2)
        assert fleet.operations.get("arena", operation).status is OperationStatus.FINISHED
        told = fleet.outbox.letters("arena")
        assert len({letter.event.room for letter in told}) == 3
        assert {str(letter.event.attributes["pingType"]) for letter in told} == {"terminated"}


class TestTrouble:
    def test_a_forwarder_that_is_away_is_left_alone_and_asked_again(
        self, fleet: FakeMaestro
    ) -> None:
        fleet.fake_forwarders.answers["matchmaker"] = AWAY
        fleet.ping_all()
        for _ in range(30):
            fleet.deliver(1)
        assert len(heard(fleet)["other"]) == 3
        # One call every few seconds, not one per room and half second
        assert 10 < len(heard(fleet)["matchmaker"]) < 50
        fleet.fake_forwarders.answers.clear()
        for _ in range(60):
            fleet.deliver(1)
        assert length(fleet) == 0
        assert fleet.outbox.letters("arena") == []

    def test_what_is_refused_again_and_again_is_a_dead_letter(self, fleet: FakeMaestro) -> None:
        fleet.fake_forwarders.answers["matchmaker"] = REFUSED
        fleet.ping(rooms(fleet)[0])
        for _ in range(20):
            fleet.deliver(1)
        assert heard(fleet) == {"matchmaker": ["ready"] * 3, "other": ["ready"]}
        (letter,) = fleet.outbox.letters("arena")
        assert letter.attempts == 3
        assert length(fleet) == 0

    def test_what_is_too_old_is_a_dead_letter_though_nobody_could_be_asked(
        self, fleet: FakeMaestro
    ) -> None:
        fleet.fake_forwarders.answers["matchmaker"] = AWAY
        fleet.ping_all()
        for _ in range(65):
            fleet.deliver(10)
        assert len(fleet.outbox.letters("arena")) == 3
        assert length(fleet) == 0

    def test_dead_letters_are_told_when_an_operator_asks_for_it(self, fleet: FakeMaestro) -> None:
        fleet.fake_forwarders.answers["matchmaker"] = REFUSED
        fleet.ping_all()
        for _ in range(20):
            fleet.deliver(1)
        fleet.fake_forwarders.answers.clear()
        fleet.fake_forwarders.calls.clear()
        letters = fleet.dead_letters.of("arena")
        assert len(letters) == 3
        fleet.dead_letters.replay(letters)
        fleet.deliver(5)
        assert heard(fleet) == {"matchmaker": ["ready"] * 3}
        assert (length(fleet), fleet.dead_letters.of("arena")) == (0, [])

    def test_while_the_store_is_away_nothing_is_lost(self, fleet: FakeMaestro) -> None:
        fleet.ping_all()
        fleet.fake_forwarders.slow = {"matchmaker", "other"}
        fleet.deliver(1)
        fleet.world.away = True
        fleet.fake_forwarders.answer_slow()
        fleet.fake_forwarders.slow.clear()
        fleet.deliver(3)
        fleet.world.away = False
        fleet.deliver(3)
        assert length(fleet) == 0
        assert heard(fleet) == {"matchmaker": ["ready"] * 3, "other": ["ready"] * 3}

    def test_an_event_that_cannot_be_told_holds_up_no_other(self, fleet: FakeMaestro) -> None:
        first, *_ = rooms(fleet)
        with fleet.world.fleet("arena") as stored:
            record = stored.rooms[first]
            stored.add_event(make.event(first, pingType="nonsense"), record.room,
                             fleet.fake_clock.now(), key="")  # fmt: skip
        fleet.ping_all()
        fleet.deliver(5)
        assert heard(fleet) == {"matchmaker": ["ready"] * 3, "other": ["ready"] * 3}
        assert len(fleet.outbox.letters("arena")) == 2
        assert length(fleet) == 0

    def test_told_to_stop_it_gives_back_what_it_held(self, fleet: FakeMaestro) -> None:
        stopping = threading.Event()
        stopping.set()
        fleet.consumer.run(stopping, stop_timeout_s=1)
        assert fleet.fake_forwarders.closed
        assert fleet.outbox.hold("arena", "another", ttl_s=1)
        assert fleet.outbox.attend("another", ttl_s=1) == 1
