"""`maestro settings`: every setting there is, as `docs/settings.md` shows them."""

import click
from pydantic.fields import FieldInfo

from maestro import config

HEADER = """# Settings

Read from the environment, and below that from the YAML file that `MAESTRO_CONFIG` names (there
without the prefix, in lower case). This page is printed by `maestro settings`.

| Variable | Default | Meaning |
|---|---|---|
"""


@click.command()
def settings() -> None:
    """List every setting with its default and meaning, as Markdown."""
    click.echo(page(), nl=False)


def page() -> str:
    """The whole page."""
    return HEADER + "".join(
        _line(name, field) for name, field in config.Settings.model_fields.items()
    )


def _line(name: str, field: FieldInfo) -> str:
    default = "" if str(field.default) in ("", "()") else f"`{field.default}`"
    return f"| `{config.variable(name)}` | {default} | {field.description} |\n"
