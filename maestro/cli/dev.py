"""`maestro dev`: everything on this machine, for trying Maestro and for working on it."""

import pathlib

import click
import pydantic

from maestro.cli.development import folder, processes, session
from maestro.embedded import packages, servers

EXPECTED = (
    folder.InUseError,
    packages.NotInstalledError,
    servers.ServerFailedError,
    pydantic.ValidationError,
    OSError,
)


@click.command()
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    default=".maestro",
    show_default=True,
    help="Folder for everything that lasts: databases, rooms, logs, chosen ports.",
)
@click.option("--reset", is_flag=True, help="Forget the data of earlier starts first.")
@click.option("--no-demo", is_flag=True, help="Do not create the sample scheduler `demo`.")
@click.option("--plain", is_flag=True, help="Print lines even where a live table could be shown.")
def dev(data_dir: pathlib.Path, reset: bool, no_demo: bool, plain: bool) -> None:
    """Run all of Maestro on this machine, stores and rooms included."""
    try:
        with folder.locked(data_dir) as data:
            commands = processes.procfile()
            failure = session.run(
                data, reset=reset, with_sample=not no_demo, plain=plain, commands=commands
            )
    except EXPECTED as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        failure = None
    if failure:
        raise click.ClickException(failure)
    click.echo("everything has stopped")
