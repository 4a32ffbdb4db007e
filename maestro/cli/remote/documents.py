"""
Files that describe schedulers: YAML or JSON, many documents in each. What the API would leave
unread (a field that it does not know) is refused here, with its line.
"""

import dataclasses
import difflib
import json
import pathlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
import yaml
from google.protobuf.descriptor import FieldDescriptor

from maestro.cli import exits
from protos.api.v1.messages_pb2 import Scheduler

STDIN = "-"
#: Above what the API takes in one request, so that it has the last word on sizes.
LARGEST = 16 * 1024 * 1024
#: Messages that hold whatever one likes, or are written as text.
OPAQUE = "google.protobuf."

#: Where the fields of a document are, by their paths.
Places = Mapping[str, "yaml.Mark"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One scheduler, as somebody wrote it."""

    name: str
    content: Mapping[str, Any]


class Loader(yaml.SafeLoader):
    """YAML of which every value is one of JSON: dates stay text."""


Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(files: Iterable[str]) -> list[Document]:
    """All documents of all files; raises UsageError and Refused before anything is done."""
    found = [document for file in files for document in parse(_text(file), _source(file))]
    if not found:
        raise exits.Refused("there is no document to apply")
    names = [document.name for document in found]
    for document in found:
        if names.count(document.name) > 1:
            raise exits.Refused(f"{document.name} is described twice; what counts is not clear")
    return found


def parse(text: str, source: str) -> Iterator[Document]:
    """The documents of one file; a list is as good as several documents."""
    for content, places in _json(text, source) if _is_json(text) else _yaml(text, source):
        several = content if isinstance(content, list) else [content]
        for at, each in enumerate(several):
            if each is not None:
                path = f"[{at}]" if isinstance(content, list) else ""
                yield _document(each, source, places, path)


def _document(content: Any, source: str, places: Places, path: str) -> Document:
    if not isinstance(content, dict):
        raise exits.Refused(f"{_place(source, places, path)}: a scheduler is an object of fields")
    try:
        json.dumps(content)
    except (TypeError, ValueError, RecursionError) as error:
        raise exits.Refused(f"{source}: cannot be written as JSON: {error}") from error
    unknown = list(_unknown(content, Scheduler.DESCRIPTOR, path))
    if unknown:
        lines = [
            f"{_place(source, places, field)}: {field.removeprefix(f'{path}.')} → {advice}"
            for field, advice in unknown
        ]
        raise exits.Refused("\n".join(lines))
    name = content.get("name")
    if not isinstance(name, str) or not name:
        raise exits.Refused(f"{_place(source, places, path)}: name → must be given")
    return Document(name=name, content=content)


def _unknown(content: Any, kind: Any, path: str) -> Iterator[tuple[str, str]]:
    """Fields that no scheduler has, and what may have been meant."""
    if not isinstance(content, dict) or kind.full_name.startswith(OPAQUE):
        return
    fields = {name: field for field in kind.fields for name in (field.json_name, field.name)}
    for name, value in content.items():
        field = fields.get(name)
        inner = f"{path}.{name}" if path else str(name)
        if field is None:
            names = [each.json_name for each in kind.fields]
            close = difflib.get_close_matches(str(name), names, n=1)
            yield inner, "no such field" + (f"; {close[0]}?" if close else f": {', '.join(names)}")
        elif field.message_type and not field.message_type.GetOptions().map_entry:
            yield from _unknown_in(value, field, inner)


def _unknown_in(value: Any, field: FieldDescriptor, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield from _unknown(each, field.message_type, f"{path}[{at}]")
    else:
        yield from _unknown(value, field.message_type, path)


# Files ------------------------------------------------------------------------------------------


def _source(file: str) -> str:
    return "standard input" if file == STDIN else file


def _text(file: str) -> str:
    try:
        if file == STDIN:
            raw = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with pathlib.Path(file).open("rb") as opened:
                raw = opened.read(LARGEST + 1)
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise click.UsageError(f"{_source(file)} cannot be read: {reason}") from error
    if len(raw) > LARGEST:
        raise click.UsageError(f"{_source(file)} is larger than {LARGEST} bytes")
    return text


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _json(text: str, source: str) -> Iterator[tuple[Any, Places]]:
    """Documents of JSON, with or without something between them."""
    decoder, at = json.JSONDecoder(object_pairs_hook=_once), 0
    try:
        while at < len(text):
            content, at = decoder.raw_decode(text, at)
            yield content, {}
            at += len(text[at:]) - len(text[at:].lstrip())
    except json.JSONDecodeError as error:
        where = f"{source}:{error.lineno}:{error.colno}"
        raise exits.Refused(f"{where}: broken JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise exits.Refused(f"{source}: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} is given twice in one object")
    return found


def _yaml(text: str, source: str) -> Iterator[tuple[Any, Places]]:
    try:
        loader = Loader(text)
        while loader.check_node():
            node = loader.get_node()
            places = dict(_places(node, "", source))
            yield loader.construct_document(node), places
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(filter(None, (error.context, error.problem)))
        raise exits.Refused(f"{_marked(source, mark)}: broken YAML: {said}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = "it holds itself" if isinstance(error, RecursionError) else str(error)
        raise exits.Refused(f"{source}: broken YAML: {reason}") from error


def _places(node: Any, path: str, source: str) -> Iterator[tuple[str, "yaml.Mark"]]:
    """Where each field begins. Raises Refused for a field that is given twice."""
    yield path, node.start_mark
    if isinstance(node, yaml.SequenceNode):
        for at, each in enumerate(node.value):
            yield from _places(each, f"{path}[{at}]", source)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = key.value
            if isinstance(name, str) and name in seen and name != "<<":
                raise exits.Refused(f"{_marked(source, key.start_mark)}: {name} is given twice")
            seen.add(str(name))
            inner = f"{path}.{name}" if path else str(name)
            yield from _places(value, inner, source)
            yield inner, key.start_mark


def _place(source: str, places: Places, path: str) -> str:
    return _marked(source, places.get(path))


def _marked(source: str, mark: Any) -> str:
    return f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
