"""The local runtime's folder: order of changes, records, and what is kept of ended rooms."""

import pathlib

import pytest

from maestro.errors import Unavailable
from maestro.runtime.local import ledger, outputs, places, records
from tests import make
from tests.contract.backends import told
from tests.local_rooms import LocalRooms


@pytest.fixture
def rooms(tmp_path: pathlib.Path) -> LocalRooms:
    """A folder of rooms that nobody runs."""
    rooms = LocalRooms(folder=tmp_path / "rooms", control=tmp_path)
    rooms.runtime().create_scheduler(make.scheduler())
    return rooms


def put(rooms: LocalRooms, name: str = "arena-1") -> pathlib.Path:
    """Write a room down as it is when it is over."""
    room = rooms.folder / "arena" / name
    room.mkdir()
    order = records.Order(
        installation="ours",
        scheduler="arena",
        room=name,
        uid=f"uid-{name}",
        version="v1.0.0",
        operation="operation-1",
        is_validation=False,
        created_at=make.NOW.isoformat(),
        host="127.0.0.1",
        grace_s=10,
        ports=[],
        containers=[],
    )
    records.write(room / records.ORDER, order._asdict())
    with ledger.turn(rooms.folder) as turn:
        turn.save(room, records.State(is_over=True))
    return room


def remove(rooms: LocalRooms, room: pathlib.Path) -> None:
    with ledger.turn(rooms.folder) as turn:
        places.remove_room(turn, room)


def test_numbers_grow_also_when_the_folder_was_wiped(rooms: LocalRooms) -> None:
    _, before = ledger.bounds(rooms.folder)
    put(rooms)
    _, after = ledger.bounds(rooms.folder)
    assert after == before + 1

    places.erase(rooms.folder)
    rooms.folder.mkdir()

    _, wiped = ledger.bounds(rooms.folder)
    assert wiped >= after


def test_a_glance_shows_whether_something_changed(rooms: LocalRooms) -> None:
    before = ledger.glance(rooms.folder)
    assert ledger.glance(rooms.folder) == before

    put(rooms)

    assert ledger.glance(rooms.folder) != before


def test_a_turn_is_not_waited_for_endlessly(
    rooms: LocalRooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "TIMEOUT_S", 0.02)

    with ledger.turn(rooms.folder), pytest.raises(Unavailable):
        rooms.runtime().list_rooms()


def test_a_watch_does_not_continue_over_forgotten_rooms(
    rooms: LocalRooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "NOTES", 2)
    runtime = rooms.runtime()
    folders = [put(rooms, f"arena-{number}") for number in range(4)]
    since = []
    for folder in folders:
        since.append(runtime.list_rooms().resource_version)
        remove(rooms, folder)

    assert len(list(told(runtime.watch_rooms(since[2], timeout_s=0)))) == 2
    with pytest.raises(Unavailable):
        list(runtime.watch_rooms(since[1], timeout_s=0))


def test_logs_of_the_newest_ended_rooms_are_kept(
    rooms: LocalRooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "KEPT", 2)
    for number in range(4):
        remove(rooms, put(rooms, f"arena-{number}"))

    kept = {room.name for room in (rooms.folder / places.ENDED / "arena").iterdir()}

    assert kept == {"arena-2", "arena-3"}


def test_a_deleted_scheduler_leaves_nothing_but_numbers(rooms: LocalRooms) -> None:
    room = put(rooms)

    rooms.runtime().delete_scheduler("arena", uid=make.uid("arena"))

    assert not room.exists()
    left = {entry.name for entry in rooms.folder.iterdir()}
    assert left == {ledger.COUNTER, ledger.GONE, places.ENDED}
    assert not list((rooms.folder / places.ENDED).iterdir())


def test_a_deletion_of_a_scheduler_that_was_interrupted_is_completed(rooms: LocalRooms) -> None:
    place = rooms.folder / "arena"
    scheduler = records.scheduler_of(place)
    assert scheduler
    records.write(place / records.SCHEDULER, scheduler._replace(is_deleted=True)._asdict())

    rooms.runtime().create_scheduler(make.scheduler(uid="another"))

    assert places.is_of(place, "ours")


def test_records_of_other_versions_of_maestro_can_be_read() -> None:
    state = records.to_state({"version": 5, "status": "ready", "mood": "splendid"})

    assert (state.version, state.status, state.keeper) == (5, "ready", "")


def test_a_damaged_record_is_none(rooms: LocalRooms) -> None:
    room = put(rooms)
    (room / records.STATE).write_bytes(b"")

    assert records.state_of(room) is None
    assert not rooms.runtime().list_rooms().instances


def test_what_cannot_be_read_is_not_taken_for_absent(rooms: LocalRooms) -> None:
    room = put(rooms)
    (room / records.STATE).unlink()
    (room / records.STATE).mkdir()

    with pytest.raises(Unavailable):
        rooms.runtime().list_rooms()


def test_output_is_cut_between_lines(tmp_path: pathlib.Path) -> None:
    path = outputs.file_of(tmp_path, "game")
    file = outputs.BoundedFile(path)
    line = b"x" * 99 + b"\n"
    for _ in range(3 * outputs.LIMIT // len(line) // 7):
        file.write(line * 7)
    file.close()

    for part in (path, outputs.previous(path)):
        text = part.read_bytes()
        assert len(text) <= outputs.LIMIT
        assert text.replace(line, b"") == b""
    assert outputs.previous(path).stat().st_size > outputs.LIMIT - len(line)


def test_output_without_lines_is_bounded_too(tmp_path: pathlib.Path) -> None:
    path = outputs.file_of(tmp_path, "game")
    file = outputs.BoundedFile(path)
    for _ in range(50):
        file.write(b"x" * 65536)
    file.close()

    assert path.stat().st_size <= outputs.LIMIT
    assert outputs.previous(path).stat().st_size <= outputs.LIMIT
