"""The commands of `maestro schedulers` that change something, and follow it until it is done."""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import click

from maestro.cli import exits
from maestro.cli.remote import displays, following, progress
from maestro.cli.remote.asking import Api
from maestro.cli.remote.following import Steps
from maestro.cli.remote.options import reach, scheduler_argument, waiting


@click.command(epilog=exits.FOLLOWING_CODES)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    required=True,
    type=click.Path(allow_dash=True),
    help="YAML or JSON, with one document or many; - is standard input. May be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@waiting
@reach()
def apply(api: Api, files: tuple[str, ...], dry_run: bool, wait: bool, timeout_s: float) -> None:
    """
    Make schedulers what files describe.

    One that does not exist is created. Of one that does, a document that differs from its active
    version makes a new version, and one that does not changes nothing. A document describes all of
    a scheduler: what it leaves out is taken as unset. Nothing is sent before all documents could be
    read; one that is refused does not keep the others from being applied.
    """
    # Only needed here, and slow to import.
    from maestro.cli.remote import documents

    asks = {
        document.name: functools.partial(
            _apply, api, document.name, document.content, dry_run=dry_run
        )
        for document in documents.read(files)
    }
    _do(asks, wait=wait, timeout_s=timeout_s)


def _apply(api: Api, name: str, content: Mapping[str, Any], *, dry_run: bool) -> Steps | None:
    """What there is to follow, if anything."""
    # Only needed here, and slow to import.
    from maestro.cli.remote import changes

    active = _active(api, name)
    changed = changes.changed(content, active) if active else None
    about = f" ({', '.join(changed)})" if changed else ""
    if active and changed == []:
        _say(name, "unchanged")
    elif dry_run:
        _say(name, f"would get a new version{about}" if active else "would be created")
    elif active:
        return _edited(api, name, _Edit(f"new version{about}", "POST", content))
    else:
        api.send("POST", "schedulers", body=content)
        _say(name, "created")
        return following.creation(api, name)
    return None


def _active(api: Api, name: str) -> Mapping[str, Any] | None:
    """The scheduler as it is, or None when there is none."""
    found = api.find("schedulers", name)
    return None if found is None else found["scheduler"]


@click.command(epilog=exits.FOLLOWING_CODES)
@scheduler_argument(many=True)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@waiting
@reach()
def delete(api: Api, schedulers: tuple[str, ...], yes: bool, wait: bool, timeout_s: float) -> None:
    """Delete schedulers with all of their rooms, those included in which matches run."""
    if not yes:
        click.confirm(f"Delete {', '.join(schedulers)} and all rooms?", abort=True, err=True)
    asks = {name: functools.partial(_delete, api, name) for name in schedulers}
    _do(asks, wait=wait, timeout_s=timeout_s)


def _delete(api: Api, name: str) -> Steps:
    found = api.send("DELETE", "schedulers", name)["operationId"]
    _say(name, f"is being deleted, operation {found}")
    return following.operation(api, name, found)


@click.command(epilog=exits.FOLLOWING_CODES)
@scheduler_argument()
@click.option("--to", "version", help="Which one; the one before the active one if not given.")
@waiting
@reach()
def rollback(api: Api, scheduler: str, version: str | None, wait: bool, timeout_s: float) -> None:
    """Make an older version of SCHEDULER the active one again."""
    versions = api.get("schedulers", scheduler, "versions")["versions"]
    known = {each["version"]: each["isActive"] for each in versions}
    version = version or progress.previous(versions)
    if version not in known:
        missing = f"version {version}" if version else "version before the active one"
        hint = f"`maestro versions list {scheduler}` shows all; --to names one"
        raise exits.Refused(f"{scheduler} has no {missing}", hint=hint)
    if known[version]:
        _say(scheduler, "unchanged")
        return
    edit = _Edit(f"back to {version}", "PUT", {"version": version})
    ask = functools.partial(_edited, api, scheduler, edit)
    _do({scheduler: ask}, wait=wait, timeout_s=timeout_s)


@click.command(epilog=exits.FOLLOWING_CODES)
@scheduler_argument()
@click.argument("rooms", type=click.IntRange(min=0), required=False)
@click.option("--min", "least", type=click.IntRange(min=0), help="Of automatic scaling.")
@click.option("--max", "most", type=click.IntRange(min=-1), help="Likewise; -1 is no limit.")
@waiting
@reach()
def scale(
    api: Api,
    scheduler: str,
    rooms: int | None,
    least: int | None,
    most: int | None,
    wait: bool,
    timeout_s: float,
) -> None:
    """
    Have SCHEDULER keep ROOMS rooms, or scale automatically within other bounds.

    ROOMS counts for fleets without automatic scaling, --min and --max for those with it.
    """
    if (rooms is None) == (least is None and most is None):
        raise click.UsageError("give ROOMS, or --min or --max or both")
    active = api.get("schedulers", scheduler)["scheduler"]
    scaling = active.get("autoscaling") or {}
    if bool(scaling.get("enabled")) == (rooms is not None):
        given, other = ("ROOMS", "--min, --max") if rooms is not None else ("--min, --max", "ROOMS")
        state = "scales automatically" if scaling.get("enabled") else "does not scale automatically"
        raise exits.Refused(f"{scheduler} {state}: {given} would change nothing; use {other}")
    bounds = {"min": least, "max": most}
    wanted = {name: value for name, value in bounds.items() if value is not None}
    if rooms == active.get("roomsReplicas") or (wanted and wanted.items() <= scaling.items()):
        _say(scheduler, "unchanged")
        return
    body: dict[str, object] = {"autoscaling": wanted} if wanted else {"roomsReplicas": rooms}
    said = f"scaled to {json.dumps(wanted)}" if wanted else f"scaled to {rooms}"
    ask = functools.partial(_edited, api, scheduler, _Edit(said, "PATCH", body))
    _do({scheduler: ask}, wait=wait, timeout_s=timeout_s)


@click.command(epilog=exits.CODES)
@scheduler_argument(required=False)
@click.option("--all", "is_all", is_flag=True, help="All of them, future ones too.")
@reach()
def pause(api: Api, scheduler: str | None, is_all: bool) -> None:
    """Leave the rooms of SCHEDULER alone until it is resumed; pings and operations go on."""
    _switch(api, "pause", scheduler, is_all=is_all)


@click.command(epilog=exits.CODES)
@scheduler_argument(required=False)
@click.option("--all", "is_all", is_flag=True, help="All but those that were paused one by one.")
@reach()
def resume(api: Api, scheduler: str | None, is_all: bool) -> None:
    """End the pause of SCHEDULER, and try again what kept crashing."""
    _switch(api, "resume", scheduler, is_all=is_all)


EDITS = [apply, delete, rollback, scale, pause, resume]


def _switch(api: Api, verb: str, scheduler: str | None, *, is_all: bool) -> None:
    if (scheduler is None) != is_all:
        raise click.UsageError("give SCHEDULER, or --all")
    path = ("schedulers", scheduler, verb) if scheduler else (verb,)
    api.send("PUT", *path)
    _say(scheduler or "all schedulers", f"{verb}d")


class _Edit(NamedTuple):
    """What is asked for, in words and on the wire."""

    said: str
    verb: str
    body: Mapping[str, Any]


def _edited(api: Api, name: str, edit: _Edit) -> Steps:
    """Ask for an edit, say so, and give what there is to follow."""
    found = api.send(edit.verb, "schedulers", name, body=edit.body)["operationId"]
    _say(name, f"{edit.said}, operation {found}")
    return following.edit(api, name, found)


def _say(name: str, what: str) -> None:
    click.echo(f"{name} {exits.printable(what)}")


def _do(asks: Mapping[str, Callable[[], Steps | None]], *, wait: bool, timeout_s: float) -> None:
    """Ask for each, follow what was begun, and end with the code of the worst that happened."""
    begun, troubles = dict[str, Steps](), dict[str, exits.Trouble]()
    for name, ask in asks.items():
        try:
            if steps := ask():
                begun[name] = steps
        except exits.Trouble as trouble:
            troubles[name] = trouble
            if isinstance(trouble, exits.Away):
                # Nor will it answer to the next one.
                break
    if wait and begun:
        with displays.display() as shown:
            ended = following.follow(begun, shown, timeout_s=timeout_s)
        for name in begun:
            if name not in ended:
                _say(name, "done")
        troubles |= ended
    exits.tell(troubles)
