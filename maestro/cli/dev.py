"""`maestro dev`: everything on this machine, for trying Maestro and for working on it."""

import os
import pathlib

import click
import pydantic

from maestro import config
from maestro.cli.development import cluster, folder, processes, session
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
@click.option(
    "--runtime",
    type=click.Choice(["local", "kubernetes"]),
    help="Where rooms run: processes of this machine (the default), or pods of a cluster.",
)
@click.option(
    "--kubeconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    help="File that leads to the cluster; implies --runtime kubernetes.",
)
@click.option("--context", help="Context of that file; its current one unless given.")
@click.option("--plain", is_flag=True, help="Print lines even where a live table could be shown.")
def dev(
    data_dir: pathlib.Path,
    reset: bool,
    no_demo: bool,
    runtime: str | None,
    kubeconfig: pathlib.Path | None,
    context: str | None,
    plain: bool,
) -> None:
    """
    Run all of Maestro on this machine, stores and rooms included.

    With --kubeconfig the rooms are pods of that cluster. They need an address of this machine to
    send their pings to: MAESTRO_ROOMS_API_HOST=0.0.0.0 MAESTRO_ROOMS_API_URL=http://ADDRESS:8070
    """
    for name, value in cluster.settings(runtime, kubeconfig, context).items():
        os.environ[config.variable(name)] = value
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
