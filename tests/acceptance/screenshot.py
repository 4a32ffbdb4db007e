"""`make screenshot`: the picture of the README, which is the live table of a real start."""

import io
import pathlib
import re
import tempfile
from typing import Any

import yaml
from rich.console import Console
from rich.text import Text

from maestro import config
from tests.acceptance import console
from tests.acceptance.console import File
from tests.acceptance.system import PORTS, System, soon
from tests.acceptance.test_live_table import OnTerminal

ROOT = pathlib.Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "first-minutes.svg"
COLUMNS, LINES = 112, 26
#: Between two drawings the cursor goes up over the lines of the first.
UP = re.compile(r"(?:\r?(?:\033\[2K)?\033\[1A\033\[2K)+")
#: Fonts of other hosts.
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory(prefix="maestro-") as place:
        pathlib.Path(place).chmod(0o711)
        system = OnTerminal(pathlib.Path(place) / "maestro", demo=True)
        system.resize(COLUMNS, LINES)
        # Those that readers will see; they have to be free.
        usual = config.Settings()
        system.ports = {name: getattr(usual, f"{name}_port") for name in PORTS}
        try:
            system.start()
            play(system)
            frame = UP.split(system.text())[-1]
        finally:
            system.end()
    PICTURE.write_text(svg(frame.replace(place, "...")))


def play(system: System) -> None:
    """What the tutorial does in its first minutes."""
    arena = of_tutorial("arena.yaml")
    soon(lambda: len(system.rooms_of("demo")) == 3, within_s=60, explain=system.text)
    system.post("/schedulers", arena)
    soon(lambda: len(system.ready_rooms("arena")) == 3, within_s=60, explain=system.text)
    arena["spec"]["containers"][0]["environment"] = [{"name": "MAP", "value": "forest"}]
    system.post("/schedulers/arena", arena)

    def is_rolling_out() -> bool:
        fleet = [room for room in system.rooms_of("arena") if not room["isValidationRoom"]]
        return {"v1.0.0", "v2.0.0"} == {room["version"] for room in fleet}

    soon(is_rolling_out, within_s=60, explain=system.text)
    drawn = len(system.text())
    soon(lambda: len(system.text()) > drawn + COLUMNS * LINES, explain=system.text)


def of_tutorial(name: str) -> dict[str, Any]:
    """A scheduler that the tutorial describes."""
    steps = console.steps((ROOT / "docs" / "tutorial.md").read_text())
    text = next(step.text for step in steps if isinstance(step, File) and step.name == name)
    described: dict[str, Any] = yaml.safe_load(text)
    return described


def svg(frame: str) -> str:
    """The lines of a terminal as a picture that needs nothing from elsewhere."""
    recorder = Console(record=True, width=COLUMNS, file=io.StringIO())
    recorder.print(Text.from_ansi(frame.replace("\r", ""), no_wrap=True))
    picture = recorder.export_svg(title="make run", unique_id="maestro")
    return FONTS.sub("", picture)


if __name__ == "__main__":
    main()
