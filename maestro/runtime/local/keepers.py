"""
Starts keepers (`keeper`): small, detached processes, one per room.

They get a minimal interpreter without site-packages, which starts three times as fast.
"""

import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping

from maestro.errors import Unavailable

#: Starts within this time even on a machine that is out of breath.
TIMEOUT_S = 30.0
LOG = ".keeper.log"

_PACKAGES = pathlib.Path(__file__).resolve().parents[3]
_START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from maestro.runtime.local import keeper; keeper.main(sys.argv[2])"
)
#: Of our environment, what rooms inherit: nothing of Maestro's settings, and no secrets.
_INHERITED = ("HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TMPDIR", "TZ")


def start(room: pathlib.Path) -> None:
    """
    Start the keeper of a room; returns before it runs anything.

    One that is started for a room that has a keeper ends at once. Raises Unavailable.
    """
    command = [sys.executable, "-I", "-S", "-c", _START, str(_PACKAGES), str(room)]
    try:
        with (room / LOG).open("ab") as log:
            subprocess.run(  # noqa: S603
                command,
                check=True,
                env=inherited(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                timeout=TIMEOUT_S,
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"the keeper of room {room.name!r} was not started: {error}") from error


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """What rooms get to see of an environment; programs beside our Python are found last."""
    basics = {
        name: value
        for name, value in environment.items()
        if name in _INHERITED or name.startswith("LC_")
    }
    beside = str(pathlib.Path(sys.executable).parent)
    basics["PATH"] = os.pathsep.join([basics.get("PATH", os.defpath), beside])
    return basics
