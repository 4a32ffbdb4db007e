"""How the status of a room follows from what it says and what the runtime says."""

import itertools

import pytest

from maestro.domain import rooms
from maestro.domain.rooms import InstanceStatus, PingStatus, RoomStatus

# What the room said last, what the runtime said last, what the room is then.
COMPOSITION = [
    ("unknown", "unknown", "pending"),
    ("unknown", "pending", "pending"),
    ("unknown", "ready", "unready"),
    ("unknown", "terminating", "terminating"),
    ("unknown", "error", "error"),
    ("ready", "unknown", "pending"),
    ("ready", "pending", "pending"),
    ("ready", "ready", "ready"),
    ("ready", "terminating", "terminating"),
    ("ready", "error", "error"),
    ("occupied", "unknown", "pending"),
    ("occupied", "pending", "pending"),
    ("occupied", "ready", "occupied"),
    ("occupied", "terminating", "terminating"),
    ("occupied", "error", "error"),
    ("terminating", "unknown", "terminating"),
    ("terminating", "pending", "terminating"),
    ("terminating", "ready", "terminating"),
    ("terminating", "terminating", "terminating"),
    ("terminating", "error", "error"),
    ("terminated", "unknown", "terminated"),
    ("terminated", "pending", "terminated"),
    ("terminated", "ready", "terminated"),
    ("terminated", "terminating", "terminated"),
    ("terminated", "error", "error"),
]

# The number that is stored and shown for each status.
CODES = {
    "pending": 0,
    "unready": 1,
    "ready": 2,
    "occupied": 3,
    "terminating": 4,
    "error": 5,
    "terminated": 6,
    "active": 7,
    "allocated": 8,
}

STAYS_OPEN = [status for status in RoomStatus if status is not RoomStatus.TERMINATED]


def next_status(
    stored: RoomStatus, composed: RoomStatus, *, claimed: bool = False, deleting: bool = False
) -> RoomStatus:
    return rooms.next_status(stored=stored, composed=composed, claimed=claimed, deleting=deleting)


class TestComposition:
    @pytest.mark.parametrize(("ping", "instance", "room"), COMPOSITION)
    def test_a_room_is_what_it_and_the_runtime_say_together(
        self, ping: str, instance: str, room: str
    ) -> None:
        status = rooms.status_of(ping=PingStatus(ping), instance=InstanceStatus(instance))

        assert status == room

    def test_the_table_above_has_every_combination(self) -> None:
        said = {(ping, instance) for ping, instance, _ in COMPOSITION}

        assert said == set(itertools.product(PingStatus, InstanceStatus))

    def test_statuses_keep_the_numbers_that_are_stored(self) -> None:
        assert {status.value: status.code for status in RoomStatus} == CODES

    def test_a_room_may_say_everything_but_that_nothing_is_known(self) -> None:
        assert rooms.SAYABLE == ("ready", "occupied", "terminating", "terminated")


class TestRoomsOfOneMatch:
    @pytest.mark.parametrize("matches", [-1, 0, 1, 2, 100])
    @pytest.mark.parametrize(("ping", "instance", "room"), COMPOSITION)
    def test_the_number_of_matches_does_not_count(
        self, ping: str, instance: str, room: str, matches: int
    ) -> None:
        status = rooms.status_of(
            ping=PingStatus(ping), instance=InstanceStatus(instance), matches=matches
        )

        assert status == room


class TestRoomsOfSeveralMatches:
    @pytest.mark.parametrize("said", ["ready", "occupied"])
    @pytest.mark.parametrize(
        ("matches", "room"),
        [
            (-5, "ready"),
            (0, "ready"),
            (1, "active"),
            (2, "active"),
            (3, "occupied"),
            (4, "occupied"),
        ],
    )
    def test_a_running_room_is_as_full_as_its_matches_say(
        self, said: str, matches: int, room: str
    ) -> None:
        status = rooms.status_of(
            ping=PingStatus(said),
            instance=InstanceStatus.READY,
            matches=matches,
            max_matches=3,
        )

        assert status == room

    @pytest.mark.parametrize("matches", [0, 1, 3])
    @pytest.mark.parametrize(
        ("ping", "instance", "room"),
        [cell for cell in COMPOSITION if cell[2] not in ("ready", "occupied")],
    )
    def test_a_room_that_does_not_run_is_refined_by_nothing(
        self, ping: str, instance: str, room: str, matches: int
    ) -> None:
        status = rooms.status_of(
            ping=PingStatus(ping),
            instance=InstanceStatus(instance),
            matches=matches,
            max_matches=3,
        )

        assert status == room


class TestNextStatus:
    @pytest.mark.parametrize("composed", RoomStatus)
    @pytest.mark.parametrize("stored", STAYS_OPEN)
    def test_a_room_becomes_whatever_is_said_of_it(
        self, stored: RoomStatus, composed: RoomStatus
    ) -> None:
        assert next_status(stored, composed) is composed

    @pytest.mark.parametrize(
        ("stored", "composed"),
        [
            ("ready", "pending"),
            ("pending", "active"),
            ("pending", "terminated"),
            ("ready", "terminated"),
            ("occupied", "terminated"),
            ("error", "occupied"),
        ],
    )
    def test_moves_that_once_were_refused_are_made(self, stored: str, composed: str) -> None:
        assert next_status(RoomStatus(stored), RoomStatus(composed)) == composed

    @pytest.mark.parametrize("deleting", [False, True])
    @pytest.mark.parametrize("claimed", [False, True])
    @pytest.mark.parametrize("composed", RoomStatus)
    def test_nothing_leaves_terminated(
        self, composed: RoomStatus, claimed: bool, deleting: bool
    ) -> None:
        status = next_status(RoomStatus.TERMINATED, composed, claimed=claimed, deleting=deleting)

        assert status is RoomStatus.TERMINATED

    @pytest.mark.parametrize("claimed", [False, True])
    @pytest.mark.parametrize("composed", RoomStatus)
    @pytest.mark.parametrize("stored", STAYS_OPEN)
    def test_a_room_being_deleted_stays_terminating_whatever_it_says(
        self, stored: RoomStatus, composed: RoomStatus, claimed: bool
    ) -> None:
        status = next_status(stored, composed, claimed=claimed, deleting=True)

        assert status is RoomStatus.TERMINATING


class TestClaims:
    @pytest.mark.parametrize("stored", STAYS_OPEN)
    def test_a_claimed_room_that_is_ready_shows_as_allocated(self, stored: RoomStatus) -> None:
        assert next_status(stored, RoomStatus.READY, claimed=True) is RoomStatus.ALLOCATED

    def test_a_claim_that_ran_out_shows_no_more(self) -> None:
        status = next_status(RoomStatus.ALLOCATED, RoomStatus.READY, claimed=False)

        assert status is RoomStatus.READY

    @pytest.mark.parametrize(
        "composed",
        [status for status in RoomStatus if status is not RoomStatus.READY],
    )
    def test_a_claim_hides_nothing_but_ready(self, composed: RoomStatus) -> None:
        assert next_status(RoomStatus.ALLOCATED, composed, claimed=True) is composed

    @pytest.mark.parametrize("composed", ["ready", "pending", "unready"])
    def test_a_claim_survives_while_the_match_may_still_begin(self, composed: str) -> None:
        assert RoomStatus(composed) in rooms.CLAIM_HOLDS

    @pytest.mark.parametrize(
        "composed", ["occupied", "active", "terminating", "error", "terminated"]
    )
    def test_a_claim_ends_when_the_match_begins_or_never_will(self, composed: str) -> None:
        assert RoomStatus(composed) not in rooms.CLAIM_HOLDS


class TestRemoval:
    def test_players_may_be_in_occupied_active_and_allocated_rooms(self) -> None:
        assert {"occupied", "active", "allocated"} == rooms.IN_USE

    def test_rooms_that_serve_nobody_go_first(self) -> None:
        assert rooms.REMOVABLE == ("error", "unready", "pending", "ready")

    def test_no_room_in_use_is_removable(self) -> None:
        assert not rooms.IN_USE.intersection(rooms.REMOVABLE)
