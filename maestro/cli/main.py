"""
`maestro`: the commands there are, and where each lives.

A command's module is imported when the command is used, so that `maestro --help` answers at once.
"""

import click

from maestro.cli.lazy import LazyGroup

#: Command → its module and what `maestro --help` says of it.
COMMANDS = {
    "completion": ("maestro.cli.completion:completion", "Have a shell complete commands."),
    "contexts": (
        "maestro.cli.contexts:contexts",
        "Keep the addresses and tokens of installations.",
    ),
    "demo-room": ("maestro.cli.demo_room:demo_room", "Play a small real game room."),
    "dev": ("maestro.cli.dev:dev", "Run all of Maestro on this machine."),
    "doctor": ("maestro.cli.doctor:doctor", "Check what an installation needs."),
    "emergency": (
        "maestro.cli.emergency:emergency",
        "End stuck operations while the API is down.",
    ),
    "events": ("maestro.cli.events:events", "Look at events that no forwarder took."),
    "healthcheck": (
        "maestro.cli.healthcheck:healthcheck",
        "Say whether the module in this container is alive.",
    ),
    "metrics": ("maestro.cli.metrics:command", "List every metric."),
    "migrate": ("maestro.cli.migrate:migrate", "Bring the database to the newest schema."),
    "operations": ("maestro.cli.operations:operations", "Look at operations, and follow them."),
    "rooms": ("maestro.cli.rooms:rooms", "Look at rooms, and allocate them."),
    "schedulers": ("maestro.cli.schedulers:schedulers", "Describe fleets, and change them."),
    "settings": ("maestro.cli.settings:settings", "List every setting."),
    "start": ("maestro.cli.start:start", "Start one module of Maestro."),
    "versions": ("maestro.cli.versions:versions", "Look at versions of schedulers."),
}


@click.command(
    cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="maestro", message="%(version)s")
def main() -> None:
    """Maestro runs fleets of game rooms for multiplayer games."""
