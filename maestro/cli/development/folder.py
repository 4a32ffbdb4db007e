"""The data folder of `maestro dev`: what lies in it, and that one start at a time uses it."""

import contextlib
import dataclasses
import fcntl
import os
import pathlib
import shutil
from collections.abc import Iterator

from maestro.embedded import postgres


class InUseError(Exception):
    """Another `maestro dev` runs with this folder."""


@dataclasses.dataclass(frozen=True, slots=True)
class Folder:
    """Absolute, as processes with other working folders get its path."""

    path: pathlib.Path

    @property
    def postgres(self) -> pathlib.Path:
        return self.path / "postgres"

    @property
    def redis(self) -> pathlib.Path:
        return self.path / "redis"

    @property
    def rooms(self) -> pathlib.Path:
        return self.path / "rooms"

    @property
    def logs(self) -> pathlib.Path:
        return self.path / "logs"

    @property
    def ports(self) -> pathlib.Path:
        return self.path / "ports.json"

    @property
    def processes(self) -> pathlib.Path:
        return self.path / "processes.json"

    @property
    def sample_made(self) -> pathlib.Path:
        return self.path / "sample-made"

    @property
    def installation(self) -> pathlib.Path:
        """Under which id this folder has something in a cluster."""
        return self.path / "installation"

    def wipe(self) -> None:
        """Forget everything. Only what is ours: the folder may be one that others use, too."""
        postgres.remove(self.postgres)
        for folder in (self.redis, self.rooms, self.logs):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.ports, self.processes, self.sample_made, self.installation):
            file.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[Folder]:
    """Have the folder for ourselves. The system frees the lock however we end."""
    folder = Folder(path.absolute())
    folder.path.mkdir(parents=True, exist_ok=True)
    with (folder.path / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise InUseError(
                f"maestro dev already runs with {folder.path} (process {lock.read().strip()}); "
                "stop it first, or choose another folder with --data-dir"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder
