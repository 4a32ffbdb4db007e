"""Requests to an API, and its answers in the few words that tests need."""

import dataclasses
import functools
import json
from collections.abc import Mapping
from typing import Any

import flask
from flask.testing import FlaskClient

from api import web
from api.management import app as management_app
from api.rooms import app as rooms_app
from tests.fakes.services import Services

BODY_LIMIT = 128 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def body(self) -> Any:
        """The JSON in it."""
        return json.loads(self.text)

    @property
    def fields(self) -> list[str]:
        """Paths of the fields that it complains about."""
        return [
            violation["field"]
            for detail in self.body["details"]
            for violation in detail["fieldViolations"]
        ]


def ask(client: FlaskClient, method: str, path: str, **request: Any) -> Answer:
    """Send one request; `json` may hold numbers that the applications would not write."""
    if "json" in request:
        request["data"] = json.dumps(request.pop("json"))
    with client.open(path, method=method, **request) as response:
        return Answer(response.status_code, response.get_data(as_text=True), dict(response.headers))


def management(services: Services) -> FlaskClient:
    """A client of the management API over `services`."""
    return _client(_management(), services)


def rooms(services: Services, *, fast: bool = True) -> FlaskClient:
    """A client of the rooms API over `services`, with or without the short way for pings."""
    return _client(_rooms(fast), services)


def _client(app: flask.Flask, services: Services) -> FlaskClient:
    app.extensions[web.EXTENSION] = services
    return app.test_client()


# Made once: an application takes longer to make than most tests to run.


@functools.cache
def _management() -> flask.Flask:
    return management_app.create_app(Services(), body_limit=BODY_LIMIT)


@functools.cache
def _rooms(fast: bool) -> flask.Flask:
    return rooms_app.create_app(Services(), body_limit=BODY_LIMIT, fast_pings=fast)
