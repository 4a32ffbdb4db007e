"""`maestro contexts`: the installations that an operator works with."""

import dataclasses
import os

import click

from maestro.cli import tables
from maestro.cli.remote import context_file, options, output
from maestro.cli.remote.contexts import (
    CONTEXT_VARIABLE,
    MANAGEMENT,
    ROOMS,
    Context,
    Contexts,
    Given,
    checked,
    target,
)

CODES = "Exit codes: 0 done, 1 refused, 2 wrong usage."
#: Ways to write a token that are no secret themselves.
REFERENCES = ("env:", "file:")
#: Asks for the token, so that no history of a shell holds it.
PROMPT = "-"


@click.group(epilog=CODES)
def contexts() -> None:
    """
    Keep the addresses and tokens of installations under names.

    They lie in ~/.config/maestro/contexts.json (XDG_CONFIG_HOME), or where MAESTRO_CLI_CONFIG says,
    readable only by you. What is meant is decided by, in this order: --url, --token and --context;
    the environment (MAESTRO_MANAGEMENT_API_URL, MAESTRO_MANAGEMENT_TOKEN, MAESTRO_ROOMS_API_URL,
    MAESTRO_ALLOCATION_TOKEN); MAESTRO_CONTEXT; the context in use; this machine. A token of a
    context is never sent to another URL than that of the context.
    """


@contexts.command("list", epilog=CODES)
@options.form_option
def list_all(form: str) -> None:
    """List the contexts that there are."""
    known = context_file.load(context_file.path())
    items = [_shown(known, name) for name in sorted(known.known)]
    if form in (output.JSON, output.YAML):
        output.show_document(items, form)
    elif form == output.NAME:
        click.echo("\n".join(sorted(known.known)), nl=bool(items))
    elif items:
        titles = ("in use", "name", "url", "rooms url", "token", "allocation token")
        tables.show(titles, [["*" if item["inUse"] else "", *_cells(item)] for item in items])
    else:
        click.echo("no contexts; `maestro contexts set NAME --url URL` makes one", err=True)


@contexts.command(epilog=CODES)
@click.argument("name", shell_complete=options.context_names)
def use(name: str) -> None:
    """Have commands mean NAME when nothing else is said."""
    file = context_file.path()
    known = context_file.load(file)
    known.named(name)
    context_file.save(file, dataclasses.replace(known, current=name))
    click.echo(f"context {name} is in use")


@contexts.command("set", epilog=CODES)
@click.argument("name", shell_complete=options.context_names)
@click.option("--url", help="URL of the management API.")
@click.option("--rooms-url", help="URL of the rooms API, for `maestro rooms allocate`.")
@click.option(
    "--token", help="For the management API: env:NAME, file:PATH, the token, or - to type it."
)
@click.option("--allocation-token", help="For the rooms API, written in the same ways.")
@click.option("--use", "is_used", is_flag=True, help="Use it from now on.")
@click.option("--delete", "is_deleted", is_flag=True, help="Forget it instead.")
def set_one(name: str, is_used: bool, is_deleted: bool, **given: str | None) -> None:
    """
    Make the context NAME, or change it: what is not given stays, what is empty is unset.

    The first one that is made is used from then on.
    """
    file = context_file.path()
    known = context_file.load(file)
    if is_deleted:
        known.named(name)
        rest = {other: context for other, context in known.known.items() if other != name}
        current = "" if known.current == name else known.current
        context_file.save(file, Contexts(current=current, known=rest))
        click.echo(f"context {name} is forgotten")
        return
    said = {field: _said(field, value) for field, value in given.items() if value is not None}
    if name not in known.known and not said.get("url"):
        raise click.UsageError(f"there is no context {name!r} yet: --url must be given")
    changed = dataclasses.replace(known.known.get(name, Context()), **said)
    current = name if is_used or not known.known else known.current
    context_file.save(file, Contexts(current=current, known={**known.known, name: changed}))
    click.echo(f"context {name} is set" + (" and in use" if current == name else ""))


@contexts.command(epilog=CODES)
@click.argument("name", required=False, shell_complete=options.context_names)
@options.form_option
def show(name: str | None, form: str) -> None:
    """Show the context NAME; without it, what commands mean now and why. Tokens are not shown."""
    known = context_file.load(context_file.path())
    if name is None:
        _show_meant(known, form)
        return
    known.named(name)
    item = _shown(known, name)
    if form in (output.JSON, output.YAML):
        output.show_document(item, form)
    else:
        titles = ("name", "url", "rooms url", "token", "allocation token")
        for line in tables.fields(dict(zip(titles, _cells(item), strict=True))):
            click.echo(line)


def _show_meant(known: Contexts, form: str) -> None:
    """What a command without options would ask."""
    found = {}
    for kind in (MANAGEMENT, ROOMS):
        meant = target(kind, Given(), os.environ, known)
        found[kind.called] = {
            "url": meant.url,
            "from": meant.source,
            "token": _hidden(meant.token),
        }
    if form in (output.JSON, output.YAML):
        output.show_document(
            {kind.url_field: found[kind.called] for kind in (MANAGEMENT, ROOMS)}, form
        )
        return
    rows = [[called, each["url"], each["from"], each["token"]] for called, each in found.items()]
    tables.show(("api", "url", "from", "token"), rows)
    click.echo(f"contexts are in {context_file.path()}; {CONTEXT_VARIABLE} names one", err=True)


def _said(field: str, value: str) -> str:
    """What an option says, fit to be kept. Raises UsageError."""
    if field.endswith("url"):
        return checked(value) if value else value
    if value == PROMPT:
        value = click.prompt("Token", hide_input=True, err=True)
    if value and not value.startswith(REFERENCES):
        context_file.token(value)
    return value


def _shown(known: Contexts, name: str) -> dict[str, object]:
    context = known.known[name]
    return {
        "name": name,
        "inUse": name == known.current,
        "url": context.url,
        "roomsUrl": context.rooms_url,
        "token": _hidden(context.token),
        "allocationToken": _hidden(context.allocation_token),
    }


def _cells(item: dict[str, object]) -> list[str]:
    return [
        str(item[key] or "-") for key in ("name", "url", "roomsUrl", "token", "allocationToken")
    ]


def _hidden(token: str) -> str:
    return token if not token or token.startswith(REFERENCES) else "(kept)"
