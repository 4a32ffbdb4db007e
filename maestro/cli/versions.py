"""`maestro versions`: the versions of schedulers, over the management API."""

import click

from maestro.cli import exits
from maestro.cli.remote import columns, options, output
from maestro.cli.remote.asking import Api


@click.group(epilog=exits.CODES)
def versions() -> None:
    """Look at versions of schedulers; `maestro schedulers rollback` goes back to one."""


@versions.command("list", epilog=exits.CODES)
@options.scheduler_argument()
@options.form_option
@options.watch_option
@options.reach()
def list_all(api: Api, scheduler: str, form: str, watch: bool) -> None:
    """List the versions of SCHEDULER, newest first."""
    output.again_and_again(
        lambda: api.get("schedulers", scheduler, "versions")["versions"],
        lambda found: output.show_list(found, columns.VERSIONS, form, none="no versions"),
        watch=watch,
    )


@versions.command(epilog=exits.CODES)
@options.scheduler_argument()
@click.argument("version")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([output.YAML, output.JSON]),
    default=output.YAML,
    show_default=True,
    help="How it is written; both can be given to `maestro schedulers apply`.",
)
@options.reach()
def get(api: Api, scheduler: str, version: str, form: str) -> None:
    """Show SCHEDULER as it was described in VERSION."""
    output.show_document(api.get("schedulers", scheduler, version=version)["scheduler"], form)
