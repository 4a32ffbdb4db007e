"""`maestro schedulers`: what operators do every day, over the management API."""

import sys

import click

from maestro.cli import exits
from maestro.cli.remote import columns, options, output
from maestro.cli.remote.asking import Api
from maestro.cli.scheduler_edits import EDITS


@click.group(commands=EDITS, epilog=exits.CODES)
def schedulers() -> None:
    """
    Describe fleets, change them and look at them.

    Asks the management API of the context in use (`maestro contexts`).
    """


@schedulers.command("list", epilog=exits.CODES)
@click.option("--game", help="Only those of this game.")
@options.form_option
@options.watch_option
@options.reach()
def list_all(api: Api, game: str | None, form: str, watch: bool) -> None:
    """List schedulers in their active versions."""
    output.again_and_again(
        lambda: api.get("schedulers", game=game)["schedulers"],
        lambda found: output.show_list(found, columns.SCHEDULERS, form, none="no schedulers"),
        watch=watch,
    )


@schedulers.command(epilog=exits.CODES)
@options.scheduler_argument()
@click.option("--version", help="This version, not the active one.")
@options.form_option
@options.reach()
def get(api: Api, scheduler: str, version: str | None, form: str) -> None:
    """
    Show SCHEDULER in its active version, or in another one.

    What `-o yaml` and `-o json` show can be edited and given to `maestro schedulers apply`.
    """
    found = api.get("schedulers", scheduler, version=version)["scheduler"]
    line = found | {"version": (found.get("spec") or {}).get("version")}
    in_full = form in (output.JSON, output.YAML)
    output.show_one(found if in_full else line, columns.SCHEDULERS, form)


@schedulers.command(epilog=exits.CODES)
@click.option("--game", help="Only those of this game.")
@options.form_option
@options.watch_option
@options.reach()
def info(api: Api, game: str | None, form: str, watch: bool) -> None:
    """Show how many rooms each fleet has, in which status, and what is the matter."""
    output.again_and_again(
        lambda: api.get("schedulers", "info", game=game)["schedulers"],
        lambda found: output.show_list(found, columns.INFOS, form, none="no schedulers"),
        watch=watch,
    )


@schedulers.command(epilog=exits.CODES)
@options.reach()
def top(api: Api) -> None:
    """Show all fleets and what is done to them in a live table, until Ctrl-C."""
    # Only needed here, and slow to import.
    from maestro.cli.live import screen

    if not screen.is_possible(sys.stdout):
        raise click.UsageError("top needs a terminal; elsewhere `maestro schedulers info --watch`")
    screen.follow(api, sys.stdout)
