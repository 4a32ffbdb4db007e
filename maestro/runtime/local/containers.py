"""
The programs of one room, as children of its keeper.

Known to the keeper: nothing but the standard library is imported here.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
from typing import IO

from maestro.runtime.local import kinship, outputs, processes, records

_CHUNK = 64 * 1024


class CannotStartError(Exception):
    """The program cannot be run; the text is the reason."""


class Container:
    """A program that was started, and what it prints."""

    def __init__(
        self, name: str, process: subprocess.Popen[bytes], output: outputs.BoundedFile
    ) -> None:
        self.name = name
        self.pid = process.pid
        self.identity = processes.identity(process.pid)
        self._process = process
        self._output = output

    @property
    def pipe(self) -> IO[bytes]:
        """Readable when there is output, or will not be any more."""
        assert self._process.stdout  # noqa: S101 - it was started with a pipe
        return self._process.stdout

    @property
    def exit_code(self) -> int | None:
        """-N when killed by signal N; None while it runs."""
        return self._process.returncode

    def copy_output(self) -> bool:
        """
        Copy what was printed into the log; False when no more will be.

        Raises BlockingIOError when nothing was.
        """
        data = os.read(self.pipe.fileno(), _CHUNK)
        self._output.write(data)
        return bool(data)

    def ask_to_end(self) -> None:
        """As Kubernetes does: the program is told, and it tells its own children."""
        # Not by Popen: it would take note of an end that only `collect` may.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it, and what it started, whatever it is doing."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def collect(self) -> int:
        """Take note that it ended; returns the exit code."""
        # Before its id is free: what is left of it must not outlive the room.
        self.kill()
        return self._process.wait()

    def close(self) -> None:
        """Copy what is left of its output; call once nothing of it runs."""
        with contextlib.suppress(BlockingIOError):
            while self.copy_output():
                pass
        self.pipe.close()
        self._output.close()


def start(order: records.ContainerOrder, room: pathlib.Path) -> Container:
    """Run the program, without a shell. Raises CannotStartError."""
    keeper = os.getpid()
    environment = os.environ | order["environment"] | _secrets(order)
    output = outputs.BoundedFile(outputs.file_of(room, order["name"]))
    try:
        process = subprocess.Popen(  # noqa: S603
            order["command"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
            # Safe, as a keeper has no threads.
            preexec_fn=lambda: kinship.die_with(keeper),
        )
    except (OSError, ValueError) as error:
        output.close()
        raise CannotStartError(f"cannot run {order['command'][0]!r}: {_reason(error)}") from error
    container = Container(order["name"], process, output)
    os.set_blocking(container.pipe.fileno(), False)
    return container


def _secrets(order: records.ContainerOrder) -> dict[str, str]:
    return {variable: _secret(pathlib.Path(file)) for variable, file in order["secrets"].items()}


def _secret(file: pathlib.Path) -> str:
    try:
        return os.fsdecode(file.read_bytes())
    except OSError as error:
        what = f"secret {file.parent.name!r} has no readable key {file.name!r}"
        raise CannotStartError(f"{what}: {error.strerror}: {file}") from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
