"""The description of both APIs: complete, true, and readable without the Internet."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.management import examples
from tests.contract import asking
from tests.contract.asking import ask
from tests.contract.routes import MANAGEMENT, ROOMS
from tests.fakes.services import Services

CLIENTS = {"management": asking.management, "rooms": asking.rooms}
#: What may be refused because of how things are, and what needs no more than its path.
CONFLICTING = {"CreateScheduler", "PatchScheduler", "CancelOperation"}
BODILESS = ("Pause", "Resume", "Cancel")
#: What serves the description.
ABOUT_ITSELF = ("/docs", "/openapi.json", "/static")


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> FlaskClient:
    return CLIENTS[request.param](Services())


def described(client: FlaskClient) -> Any:
    """The OpenAPI document."""
    answer = ask(client, "GET", "/openapi.json")
    assert answer.status == 200
    return answer.body


def described_operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Verb, path and description of each route."""
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if verb != "parameters":
                yield verb.upper(), path, operation


@pytest.mark.parametrize(("name", "routes"), [("management", MANAGEMENT), ("rooms", ROOMS)])
def test_every_route_is_described(name: str, routes: dict[str, str]) -> None:
    document = described(CLIENTS[name](Services()))

    found = {
        operation["operationId"]: f"{verb} {path}"
        for verb, path, operation in described_operations(document)
    }

    assert found == routes


def test_every_route_that_is_served_is_described(client: FlaskClient) -> None:
    served = {
        (verb, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in client.application.url_map.iter_rules()
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(ABOUT_ITSELF)
    }

    assert served == {(verb, path) for verb, path, _ in described_operations(described(client))}


def test_bodies_answers_and_errors_are_described(client: FlaskClient) -> None:
    for verb, path, operation in described_operations(described(client)):
        assert operation["summary"]
        without_body = operation["operationId"].startswith(BODILESS)
        has_body = verb in {"POST", "PUT", "PATCH"} and not without_body
        assert ("requestBody" in operation) == has_body
        answers = operation["responses"]
        assert answers["200"]["content"]["application/json"]["schema"]
        assert "default" in answers
        assert ("409" in answers) == (operation["operationId"] in CONFLICTING)
        assert "422" not in answers
        parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert not {name for name in parameters if "_" in name and f"{{{name}}}" not in path}


def test_what_is_referred_to_exists(client: FlaskClient) -> None:
    document = described(client)

    def check(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                place: Any = document
                for part in value["$ref"].removeprefix("#/").split("/"):
                    place = place[part]
            for inner in value.values():
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                check(inner)

    check(document)


def test_errors_are_described_as_they_are_answered(client: FlaskClient) -> None:
    schemas = described(client)["components"]["schemas"]

    assert list(schemas["Refusal"]["properties"]) == ["code", "message", "details"]
    assert list(schemas["BadRequest"]["properties"]) == ["@type", "fieldViolations"]


def test_the_example_works_as_it_stands() -> None:
    client = asking.management(Services())
    post = described(client)["paths"]["/schedulers"]["post"]
    example = post["requestBody"]["content"]["application/json"]["example"]
    shown = post["responses"]["200"]["content"]["application/json"]["example"]

    answer = ask(client, "POST", "/schedulers", json=example)

    assert answer.status == 200
    assert answer.body == shown == {"scheduler": examples.SCHEDULER}


@pytest.mark.parametrize("verb", ["post", "patch", "put"])
def test_the_examples_of_edits_work_as_they_stand(verb: str) -> None:
    services = Services()
    client = asking.management(services)
    create = described(client)["paths"]["/schedulers"]["post"]
    edit = described(client)["paths"]["/schedulers/{scheduler_name}"][verb]
    stored = create["requestBody"]["content"]["application/json"]["example"]
    example = edit["requestBody"]["content"]["application/json"]["example"]
    shown = edit["responses"]["200"]["content"]["application/json"]["example"]
    ask(client, "POST", "/schedulers", json=stored)
    arena = services.schedulers.stored["arena"]
    if verb == "put":
        spec = dataclasses.replace(arena.spec, version=example["version"])
        services.schedulers.stored["arena"] = dataclasses.replace(arena, spec=spec)

    answer = ask(client, verb.upper(), "/schedulers/arena", json=example)

    assert answer.status == 200
    assert list(answer.body) == list(shown) == ["operationId"]


def test_the_page_needs_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = ask(client, "GET", "/docs")

    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert page.status == 200
    assert len(files) == 3
    for file in files:
        assert ask(client, "GET", f"/{file}").status == 200
    assert "http" not in page.text
    assert '"/openapi.json"' in page.text


def test_assets_are_nothing_but_assets(client: FlaskClient) -> None:
    assert ask(client, "GET", "/docs/assets/../__init__.py").status == 404
    assert ask(client, "GET", "/docs/assets/%2e%2e/__init__.py").status == 404
