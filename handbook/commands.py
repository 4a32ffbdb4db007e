"""The page of the command line: every command, from what click knows of it."""

import inspect
from collections.abc import Iterator

import click

from handbook import markdown
from maestro.cli.main import main

HEADER = """# Commands

Every command, as `--help` shows it; [The command line](command-line.md) says how they go together.
In a checkout it is `.venv/bin/maestro`.

"""


def page() -> str:
    """The whole page."""
    lines = [line for context in every() for line in _section(context)]
    return HEADER + "\n".join(lines).rstrip() + "\n"


def every(within: click.Context | None = None) -> Iterator[click.Context]:
    """All commands and groups below a group, by name, each behind its group."""
    context = within or click.Context(main, info_name="maestro")
    if not isinstance(context.command, click.Group):
        return
    for name in context.command.list_commands(context):
        _, command, _ = context.command.resolve_command(context, [name])
        if command and not command.hidden:
            found = click.Context(command, info_name=name, parent=context)
            yield found
            yield from every(found)


def _section(context: click.Context) -> list[str]:
    command, path = context.command, context.command_path
    level = "#" * len(path.split())
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = inspect.cleandoc(command.help or "").replace("\b", "").strip()
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    rows = [
        (markdown.code(flags), markdown.plain(" ".join(meaning.split())))
        for flags, meaning in filter(None, (each.get_help_record(context) for each in options))
        if not flags.endswith("--help")
    ]
    return [
        f"{level} `{path}`",
        "",
        *markdown.block("text", usage),
        *([markdown.plain(text), ""] if text else []),
        *markdown.table(["Option", "Meaning"], rows),
        *([markdown.plain(command.epilog), ""] if command.epilog else []),
    ]
