"""`maestro rooms`: what rooms of the local runtime print, and how to stop rooms of any runtime."""

import click

from maestro import bootstrap, errors
from maestro.config import Settings


@click.group()
def rooms() -> None:
    """Look at rooms of the local runtime, and stop rooms of any."""


@rooms.command()
@click.argument("scheduler")
@click.argument("room")
@click.option("--container", help="Only of this container.")
@click.option("--follow", "-f", is_flag=True, help="Go on until the room is over.")
def logs(scheduler: str, room: str, container: str | None, follow: bool) -> None:
    """Show what ROOM of SCHEDULER printed, also when it ended not long ago."""
    try:
        lines = bootstrap.room_logs(Settings(), scheduler, room, container=container, follow=follow)
        for line in lines:
            click.echo(line)
    except errors.NotFound as error:
        raise click.ClickException(str(error)) from error


@rooms.command("stop-all")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Seconds after which what still runs is killed.",
)
def stop_all(timeout: float) -> None:
    """
    Stop every room of this machine, or of this installation in its Kubernetes cluster.

    On one machine none of the stores is needed.
    """
    try:
        bootstrap.stop_rooms(Settings(), timeout_s=timeout)
    except errors.MaestroError as error:
        raise click.ClickException(str(error)) from error
