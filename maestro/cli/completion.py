"""`maestro completion`: what has a shell complete commands, options and names of schedulers."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
PROGRAM, VARIABLE = "maestro", "_MAESTRO_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """
    Print what completes commands in SHELL.

    \b
    bash: eval "$(maestro completion bash)"          in ~/.bashrc
    zsh:  eval "$(maestro completion zsh)"           in ~/.zshrc
    fish: maestro completion fish | source           in ~/.config/fish/config.fish
    """
    complete = SHELLS[shell](context.find_root().command, {}, PROGRAM, VARIABLE)
    click.echo(complete.source())
