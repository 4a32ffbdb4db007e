"""The file of contexts: JSON, which is read fast, and only readable by its owner."""

import dataclasses
import json
import os
import pathlib
import stat
import tempfile
from collections.abc import Mapping
from typing import Any

import click

from maestro.cli.remote.contexts import Context, Contexts

FILE_VARIABLE = "MAESTRO_CLI_CONFIG"
LARGEST = 1024 * 1024
#: A token longer than any proxy lets through is none.
LONGEST_TOKEN = 16 * 1024


def path(environment: Mapping[str, str] = os.environ) -> pathlib.Path:
    """Where the contexts are."""
    if named := environment.get(FILE_VARIABLE):
        return pathlib.Path(named).expanduser()
    base = environment.get("XDG_CONFIG_HOME") or "~/.config"
    return pathlib.Path(base).expanduser() / "maestro" / "contexts.json"


def load(file: pathlib.Path) -> Contexts:
    """All contexts; none when there is no file. Raises UsageError when it cannot be read."""
    try:
        with file.open("rb") as opened:
            _warn_of_readers(file, os.fstat(opened.fileno()).st_mode)
            text = opened.read(LARGEST)
    except FileNotFoundError:
        return Contexts()
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from error
    try:
        return _read(json.loads(text))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise click.UsageError(f"{file} is no JSON: {error.msg} ({where})") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise click.UsageError(f"{file} does not hold contexts: {error}") from error


def save(file: pathlib.Path, contexts: Contexts) -> None:
    """Replace the file at once, so that whoever reads it never sees half of it."""
    document = {
        "current": contexts.current,
        "contexts": {
            name: {field: value for field, value in dataclasses.asdict(context).items() if value}
            for name, context in contexts.known.items()
        },
    }
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Born with mode 0600.
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as new:
            new.write(json.dumps(document, indent=2) + "\n")
        pathlib.Path(new.name).replace(file)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}") from error


def token(written: str, environment: Mapping[str, str] = os.environ) -> str:
    """The token that is meant by what is written. Raises UsageError when it is not found."""
    kind, _, rest = written.partition(":")
    if kind == "env":
        if not environment.get(rest):
            raise click.UsageError(f"the token is said to be in ${rest}, which is not set")
        found = environment[rest]
    elif kind == "file":
        found = _first_line(pathlib.Path(rest).expanduser())
    else:
        found = written
    if not found.isascii() or not found.isprintable():
        raise click.UsageError("the token holds characters that no token may hold")
    return found


def _first_line(file: pathlib.Path) -> str:
    try:
        with file.open() as opened:
            return opened.readline(LONGEST_TOKEN).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise click.UsageError(f"the token is said to be in {file}: {reason}") from error


def _read(document: Any) -> Contexts:
    if not isinstance(document, dict):
        raise ValueError("it is no object")
    known = {}
    for name, fields in document.get("contexts", {}).items():
        if not all(isinstance(value, str) for value in fields.values()):
            raise ValueError(f"in {name} is something else than text")
        known[name] = Context(**fields)
    return Contexts(current=str(document.get("current", "")), known=known)


def _warn_of_readers(file: pathlib.Path, mode: int) -> None:
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        click.echo(f"Warning: others may read {file}: chmod 600 it", err=True)
