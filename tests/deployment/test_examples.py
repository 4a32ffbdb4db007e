"""The fleets that the pages about deployment offer."""

import json
import pathlib
from typing import Any

import pytest

from maestro.cli.demo_room import demo_room, ports
from tests.contract import asking
from tests.contract.management_cases import fleets
from tests.deployment.places import DOCKER

IN_A_CLUSTER = DOCKER / "kubernetes" / "demo-scheduler.json"
FILES = [DOCKER / "demo-scheduler.json", IN_A_CLUSTER]


def container(file: pathlib.Path) -> Any:
    (only,) = json.loads(file.read_text())["spec"]["containers"]
    return only


@pytest.mark.parametrize("file", FILES)
def test_they_are_accepted(file: pathlib.Path) -> None:
    client = asking.management(fleets())

    answer = asking.ask(client, "POST", "/schedulers", json=json.loads(file.read_text()))

    assert answer.status == 200, answer.text


@pytest.mark.parametrize("file", FILES)
def test_their_rooms_are_of_the_image_and_reached_from_elsewhere(file: pathlib.Path) -> None:
    program, command, *options = container(file)["command"]

    assert (program, command) == ("maestro", "demo-room")
    given = demo_room.make_context("demo-room", options).params
    assert given["host"] == "0.0.0.0"  # noqa: S104


def test_rooms_in_a_cluster_listen_where_players_are_sent() -> None:
    room = container(IN_A_CLUSTER)
    variables = {each["name"]: each["value"] for each in room["environment"]}

    assert [each._asdict() for each in ports(variables)] == [
        {"name": each["name"], "protocol": each["protocol"], "number": each["port"]}
        for each in room["ports"]
    ]
