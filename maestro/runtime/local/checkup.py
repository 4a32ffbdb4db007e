"""Looks whether this machine can run rooms as processes. Leaves nothing behind."""

import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator

import psutil

from maestro.domain.findings import Check, Finding
from maestro.runtime.local import judgements, kinship, processes


def checks(folder: pathlib.Path) -> list[Check]:
    """The folder of rooms, and how processes are watched."""
    return [
        Check(name=judgements.FOLDER, ask=lambda: [_folder(folder)]),
        Check(name=judgements.PROCESSES, ask=lambda: [judgements.processes(_unreadable())]),
    ]


def _folder(folder: pathlib.Path) -> Finding:
    """The folder, or the nearest above it when it is yet to be made."""
    try:
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return judgements.not_writable(folder, error.strerror or "it cannot be written")
    return judgements.file_system(folder.resolve(), dict(_mounts()))


def _mounts() -> Iterator[tuple[pathlib.Path, str]]:
    for mount in psutil.disk_partitions(all=True):
        yield pathlib.Path(mount.mountpoint), mount.fstype


def _unreadable() -> str:
    """The first file that we read of processes and cannot; empty when there is none."""
    if sys.platform != "linux":
        # psutil asks the system there.
        return ""
    ours = os.getpid()
    for file in (processes.BOOT, processes.stat_of(ours), kinship.children_of(ours)):
        try:
            file.read_bytes()
        except OSError:
            return str(file)
    return ""
