"""The image's content, made as the Dockerfile makes it, without an engine."""

import pathlib
import shutil
import subprocess
import sys

from docker.utils import build

ROOT = pathlib.Path(__file__).parents[2]
DOCKER = ROOT / "docker"


def sent_to_the_engine(tree: pathlib.Path) -> set[str]:
    """The files of a tree that .dockerignore lets through."""
    patterns = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    return {path for path in build.exclude_paths(str(tree), patterns) if (tree / path).is_file()}


def copy_of_the_repository(place: pathlib.Path) -> pathlib.Path:
    """What is under version control, and what is about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    copy(ROOT, [path for path in listed.split("\0") if path and (ROOT / path).is_file()], place)
    return place


def copy(source: pathlib.Path, paths: list[str] | set[str], target: pathlib.Path) -> None:
    """These files, in the same folders."""
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, target / path)


def build_wheel(context: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    """The wheel of what the engine gets."""
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(place)]
    run(sys.executable, "-m", "pip", "wheel", *options, str(context))
    (wheel,) = place.glob("*.whl")
    return wheel


def install(wheel: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    """An environment with the wheel and what it asks for, and nothing else; gives its programs."""
    run(sys.executable, "-m", "venv", "--without-pip", str(place))
    uv = pathlib.Path(sys.executable).with_name("uv")
    python = str(place / "bin" / "python")
    pip = [str(uv), "pip", "install", "--python", python]
    slower = [sys.executable, "-m", "pip", "--python", python, "install"]
    run(*(pip if uv.exists() else slower), "--quiet", str(wheel))
    return place / "bin"


def run(*command: str) -> str:
    """What a program prints; an error with all that it said when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
