"""`maestro events`: what forwarders did not take, and how to try again."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from maestro import errors
from maestro.bootstrap import Maestro
from maestro.config import Settings
from maestro.domain.forwarding.events import Event
from maestro.ports.events import DeadLetter


@click.group()
def events() -> None:
    """Look at events that no forwarder took."""


@events.command("dead-letters")
@click.argument("scheduler")
@click.option("--replay", is_flag=True, help="Have them all delivered again, as new events.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, also on a terminal.")
def dead_letters(scheduler: str, replay: bool, as_json: bool) -> None:
    """Show the events of SCHEDULER that were given up, also when it is deleted."""
    letters = Maestro(Settings()).dead_letters
    try:
        found = letters.of(scheduler)
        if replay:
            letters.replay(found)
    except errors.MaestroError as error:
        raise click.ClickException(str(error)) from error
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps([_document(letter) for letter in found], indent=2))
    else:
        show(found)
    if replay:
        click.echo(f"{len(found)} events wait to be delivered again", err=True)


def show(letters: Sequence[DeadLetter]) -> None:
    """A table, as wide as the terminal."""
    # Only needed here, and slow to import.
    from rich.console import Console
    from rich.table import Table

    table = Table("given up", "room", "event", "forwarder", "attempts", "reason", box=None)
    for letter in letters:
        event = letter.event
        moment = f"{letter.at:%Y-%m-%d %H:%M:%S}"
        row = (event.room, _what(event), letter.forwarder.name, str(letter.attempts), letter.reason)
        table.add_row(moment, *row)
    Console().print(table)


def _what(event: Event) -> str:
    """The event in a word or two."""
    detail = event.attributes.get("roomEvent") or event.attributes.get("pingType") or ""
    return f"{event.kind} {detail}".strip()


def _document(letter: DeadLetter) -> dict[str, Any]:
    return {
        "scheduler": letter.scheduler,
        "room": letter.event.room,
        "eventType": letter.event.kind,
        "attributes": dict(letter.event.attributes),
        "forwarder": letter.forwarder.name,
        "address": letter.forwarder.address,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "givenUpAt": letter.at.isoformat(),
    }
