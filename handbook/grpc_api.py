"""The page of the gRPC API, from the .proto files; these explain themselves."""

import pathlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from handbook import http_api, markdown

PROTOS = pathlib.Path(__file__).parents[1] / "protos"
HEADER = """# gRPC API

Both APIs also serve gRPC, with the same behaviour, errors and permissions as over HTTP: management
at `127.0.0.1:8082`, rooms at `127.0.0.1:8072`. Both answer health checks and reflection, so that
`grpcurl` needs no files. A refusal has gRPC's status code, and the fields that are wrong as
`google.rpc.BadRequest` in its details. A token goes into the metadata, as `authorization: Bearer
TOKEN`.

The service `GRPCForwarder` is the other way round: a matchmaker serves it, and Maestro calls
([Connect a matchmaker](how-to/connect-a-matchmaker.md)).

"""
SERVICE = re.compile(r"^service (\w+)")
METHOD = re.compile(r"^  rpc (\w+)\((\w+)\) returns \((\w+)\)")
PACKAGE = re.compile(r"^package ([\w.]+);", re.MULTILINE)


class Method(NamedTuple):
    """One call, and the comment above it."""

    service: str
    name: str
    request: str
    answer: str
    meaning: str


def page() -> str:
    """The whole page."""
    texts = {path: path.read_text() for path in sorted(PROTOS.rglob("*.proto"))}
    lines: list[str] = []
    for text in texts.values():
        lines += _services(text)
    for path, text in texts.items():
        name = path.relative_to(PROTOS.parent)
        lines += [f"## `{name}`", "", *markdown.block("protobuf", text)]
    return HEADER + "\n".join(lines).rstrip() + "\n"


def methods(text: str) -> Iterator[Method]:
    """All calls of a file."""
    service, comment = "", ""
    for line in text.splitlines():
        if found := SERVICE.match(line):
            service = found[1]
        elif found := METHOD.match(line):
            yield Method(service, found[1], found[2], found[3], comment)
        comment = line.strip().removeprefix("// ") if line.strip().startswith("//") else ""


def _services(text: str) -> list[str]:
    found, package = list(methods(text)), PACKAGE.search(text)
    if not found or not package:
        return []
    routes = http_api.routes() if package[1].startswith("api") else {}
    rows = [
        (markdown.code(each.name), markdown.plain(each.meaning), _over_http(routes.get(each.name)))
        for each in found
    ]
    titles, filled = (["Method", "Meaning", "Over HTTP"], rows) if routes else (
        ["Method", "Meaning"], [row[:2] for row in rows]
    )  # fmt: skip
    return [f"## `{package[1]}.{found[0].service}`", "", *markdown.table(titles, filled)]


def _over_http(route: str | None) -> str:
    return f"[{markdown.code(route)}](http-api.md#{markdown.anchor(route)})" if route else ""
