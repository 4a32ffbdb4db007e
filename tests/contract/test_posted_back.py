"""What is shown of a scheduler means that scheduler: posted back it changes no room."""

from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from tests.contract import asking
from tests.contract.asking import ask
from tests.contract.scheduler_cases import ACCEPTED
from tests.fakes.maestro import FakeMaestro
from tests.fakes.services import Services


@pytest.fixture
def maestro() -> FakeMaestro:
    return FakeMaestro(room_validation_attempts=1)


@pytest.fixture
def client(maestro: FakeMaestro) -> FlaskClient:
    """The API over the real services."""
    return asking.management(cast(Services, maestro.management))


@pytest.mark.parametrize("body", ACCEPTED)
def test_it_is_a_minor_version(
    client: FlaskClient, maestro: FakeMaestro, body: dict[str, Any]
) -> None:
    # Given a scheduler that was created
    name = body["name"]
    assert ask(client, "POST", "/schedulers", json={**body, "roomsReplicas": 0}).status == 200
    maestro.settle(name)
    shown = ask(client, "GET", f"/schedulers/{name}").body["scheduler"]

    # When the very answer is posted as a new version
    answer = ask(client, "POST", f"/schedulers/{name}", json=shown)
    maestro.settle(name)

    # Then the version is a minor one, and says the same
    assert answer.status == 200
    again = ask(client, "GET", f"/schedulers/{name}").body["scheduler"]
    assert again["spec"].pop("version") == "v1.1.0"
    assert shown["spec"].pop("version") == "v1.0.0"
    assert again == shown
