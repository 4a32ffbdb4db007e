"""What happens before the processes run, told as it happens."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import click

TAIL_LINES = 20


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """`preparing PostgreSQL ... 2.1 s`"""
    began = time.monotonic()
    click.echo(f"{text} ...", nl=False)
    try:
        yield
    except BaseException:
        click.echo()
        raise
    click.echo(f" {time.monotonic() - began:.1f} s")


def maestro(*arguments: str, env: Mapping[str, str], text: str) -> None:
    """Run one of our other commands as a step; what it says is only shown when it fails."""
    with step(text):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "maestro", *arguments],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    if done.returncode:
        said = "\n".join(done.stdout.decode(errors="replace").splitlines()[-TAIL_LINES:])
        raise click.ClickException(f"`maestro {' '.join(arguments)}` failed\n{said}")
