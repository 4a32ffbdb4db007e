"""The rooms outlive what started them, so they are ended by a command of their own."""

import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping

import click

GRACE_S = 2
#: The command keeps to its own time; this is for a machine so busy that it hardly starts.
DEADLINE_S = 10.0
POLL_S = 0.05


def stop_all(env: Mapping[str, str], *, hurry: threading.Event) -> None:
    """End all rooms of the folder; in a hurry, without a grace period."""
    code = None if hurry.is_set() else run(env, GRACE_S, hurry=hurry)
    if code is None:
        code = run(env, 0, hurry=threading.Event())
    if code != 0:
        raise click.ClickException("rooms may still be running, as they could not be stopped")


def run(env: Mapping[str, str], grace_s: int, *, hurry: threading.Event) -> int | None:
    """The exit code of the command; none when it was given up for want of time."""
    command = [sys.executable, "-m", "maestro", "rooms", "stop-all", "--timeout", str(grace_s)]
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(  # noqa: S603
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        wait(child, hurry=hurry)
        output.seek(0)
        # Our own output may be closed by now; the rest has to be stopped nevertheless.
        with contextlib.suppress(OSError):
            click.echo(output.read().decode(errors="replace"), nl=False)
    return child.returncode if child.returncode >= 0 else None


def wait(child: subprocess.Popen[bytes], *, hurry: threading.Event) -> None:
    """Wait for its end, and end it when time is up."""
    deadline = time.monotonic() + DEADLINE_S
    while child.poll() is None and time.monotonic() < deadline and not hurry.wait(POLL_S):
        pass
    if child.poll() is None:
        child.kill()
    child.wait()
