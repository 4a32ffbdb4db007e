"""Names of rooms: the same operation asks for the same ones, and the cluster accepts them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from maestro.domain import rooms
from tests import strategies

OPERATION = "4f8f43a5-9cf5-4e9a-9a0b-0a5f5f6d2a10"
OPERATIONS = st.uuids().map(str)
KINDS = st.sampled_from(["room", "validation-1", "validation-2"])
INDEXES = st.integers(0, 10_000)
DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@given(strategies.NAMES, OPERATIONS, KINDS, INDEXES)
def test_a_name_is_one_that_kubernetes_accepts(
    scheduler: str, operation: str, kind: str, index: int
) -> None:
    name = rooms.room_name(scheduler, operation, kind, index)

    assert DNS_LABEL.fullmatch(name)


@given(strategies.NAMES, OPERATIONS, KINDS, INDEXES)
def test_a_name_begins_with_the_scheduler_and_ends_in_ten_safe_characters(
    scheduler: str, operation: str, kind: str, index: int
) -> None:
    beginning, hyphen, end = rooms.room_name(scheduler, operation, kind, index).rpartition("-")

    assert beginning == scheduler[:52]
    assert hyphen == "-"
    assert re.fullmatch(r"[bcdfghjklmnpqrstvwxz2456789]{10}", end)


@given(strategies.NAMES, OPERATIONS, KINDS, INDEXES)
def test_an_operation_that_runs_twice_asks_for_the_same_names(
    scheduler: str, operation: str, kind: str, index: int
) -> None:
    first = rooms.room_name(scheduler, operation, kind, index)

    assert rooms.room_name(scheduler, operation, kind, index) == first


def test_a_name_is_the_same_in_every_process_and_every_release() -> None:
    # Written down once: a worker of the next release must find the rooms of this one.
    assert rooms.room_name("arena", OPERATION, "room", 0) == "arena-rpll52vtck"


@given(strategies.NAMES, st.lists(st.tuples(OPERATIONS, KINDS, INDEXES), unique=True))
def test_different_rooms_have_different_names(
    scheduler: str, rooms_to_create: list[tuple[str, str, int]]
) -> None:
    names = {rooms.room_name(scheduler, *room) for room in rooms_to_create}

    assert len(names) == len(rooms_to_create)


def test_a_thousand_rooms_of_one_operation_have_a_thousand_names() -> None:
    names = {rooms.room_name("arena", OPERATION, "room", index) for index in range(1000)}

    assert len(names) == 1000


def test_the_longest_scheduler_name_is_cut() -> None:
    name = rooms.room_name("a" * 63, OPERATION, "room", 0)

    assert len(name) == 63
    assert name.startswith("a" * 52 + "-")
