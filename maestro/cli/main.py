"""
`maestro`: the commands there are, and where each lives.

A command's module is imported when the command is used, so that `maestro --help` answers at once.
"""

import importlib
from typing import Any

import click

#: Command → its module and what `maestro --help` says of it.
COMMANDS = {
    "demo-room": ("maestro.cli.demo_room:demo_room", "Play a small real game room."),
    "dev": ("maestro.cli.dev:dev", "Run all of Maestro on this machine."),
    "doctor": ("maestro.cli.doctor:doctor", "Check what an installation needs."),
    "events": ("maestro.cli.events:events", "Look at events that no forwarder took."),
    "metrics": ("maestro.cli.metrics:command", "List every metric."),
    "migrate": ("maestro.cli.migrate:migrate", "Bring the database to the newest schema."),
    "operations": (
        "maestro.cli.operations:operations",
        "List open operations, and help those that are stuck.",
    ),
    "rooms": ("maestro.cli.rooms:rooms", "Look at rooms of the local runtime."),
    "settings": ("maestro.cli.settings:settings", "List every setting."),
    "start": ("maestro.cli.start:start", "Start one module of Maestro."),
}


class LazyCommand(click.Command):
    """Stands for a command in `--help` without importing it."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name, short_help=summary)


class Commands(click.Group):
    """Imports a command when it is invoked."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # Asked here for `--help` only; what is invoked comes through `resolve_command`.
        return LazyCommand(cmd_name, COMMANDS[cmd_name][1])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in COMMANDS:
            return args[0], _load(COMMANDS[args[0]][0]), args[1:]
        return super().resolve_command(ctx, args)


def _load(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="maestro", message="%(version)s")
def main() -> None:
    """Maestro runs fleets of game rooms for multiplayer games."""
