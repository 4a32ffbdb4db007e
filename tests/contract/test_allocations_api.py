"""The rooms API over HTTP: allocations."""

import dataclasses

import pytest

from maestro.domain.rooms import HostPort, RoomStatus
from tests.contract import asking
from tests.contract.asking import ask
from tests.fakes.services import Services
from tests.make import room

PATH = "/scheduler/arena/rooms/allocate"


@pytest.fixture
def services() -> Services:
    services = Services()
    ports = (HostPort(name="game", protocol="udp", port=40000),)
    services.rooms.stored = [
        dataclasses.replace(room(), status=RoomStatus.READY, host="10.0.0.1", ports=ports)
    ]
    return services


@pytest.mark.parametrize("body", [None, "{}", '{"unknown": 1}'])
def test_a_matchmaker_learns_where_the_room_is(services: Services, body: str | None) -> None:
    answer = ask(asking.rooms(services), "POST", PATH, data=body)
    assert (answer.status, answer.body) == (
        200,
        {
            "roomId": "arena-1",
            "success": True,
            "message": "",
            "ports": [{"name": "game", "protocol": "UDP", "port": 40000}],
            "host": "10.0.0.1",
        },
    )


def test_without_a_ready_room_it_is_asked_to_come_again(services: Services) -> None:
    services.rooms.stored = [dataclasses.replace(room(), status=RoomStatus.OCCUPIED)]
    answer = ask(asking.rooms(services), "POST", PATH)
    assert (answer.status, answer.body["code"]) == (429, 8)
    assert answer.body["message"] == "no ready rooms available for scheduler arena"


def test_an_unknown_scheduler_is_not_found(services: Services) -> None:
    answer = ask(asking.rooms(services), "POST", "/scheduler/nobody/rooms/allocate")
    assert (answer.status, answer.body["code"]) == (404, 5)
