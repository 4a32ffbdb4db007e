"""A newcomer is told where everything is."""

import pathlib

import pytest

from maestro import config
from maestro.cli.development import folder as folders
from maestro.cli.development import welcome
from tests.ports import free_port

FOLDER = folders.Folder(pathlib.Path("/data"))


def test_the_addresses_are_those_that_were_chosen() -> None:
    settings = config.Settings(
        management_api_port=9080, management_api_grpc_port=9082, flower_port=6555
    )
    text = welcome.text(settings, FOLDER)

    for address in (
        "http://127.0.0.1:9080/docs",
        " 127.0.0.1:9082",
        "http://127.0.0.1:8070/docs",
        "http://127.0.0.1:6555",
        "http://127.0.0.1:8041/metrics",
        "/data/logs",
        "Ctrl-C",
    ):
        assert address in text


def test_an_api_that_stays_away_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(welcome, "READY_S", 0.3)
    said: list[str] = []

    settings = config.Settings(management_api_port=free_port())
    welcome.give(settings, FOLDER, with_sample=True, say=said.append)

    assert said == ["The management API does not answer after 0.3 s; see /data/logs"]


def test_above_the_table_no_address_is_told_twice() -> None:
    places = welcome.few_places(config.Settings(management_api_port=9080), FOLDER)

    assert places == {
        "API page": "http://127.0.0.1:9080/docs",
        "Management gRPC": "127.0.0.1:8082",
        "Rooms API page": "http://127.0.0.1:8070/docs",
        "Flower": "http://127.0.0.1:5555",
        "Metrics": "http://127.0.0.1:8041/metrics",
        "Logs": "/data/logs",
    }


@pytest.mark.parametrize(("brief", "lines"), [(True, 1), (False, 12)])
def test_the_table_leaves_little_to_say(
    monkeypatch: pytest.MonkeyPatch, brief: bool, lines: int
) -> None:
    monkeypatch.setattr(welcome, "answers", lambda management: True)
    said: list[str] = []

    welcome.give(config.Settings(), FOLDER, with_sample=False, brief=brief, say=said.append)

    assert len(said[0].splitlines()) == lines
    assert "Maestro runs." in said[0]
