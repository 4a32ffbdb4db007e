"""Where things are that the tests of this folder look at, and how programs are run."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
DOCKER = ROOT / "docker"
#: The programs of the environment in which the tests run.
PROGRAMS = pathlib.Path(sys.executable).parent


def run(*command: str | pathlib.Path, **variables: str) -> str:
    """What a program prints; an error with all that it said when it fails."""
    done = attempt(*command, **variables)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def attempt(*command: str | pathlib.Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A program that may fail. Of our environment it sees nothing."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **variables},
    )
