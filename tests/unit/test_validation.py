"""What is made of a room that is to prove that its version works."""

import datetime

import pytest

from maestro.domain import validation
from maestro.domain.rooms import RoomStatus
from tests import make
from tests.make import room

UNTIL = make.NOW + datetime.timedelta(seconds=120)
EARLY = make.NOW
IN_USE = {RoomStatus.OCCUPIED, RoomStatus.ACTIVE, RoomStatus.ALLOCATED}
OVER = {RoomStatus.ERROR, RoomStatus.TERMINATING, RoomStatus.TERMINATED}


def judge(
    status: RoomStatus, *, now: datetime.datetime = EARLY, accept_occupied: bool = False
) -> bool | None:
    """Whether it passed; None: not known yet."""
    verdict = validation.judge(
        room(status=status),
        attempt=1,
        name="arena-1",
        now=now,
        until=UNTIL,
        accept_occupied=accept_occupied,
    )
    return verdict.passed if verdict else None


@pytest.mark.parametrize("status", list(RoomStatus))
def test_a_ready_room_is_good_one_that_ended_is_bad_and_any_other_is_waited_for(
    status: RoomStatus,
) -> None:
    expected = {RoomStatus.READY: True, **dict.fromkeys(OVER, False)}
    assert judge(status) is expected.get(status)


@pytest.mark.parametrize("status", list(RoomStatus))
def test_time_ends_all_hope_but_takes_back_nothing(status: RoomStatus) -> None:
    assert judge(status, now=UNTIL) is (status is RoomStatus.READY)


@pytest.mark.parametrize("status", list(RoomStatus))
def test_players_may_count_as_proof(status: RoomStatus) -> None:
    is_good = status in {RoomStatus.READY, *IN_USE}
    expected = True if is_good else judge(status)
    assert judge(status, accept_occupied=True) is expected


def test_a_room_that_nobody_knows_any_more_has_failed() -> None:
    verdict = validation.judge(
        None, attempt=2, name="arena-1", now=EARLY, until=UNTIL, accept_occupied=False
    )

    assert verdict == validation.Verdict(
        passed=False,
        text=(
            "2º Attempt: The room created for validation with ID arena-1 is entering in error "
            "state. You can check if\n\t\tthe GRU image is stable on its logs using the provided "
            'room id. Last event in the game room: "the room does not exist any more"'
        ),
    )
