"""The page of the HTTP API, from the OpenAPI documents that the applications serve."""

import http
import json
from collections.abc import Callable, Iterator
from typing import Any

import flask

from api.management.app import create_app as management
from api.rooms.app import create_app as rooms
from handbook import markdown

HEADER = """# HTTP API

What the two APIs answer, as their pages `/docs` and documents `/openapi.json` say it while they
run. Bodies are JSON whatever the `Content-Type`; `snake_case` is understood as well as `camelCase`,
unknown fields are ignored. Numbers of 64 bits are written as strings.

Every refusal has the body of [Refusal](#refusal): `code` is that of gRPC, `message` says what is
wrong, and `details` name the fields.

"""
#: The application → where it listens unless configured.
APPLICATIONS: dict[Callable[..., flask.Flask], str] = {
    management: "http://127.0.0.1:8080",
    rooms: "http://127.0.0.1:8070",
}
#: What flask-smorest adds, and none of our answers has.
UNUSED = "PaginationMetadata"
REFERENCE = "#/components/schemas/"
Json = dict[str, Any]


def page() -> str:
    """The whole page."""
    lines: list[str] = []
    schemas: Json = {}
    for document, address in documents():
        lines += _application(document, address)
        schemas |= document["components"]["schemas"]
    lines += ["## Schemas", ""]
    for name in sorted(set(schemas) - {UNUSED}):
        lines += _schema(name, schemas[name])
    return HEADER + "\n".join(lines).rstrip() + "\n"


def documents() -> Iterator[tuple[Json, str]]:
    """Each application's description of itself, and where it listens."""
    for create, address in APPLICATIONS.items():
        # No request but this one comes, so no services are needed.
        app = create(None, body_limit=0)
        yield app.test_client().get("/openapi.json").get_json(), address


def routes() -> dict[str, str]:
    """The name of each operation, which is its name over gRPC too → method and path."""
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for document, _ in documents()
        for method, path, operation, _ in _operations(document)
    }


def _operations(document: Json) -> Iterator[tuple[str, str, Json, list[Json]]]:
    """Method, path, operation, and the parameters of its path."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method, path, operation, item.get("parameters", [])


def _application(document: Json, address: str) -> list[str]:
    info = document["info"]
    lines = [f"## {info['title']}", "", f"{info['description']} At `{address}`.", ""]
    for method, path, operation, of_path in _operations(document):
        lines += _operation(f"{method.upper()} {path}", operation, of_path)
    return lines


def _operation(title: str, operation: Json, of_path: list[Json]) -> list[str]:
    given = [*of_path, *operation.get("parameters", [])]
    parameters = (
        (
            markdown.code(each["name"]),
            each["in"],
            _type(each["schema"]),
            markdown.plain(each.get("description", "")),
        )
        for each in given
    )
    old = " Kept for old rooms." if operation.get("deprecated") else ""
    return [
        f"### {title}",
        "",
        f"{markdown.plain(operation['summary'])}{old}",
        "",
        *markdown.table(["Parameter", "In", "Type", "Meaning"], parameters),
        *_body(operation),
        *_answers(operation),
    ]


def _body(operation: Json) -> list[str]:
    if "requestBody" not in operation:
        return []
    content = operation["requestBody"]["content"]["application/json"]
    lines = [f"Body: {_type(content['schema'])}", ""]
    if example := content.get("example"):
        lines += markdown.block("json", json.dumps(example, indent=2))
    return lines


def _answers(operation: Json) -> list[str]:
    said = []
    for status, answer in sorted(operation["responses"].items()):
        if status == "200":
            said.append(f"200 {_type(answer['content']['application/json']['schema'])}")
        elif status != "default":
            said.append(f"{status} {http.HTTPStatus(int(status)).phrase}")
    return [f"Answers: {', '.join(said)}.", ""]


def _schema(name: str, schema: Json) -> list[str]:
    rows = (
        (markdown.code(field), _type(kind), markdown.plain(_meaning(kind)))
        for field, kind in schema.get("properties", {}).items()
    )
    lines = markdown.table(["Field", "Type", "Meaning"], rows)
    return [f"### {name}", "", *(lines or ["No fields.", ""])]


def _type(schema: Json) -> str:
    """In words, with a link to a schema of ours."""
    if reference := schema.get("$ref", "").removeprefix(REFERENCE):
        return f"[{reference}](#{markdown.anchor(reference)})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if values := schema.get("additionalProperties"):
        return f"map of {_type(values)}"
    kinds = schema.get("type", "any")
    said = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return f"{said} ({schema['format']})" if "format" in schema else said


def _meaning(schema: Json) -> str:
    said = schema.get("description", "")
    return f"{said} Only in answers.".strip() if schema.get("readOnly") else said
