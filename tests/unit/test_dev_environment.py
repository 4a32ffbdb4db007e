"""What `maestro dev` decides, and that users have the last word."""

import os
import pathlib
import sys
from typing import Any

import pytest

from maestro import config
from maestro.cli.development import environment, stores
from maestro.cli.development import folder as folders

FOLDER = folders.Folder(pathlib.Path("/data"))


def decide() -> dict[str, Any]:
    return environment.decide(FOLDER, environment.default_ports() | {"management_api_port": 9080})


def test_every_process_finds_the_stores_the_rooms_and_each_other() -> None:
    variables = environment.variables(decide(), FOLDER)

    assert variables["MAESTRO_POSTGRES_URL"].endswith("@127.0.0.1:15432/maestro")
    assert variables["MAESTRO_REDIS_URL"] == "redis://127.0.0.1:16379/0"
    assert variables["MAESTRO_BROKER_URL"] == "redis://127.0.0.1:16379/1"
    assert variables["MAESTRO_LOCAL_ROOMS_DIR"] == "/data/rooms"
    assert variables["MAESTRO_MANAGEMENT_API_PORT"] == "9080"
    assert variables["MAESTRO_ROOMS_API_URL"] == "http://127.0.0.1:8070"


def test_the_variables_say_what_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    decided = decide()
    for name, value in environment.variables(decided, FOLDER).items():
        monkeypatch.setenv(name, value)

    settings = config.Settings()

    assert settings == config.Settings(**decided)
    assert settings.management_api_port == 9080


def test_every_port_of_the_settings_is_chosen() -> None:
    ports = {name for name in config.Settings.model_fields if name.endswith("_port")}

    assert environment.default_ports().keys() == ports | {"postgres", "redis"}


def test_what_the_user_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_MANAGEMENT_API_PORT", "7000")
    monkeypatch.setenv("MAESTRO_ROOMS_API_HOST", "::")
    monkeypatch.setenv("MAESTRO_HEALTH_INTERVAL_S", "60")

    decided = decide()

    assert "management_api_port" not in environment.default_ports()
    assert "health_interval_s" not in decided
    assert environment.variables(decided, FOLDER)["MAESTRO_MANAGEMENT_API_PORT"] == "7000"
    assert decided["rooms_api_url"] == "http://127.0.0.1:8070"


def test_what_the_users_file_says_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "maestro.yaml"
    file.write_text("health_interval_s: 60\n")
    monkeypatch.setenv("MAESTRO_CONFIG", str(file))

    assert "health_interval_s" not in decide()


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ([], ["postgres", "redis"]),
        (["POSTGRES_URL"], ["redis"]),
        (["REDIS_URL"], ["postgres", "redis"]),
        (["REDIS_URL", "BROKER_URL"], ["postgres"]),
    ],
)
def test_a_store_that_the_user_has_is_not_started(
    monkeypatch: pytest.MonkeyPatch, given: list[str], needed: list[str]
) -> None:
    for name in given:
        monkeypatch.setenv(f"MAESTRO_{name}", "redis://elsewhere")

    assert stores.needed(decide()) == needed


def test_our_programs_are_found_first() -> None:
    path = environment.variables({}, FOLDER)["PATH"]

    assert path.split(os.pathsep)[0] == os.path.dirname(sys.executable)
