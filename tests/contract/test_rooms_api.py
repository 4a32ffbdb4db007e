"""The rooms API over HTTP: pings."""

import logging
from typing import Any

import pytest
from flask.testing import FlaskClient

from maestro import errors
from maestro.domain.rooms import PingStatus
from maestro.ports.storage import Ping
from tests.contract import asking
from tests.contract.asking import ask
from tests.contract.test_management_api import room
from tests.fakes.services import Services

PATH = "/scheduler/arena/rooms/arena-1/ping"
LARGE = {"text": "a" * (64 * 1024 - 11)}


@pytest.fixture
def services() -> Services:
    """One room."""
    services = Services()
    services.rooms.stored = [room()]
    return services


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return asking.rooms(services)
