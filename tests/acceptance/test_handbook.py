"""A reader follows README and handbook: every command works, and prints what the page says."""

import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests import ports
from tests.acceptance import console
from tests.acceptance.console import Command, File, Shell
from tests.acceptance.system import System, soon

ROOT = pathlib.Path(__file__).parents[2]
#: In this order, in one installation; each leaves it as it found it.
PAGES = (
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/find-out-why-a-room-died.md",
    "docs/how-to/write-a-room.md",
    "docs/how-to/roll-out.md",
    "docs/how-to/scale.md",
    "docs/how-to/pause.md",
    "docs/how-to/connect-a-matchmaker.md",
)
#: Where pages say that things are → where they are.
USUAL = {"127.0.0.1:8080": "management_api", "127.0.0.1:8070": "rooms_api"}
#: Where an example of a page listens.
EXAMPLE = "127.0.0.1:9000"
#: Starts an installation, which runs already.
START = "make run"
DEMO_ROOMS = 3


class Reader:
    """Does what pages say, in a folder that looks like a checkout."""

    def __init__(self, system: System, shell: Shell, folder: pathlib.Path) -> None:
        self._addresses = {
            usual: f"127.0.0.1:{system.ports[name]}" for usual, name in USUAL.items()
        } | {EXAMPLE: f"127.0.0.1:{ports.free_port()}"}
        self._shell = shell
        self._folder = folder

    def follow(self, page: str) -> None:
        """All examples of a page."""
        for step in console.steps(page):
            match step:
                case File():
                    (self._folder / step.name).write_text(self._here(step.text))
                case Command() if step.text.startswith(START):
                    starts_maestro(step.text)
                case Command():
                    self._do(step)

    def _do(self, command: Command) -> None:
        told = self._here(command.prints)
        is_refused = bool(re.search(r"^Error: ", told, re.MULTILINE))
        seen = (0, "")

        def is_right() -> bool:
            nonlocal seen
            seen = code, printed = self._shell.type(self._here(command.text))
            return bool(code) == is_refused and console.is_as_told(printed, told)

        soon(
            is_right,
            within_s=console.PATIENCE_S if command.again else 0,
            explain=lambda: f"$ {command.text}\n{seen[1]}\nended with {seen[0]}, and not:\n{told}",
        )

    def _here(self, text: str) -> str:
        for usual, address in self._addresses.items():
            text = text.replace(usual, address)
        return text


def starts_maestro(command: str) -> None:
    """Whether it is what the tests start, too."""
    said = subprocess.run(
        [*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"maestro dev\b", said)


def are_there(system: System) -> bool:
    """Whether the sample fleet has its rooms."""
    statuses = [room["status"] for room in system.rooms_of("demo")]
    return len(statuses) == DEMO_ROOMS and set(statuses) <= {"ready", "occupied"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("checkout")
    # As root the database runs under another account, which has to get there.
    for place in (folder, folder.parent):
        place.chmod(0o711)
    (folder / ".venv").symlink_to(sys.prefix)
    system = System(folder / ".maestro", demo=True)
    urls = {
        f"MAESTRO_{name.upper()}_URL": f"http://127.0.0.1:{system.ports[name]}"
        for name in USUAL.values()
    }
    try:
        system.start()
        # As a reader finds it who looks at the table first.
        soon(lambda: are_there(system), within_s=60, explain=system.text)
        with Shell(folder, dict(os.environ) | urls) as shell:
            shell.type("source .venv/bin/activate")
            yield Reader(system, shell, folder)
    finally:
        system.end()


@pytest.mark.parametrize("page", PAGES)
def test_a_reader_gets_what_the_page_says(page: str, reader: Reader) -> None:
    reader.follow((ROOT / page).read_text())
