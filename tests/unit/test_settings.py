"""Settings: what is refused, and that their page tells the truth."""

import pathlib

import pydantic
import pytest

from maestro.cli import settings as command
from maestro.config import Settings

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_what_the_command_prints() -> None:
    assert PAGE.read_text() == command.page(), "run: make docs"


def test_the_environment_wins_over_the_file(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "maestro.yaml"
    file.write_text("lease_ttl_s: 30\nsweep_interval_s: 7\n")
    monkeypatch.setenv("MAESTRO_CONFIG", str(file))
    monkeypatch.setenv("MAESTRO_SWEEP_INTERVAL_S", "3")
    settings = Settings()
    assert (settings.lease_ttl_s, settings.sweep_interval_s) == (30, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lease_ttl_s", 0),
        ("lease_renewal_s", 8),
        ("room_creation_timeout_s", 10),
        ("runtime", "cloud"),
        ("api_threads", 0),
    ],
)
def test_impossible_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(pydantic.ValidationError):
        Settings(**{name: value})  # type: ignore[arg-type]
