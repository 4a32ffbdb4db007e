"""What `maestro dev` does differently when rooms are pods of a cluster."""

import pathlib

import click

from maestro import bootstrap, config
from maestro.cli.development import folder as folders

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def settings(
    runtime: str | None, kubeconfig: pathlib.Path | None, context: str | None
) -> dict[str, str]:
    """The settings that the options stand for. Raises ClickException when they contradict."""
    if kubeconfig is None:
        if context:
            raise click.UsageError("--context goes with --kubeconfig")
        return {"runtime": runtime} if runtime else {}
    if runtime == "local":
        raise click.UsageError("--kubeconfig goes with --runtime kubernetes")
    given = {"runtime": "kubernetes", "kubernetes_kubeconfig": str(kubeconfig.absolute())}
    return given | ({"kubernetes_context": context} if context else {})


def begin(decided: config.Settings, folder: folders.Folder) -> None:
    """Write down whose pods these will be, and say what a newcomer cannot know."""
    folder.installation.write_text(bootstrap.installation(decided))
    click.echo("rooms are pods; the sample scheduler, which runs without an image, is left out")
    if decided.rooms_api_host in LOOPBACK:
        click.echo(
            f"no pod reaches the rooms API, which listens on {decided.rooms_api_host}: set "
            "MAESTRO_ROOMS_API_HOST=0.0.0.0 and MAESTRO_ROOMS_API_URL=http://ADDRESS:"
            f"{decided.rooms_api_port}"
        )


def tell_what_stays(folder: folders.Folder) -> None:
    """After this nobody knows any more which namespaces were ours."""
    if folder.installation.exists():
        label = f"maestro-installation={folder.installation.read_text()}"
        click.echo(f"what is left in the cluster goes with: kubectl delete namespace -l {label}")
