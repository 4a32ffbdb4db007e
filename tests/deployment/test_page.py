"""What docs/deploy.md names exists."""

import re

import yaml

from maestro.config import Settings, variable
from tests.deployment.base import CHART
from tests.deployment.places import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text()
#: What users make, and what is written by another command.
MADE = {"docker/.env", "docker/settings.env"}


def test_files() -> None:
    named = set(re.findall(r"docker/[\w.][\w./-]*[\w]", PAGE)) - MADE

    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_settings() -> None:
    named = set(re.findall(r"MAESTRO_[A-Z_]+[A-Z]", PAGE))

    assert named
    assert named <= set(map(variable, Settings.model_fields))


def test_values_of_the_chart() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    groups = {name for name, value in values.items() if isinstance(value, dict)} - {"settings"}
    named = set(re.findall(rf"\b(?:{'|'.join(groups)})\.[a-zA-Z.-]*[a-zA-Z]", PAGE))

    assert named
    for path in named:
        place = values
        for part in path.split("."):
            assert part in place, path
            place = place[part]
