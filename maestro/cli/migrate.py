"""`maestro migrate`."""

import click

from maestro import bootstrap, errors
from maestro.config import Settings


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to run twice."""
    try:
        bootstrap.migrate(Settings())
    except errors.Unavailable as error:
        raise click.ClickException(str(error)) from error
    click.echo("the database is up to date")
