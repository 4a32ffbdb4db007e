"""Commands whose modules are imported when they are used, so that others answer at once."""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyCommand(click.Command):
    """Stands for a command in `--help` without importing it."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name, short_help=summary)


class LazyGroup(click.Group):
    """Imports a command when it is invoked."""

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        """`lazy`: command → where it is (`module:name`), and what the help of the group says."""
        super().__init__(*args, **attributes)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._lazy:
            # Asked here for `--help` only; what is invoked comes through `resolve_command`.
            return LazyCommand(cmd_name, self._lazy[cmd_name][1])
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in self._lazy:
            return args[0], load(self._lazy[args[0]][0]), args[1:]
        return super().resolve_command(ctx, args)


def load(path: str) -> Any:
    """What `module:name` leads to."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
