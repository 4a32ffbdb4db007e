"""Whatever the description of an API allows to ask, the answer is one that it describes."""

from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import web
from api.management import app as management_app
from api.rooms import app as rooms_app
from tests.contract.asking import BODY_LIMIT
from tests.contract.management_cases import fleets

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
APPS: dict[str, Flask] = {
    "management": management_app.create_app(fleets(), body_limit=BODY_LIMIT),
    "rooms": rooms_app.create_app(fleets(), body_limit=BODY_LIMIT),
}
DESCRIBED = {
    name: schemathesis.openapi.from_wsgi("/openapi.json", app) for name, app in APPS.items()
}


def asked(name: str, case: Any) -> None:
    """Ask, with the two schedulers as they are at first."""
    APPS[name].extensions[web.EXTENSION] = fleets()
    case.call_and_validate(checks=CHECKS)


@DESCRIBED["management"].parametrize()
@FEW
def test_the_management_api_answers_as_it_is_described(case: Any) -> None:
    asked("management", case)


@DESCRIBED["rooms"].parametrize()
@FEW
def test_the_rooms_api_answers_as_it_is_described(case: Any) -> None:
    asked("rooms", case)
