"""Answers on stdout in the form that was asked for, once or again and again."""

import datetime
import json
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import click

from maestro.cli import exits, tables
from maestro.cli.remote import columns
from maestro.cli.remote.columns import Column, Item

TABLE, WIDE, JSON, YAML, NAME = FORMATS = ("table", "wide", "json", "yaml", "name")
EVERY_S = 1.0
CLEAR = "\033[H\033[2J"


def show_list(items: Sequence[Item], shape: Sequence[Column], form: str, *, none: str) -> None:
    """Print many. `none` says on stderr that there are none, where people look."""
    match form:
        case "json" | "yaml":
            show_document(items, form)
        case "name":
            for item in items:
                click.echo(name(item))
        case _ if not items:
            click.echo(none, err=True)
        case _:
            shown = columns.chosen(shape, wide=form == WIDE)
            rows = columns.rows(shown, items, datetime.datetime.now(datetime.UTC))
            folded = [each.title for each in shown if each.folds]
            tables.show([each.title for each in shown], rows, folded=folded)


def show_one(item: Item, shape: Sequence[Column], form: str) -> None:
    """Print one."""
    if form in (JSON, YAML):
        show_document(item, form)
    elif form == WIDE:
        now = datetime.datetime.now(datetime.UTC)
        for line in tables.fields({each.title: each.cell(item, now) for each in shape}):
            click.echo(line)
    else:
        show_list([item], shape, form, none="")


def show_document(document: Any, form: str) -> None:
    """Print what scripts and files want."""
    if form == JSON:
        click.echo(json.dumps(document, indent=2))
        return
    # Only needed here, and slow to import.
    import yaml

    click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), nl=False)


def name(item: Item) -> str:
    """What others refer to it by."""
    return str(next(item[key] for key in ("name", "id", "version") if key in item))


def again_and_again(ask: Callable[[], Any], show: Callable[[Any], None], *, watch: bool) -> None:
    """Show what is asked for; with `watch` whenever it changed, until Ctrl-C."""
    last, pause = ask(), threading.Event()
    show(last)
    is_drawn = sys.stdout.isatty()
    try:
        while watch:
            pause.wait(EVERY_S)
            try:
                found = ask()
            except exits.Away as away:
                # It is looked at until it is back.
                away.show()
                continue
            if is_drawn:
                click.echo(CLEAR, nl=False)
            if is_drawn or found != last:
                show(found)
                sys.stdout.flush()
            last = found
    except KeyboardInterrupt:
        # That is how one ends to look.
        click.echo(err=True)
