"""
Where things are in the folder of rooms: `<scheduler>/<room>/`, and `.ended/<scheduler>/<room>/`
for the logs of rooms that were removed.

Known to the keeper: nothing but the standard library is imported here.
"""

import contextlib
import os
import pathlib
from collections.abc import Iterator

from maestro.runtime.local import ledger, records

ENDED = ".ended"
#: Removed rooms of a scheduler whose logs are kept.
KEPT = 50


def below(folder: pathlib.Path) -> list[pathlib.Path]:
    """The schedulers of the whole folder, or the rooms of a scheduler's."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        return [
            folder / entry.name
            for entry in entries
            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
        ]
    return []


def schedulers(root: pathlib.Path, installation: str | None) -> list[pathlib.Path]:
    """The folders of the schedulers of one installation, or of all."""
    return [place for place in below(root) if is_of(place, installation)]


def is_of(place: pathlib.Path, installation: str | None) -> bool:
    """Whether a folder belongs to a scheduler of this installation, or of any."""
    scheduler = records.scheduler_of(place)
    return scheduler is not None and installation in (None, scheduler.installation)


def is_name(text: str) -> bool:
    """Whether it may be the name of a scheduler, a room or a container, and leads nowhere else."""
    return bool(text) and not text.startswith(".") and "/" not in text and "\0" not in text


def remove_room(turn: ledger.Turn, room: pathlib.Path) -> None:
    """Remove a room that is over, keep its logs for a while, and the scheduler if it was last."""
    order, state = records.order_of(room), records.state_of(room)
    if order is None or state is None:
        return
    # If we are killed after this, it is removed once more; the reverse order could hide it.
    turn.note_gone(order, state._replace(status=records.TERMINATING, is_over=True))
    place = room.parent
    _keep(room, place.parent / ENDED / place.name)
    remove_if_empty(place)


def remove_if_empty(place: pathlib.Path) -> None:
    """Remove a scheduler that is to be deleted and has no rooms left."""
    scheduler = records.scheduler_of(place)
    if scheduler and scheduler.is_deleted and not below(place):
        erase(place.parent / ENDED / place.name)
        erase(place)


def erase(folder: pathlib.Path) -> None:
    """Remove a folder and what is in it; shutil would cost a keeper a megabyte."""
    with contextlib.suppress(FileNotFoundError):
        for entry in list(_entries(folder)):
            if entry.is_dir(follow_symlinks=False):
                erase(pathlib.Path(entry))
            else:
                os.unlink(entry)
        folder.rmdir()


def _entries(folder: pathlib.Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def _keep(room: pathlib.Path, ended: pathlib.Path) -> None:
    ended.mkdir(mode=0o700, parents=True, exist_ok=True)
    erase(ended / room.name)
    room.rename(ended / room.name)
    os.utime(ended / room.name)
    for old in sorted(ended.iterdir(), key=lambda kept: kept.stat().st_mtime)[:-KEPT]:
        erase(old)
