"""The handbook as a site: it builds without a warning, and reading it asks nobody else."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
#: What a browser would fetch while somebody reads; links are followed by people.
FETCHED = re.compile(
    r'<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]*)"|<link\b[^>]*\bhref="([^"]*)"'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)]
    built = subprocess.run(
        command,
        cwd=ROOT,
        # Says only that there will be no new versions of mkdocs for its themes.
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_page_is_in_the_menu(site: pathlib.Path) -> None:
    menu = (site / "index.html").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        path = page.relative_to(ROOT / "docs")
        name = "index.html" if path.name == "README.md" else f"{path.stem}.html"
        assert f'href="{path.with_name(name).as_posix()}"' in menu, path


def test_reading_fetches_nothing_from_other_hosts(site: pathlib.Path) -> None:
    for page in site.rglob("*.html"):
        fetched = ["".join(found) for found in FETCHED.findall(page.read_text())]
        assert fetched
        assert [each for each in fetched if "//" in each] == [], page
    for drawing in site.rglob("*.svg"):
        assert not re.search(r"url\(['\"]?http|href=\"http", drawing.read_text()), drawing
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(), style
