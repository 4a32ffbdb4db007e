"""Commands that only talk HTTP start fast: nothing large is loaded for them."""

import subprocess
import sys

import click
import click.testing
import pytest

from maestro.cli.main import COMMANDS, main

HEAVY = {
    "alembic", "celery", "flask", "google", "grpc", "kubernetes", "orjson", "pydantic", "redis",
    "rich", "sqlalchemy", "structlog", "urllib3", "yaml",
}  # fmt: skip


@pytest.mark.parametrize("group", ["schedulers", "versions", "operations", "rooms", "contexts"])
def test_little_is_loaded_for(group: str) -> None:
    code = f"import sys, maestro.cli.{group}; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert not HEAVY & {name.partition(".")[0] for name in loaded.split()}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str) -> None:
    answer = click.testing.CliRunner().invoke(main, ["completion", shell])

    assert (answer.exit_code, "_MAESTRO_COMPLETE" in answer.stdout) == (0, True)


@pytest.mark.parametrize(
    "group", ["contexts", "emergency", "operations", "rooms", "schedulers", "versions"]
)
def test_help_of_operators_commands_tells_exit_codes_and_what_options_mean(group: str) -> None:
    assert group in COMMANDS
    found = main.resolve_command(click.Context(main), [group])[1]
    assert isinstance(found, click.Group)

    for name, command in found.commands.items():
        assert command.help, name
        assert "Exit codes: 0 done, 1 refused" in (command.epilog or ""), name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (name, parameter.name)
