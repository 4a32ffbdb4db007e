"""A release says the same version wherever it is asked, and the changelog tells of it."""

import configparser
import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from packaging.version import Version

from maestro.cli import main
from maestro.version import VERSION
from tests.contract import asking
from tests.fakes.services import Services

ROOT = pathlib.Path(__file__).parents[2]


def test_the_version_is_that_of_setup_cfg() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")

    assert config["metadata"]["version"] == VERSION, "installed from another commit: make test"


def test_the_command_line_says_the_version() -> None:
    assert CliRunner().invoke(main.main, ["--version"]).output == f"{VERSION}\n"


@pytest.mark.parametrize("client", [asking.management, asking.rooms])
def test_both_apis_say_the_version(client: Callable[[Services], FlaskClient]) -> None:
    document = asking.ask(client(Services()), "GET", "/openapi.json").body

    assert document["info"]["version"] == VERSION


def test_a_module_says_its_version_first_of_all() -> None:
    environment = {**os.environ, "MAESTRO_POSTGRES_URL": "nowhere", "MAESTRO_LOG_FORMAT": "json"}

    answer = subprocess.run(
        [sys.executable, "-m", "maestro", "start", "beat"],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode != 0
    line = json.loads(answer.stdout.splitlines()[0])
    assert (line["module"], line["event"], line["version"]) == ("beat", "starting", VERSION)


def test_the_changelog_tells_of_every_release_and_of_this_version() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    releases = [heading for heading in headings if heading != "Unreleased"]

    for release in releases:
        assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", release), release
    versions = [Version(release.split()[0]) for release in releases]
    assert versions == sorted(versions, reverse=True)
    assert "Unreleased" not in headings[1:]
    assert Version(VERSION) in versions[:1] or headings[0] == "Unreleased"
