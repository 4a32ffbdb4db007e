"""
`maestro rooms`: rooms of a fleet over the APIs, what those of this machine print, and how to stop
all rooms of an installation.
"""

import click

from maestro.cli import exits
from maestro.cli.remote import columns, contexts, options, output
from maestro.cli.remote.asking import Api
from maestro.cli.remote.columns import Item

PER_PAGE = 500


@click.group(epilog=exits.CODES)
def rooms() -> None:
    """Look at rooms, allocate them, read what they print, and stop them."""


@rooms.command("list", epilog=exits.CODES)
@options.scheduler_argument()
@click.option("--status", help="Only those of this status, such as ready or occupied.")
@click.option("--version", help="Only those of this version.")
@options.form_option
@options.watch_option
@options.reach()
def list_all(
    api: Api, scheduler: str, status: str | None, version: str | None, form: str, watch: bool
) -> None:
    """List the rooms of SCHEDULER by id, validation rooms included."""

    def find() -> list[Item]:
        found, page, total = list[Item](), 1, 1
        while len(found) < total and page <= 1 + total // PER_PAGE:
            query = {"status": status, "version": version, "page": page, "perPage": PER_PAGE}
            answer = api.get("schedulers", scheduler, "rooms", **query)
            found += answer["rooms"]
            page, total = page + 1, answer["total"]
        return found

    output.again_and_again(
        find,
        lambda found: output.show_list(found, columns.ROOMS, form, none="no rooms"),
        watch=watch,
    )


@rooms.command(epilog=exits.CODES)
@options.scheduler_argument()
@click.argument("room")
@options.form_option
@options.reach()
def get(api: Api, scheduler: str, room: str, form: str) -> None:
    """Show ROOM (its id) of SCHEDULER."""
    found = api.get("schedulers", scheduler, "rooms", room)["room"]
    output.show_one(found, columns.ROOMS, form)


@rooms.command(epilog=exits.CODES)
@options.scheduler_argument()
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([output.NAME, output.JSON, output.YAML]),
    help="As one line when not given.",
)
@options.reach(contexts.ROOMS)
def allocate(api: Api, scheduler: str, form: str | None) -> None:
    """
    Take a ready room of SCHEDULER for a match, as matchmakers do.

    Asks the rooms API. A room that nobody comes to is given back after a while.
    """
    found = api.send("POST", "scheduler", scheduler, "rooms", "allocate", body={})
    if form == output.NAME:
        click.echo(found["roomId"])
    elif form:
        output.show_document(found, form)
    else:
        ports = " ".join(
            f"{each['name']}:{each['port']}/{each['protocol']}" for each in found["ports"]
        )
        click.echo(exits.printable(f"{found['roomId']} {found['host']} {ports}".rstrip()))


@rooms.command(epilog=exits.CODES)
@options.scheduler_argument()
@click.argument("room")
@click.option("--container", help="Only of this container.")
@click.option("--follow", "-f", is_flag=True, help="Go on until the room is over.")
def logs(scheduler: str, room: str, container: str | None, follow: bool) -> None:
    """
    Show what ROOM of SCHEDULER printed, also when it ended not long ago.

    For rooms of this machine, in the folder MAESTRO_LOCAL_ROOMS_DIR. What rooms in a cluster print,
    Kubernetes keeps: kubectl logs --namespace SCHEDULER ROOM
    """
    # Only needed here, and slow to import.
    from maestro import bootstrap, errors
    from maestro.config import Settings

    settings, kubectl = Settings(), f"kubectl logs --namespace {scheduler} {room}"
    if settings.runtime == "kubernetes":
        raise exits.Refused(f"rooms of this installation are pods: {kubectl}")
    try:
        for line in bootstrap.room_logs(
            settings, scheduler, room, container=container, follow=follow
        ):
            click.echo(line)
    except errors.NotFound as error:
        hint = f"looked at {settings.local_rooms_dir} of this machine; in a cluster: {kubectl}"
        raise exits.Refused(str(error), hint=hint) from error


@rooms.command("stop-all", epilog=exits.CODES)
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
    # Only needed here, and slow to import.
    from maestro import bootstrap
    from maestro.cli.emergency import refusals
    from maestro.config import Settings

    with refusals():
        bootstrap.stop_rooms(Settings(), timeout_s=timeout)
